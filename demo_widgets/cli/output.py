"""Files that are written whole or not at all, and refused before any work is done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DemoWidgetsError

__all__ = ["atomic_output", "check_output"]


def check_output(path: Path | None, *suffixes: str) -> None:
    """Refuse a file that could not be written at the end of the work.

    Parameters
    ----------
    path
        Where the file is to be; nothing is checked where it is ``None``.
    suffixes
        What its name must end in, if anything.

    Raises
    ------
    DemoWidgetsError
        ``path`` ends otherwise, is a folder, or its folder is missing or cannot be written.
    """
    if path is None:
        return
    if suffixes and path.suffix.lower() not in suffixes:
        raise DemoWidgetsError(
            f"cannot write {path}: expected a name that ends in {' or '.join(suffixes)}"
        )
    _new_file_beside(path).unlink()


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path``, which becomes ``path`` only if no error is raised.

    Raises
    ------
    DemoWidgetsError
        ``path`` is a folder, or its folder is missing or cannot be written.
    """
    unfinished = _new_file_beside(path)
    try:
        yield unfinished
        # mkstemp's files are private; the finished one gets the user's usual permissions.
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _new_file_beside(path: Path) -> Path:
    """An empty file of another name in the folder of ``path``."""
    if path.is_dir():
        raise DemoWidgetsError(f"cannot write {path}: it is a folder; name a file in it")
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
    except OSError as error:
        raise DemoWidgetsError(f"cannot write {path}: {error.strerror}: {path.parent}") from error
    os.close(handle)
    return Path(name)
