"""Conditions of a measurement: processor, load, versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

__all__ = ["load_average", "machine", "version", "versions"]


def machine() -> str:
    """Return processor, cores and Python as text."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def load_average() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def version(package: str) -> str | None:
    """Installed version of a distribution, or ``None``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def versions(packages: Iterable[str]) -> str:
    """``numpy 2.4.6, torch 2.13.0`` of those that are installed."""
    return ", ".join(f"{name} {version(name)}" for name in packages if version(name))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
