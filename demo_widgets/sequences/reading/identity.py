"""Whether a file is still the one that was begun to be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_widgets.errors import ReadError

__all__ = ["changed", "identity_of", "unchanged"]


def identity_of(path: Path) -> tuple[int, ...] | None:
    """Device, inode, size and time of the last change; ``None`` where there is no file."""
    try:
        there = os.stat(path)
    except OSError:
        return None
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns


def changed(path: Path, words: str = "") -> ReadError:
    """The error of a file that was replaced or written to while it was read."""
    return ReadError(f"{path} changed while it was read{words}; start again when it is complete")


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Refuse what was read in the block if the file was replaced or written to meanwhile.

    Raises
    ------
    ReadError
        It is another file than before, or of another size or date.
    """
    before = identity_of(path)
    yield
    if identity_of(path) != before:
        raise changed(path)
