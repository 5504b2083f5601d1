"""Data files of the package: demo set, styles, scripts and page templates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["read_asset"]


@cache
def read_asset(path: str) -> str:
    """Return the text of a data file.

    Parameters
    ----------
    path
        Path relative to this folder, such as ``"css/dashboard.css"``.
    """
    return files(__name__).joinpath(path).read_text(encoding="utf-8")
