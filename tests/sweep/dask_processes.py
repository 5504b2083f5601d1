"""A real scheduler and real workers, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LOOPBACK = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
PATIENCE = 300
"""Seconds that a loaded machine may take to start a process with TensorFlow."""


class DaskProcesses:
    """A scheduler and its workers; all end with the block.

    Parameters
    ----------
    folder
        For the scheduler's file and the logs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "scheduler.json"
        self._running: list[subprocess.Popen] = []

    def __enter__(self) -> DaskProcesses:
        self._start("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        try:
            wait_until(lambda: bool(self.address), running(self._running[0]))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self._running):
            process.kill()
            process.wait()

    @property
    def address(self) -> str:
        """Address of the scheduler; empty until its file is written."""
        try:
            return json.loads(self._file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            return ""

    def worker(self, *options: str, **environment: str) -> subprocess.Popen:
        """Start a worker that nobody starts again when it dies."""
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", *options, **environment
        )

    def _start(self, command: str, *options: str, **environment: str) -> subprocess.Popen:
        log = open(self.folder / f"{command}-{len(self._running)}.log", "wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", command, *LOOPBACK, *options],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process


def wait_until(holds: Callable[[], bool], *alive: Callable[[], bool]) -> None:
    """Return when ``holds()``; fail once one of ``alive`` is not so, or after ``PATIENCE``."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert all(lives() for lives in alive), "what was to bring it about has ended"
        assert time.monotonic() < deadline, f"still not so after {PATIENCE} s"
        time.sleep(0.05)


def running(process: subprocess.Popen) -> Callable[[], bool]:
    """A question to ask again and again: does this process run?"""
    return lambda: process.poll() is None
