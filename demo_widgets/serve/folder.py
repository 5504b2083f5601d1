"""A temporary folder for one server, and the end of those that a killed server left behind."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed server left stays there
    fcntl = None  # type: ignore[assignment]

__all__ = ["own_folder"]

PREFIX = "demo-widgets-serve-"
LOCK = "server.lock"


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make a folder that is removed at the end, or at the start of the next server.

    A lock that the running process holds on a file in it says that it is in use: the system takes
    the lock back from a process that was killed.
    """
    _remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        held = _lock_new(Path(name))
        try:
            yield Path(name)
        finally:
            shutil.rmtree(name, ignore_errors=True)
            if held is not None:
                os.close(held)


def _remove_leftovers() -> None:
    """Remove the folders of servers of this user that are no longer running."""
    if fcntl is None:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            held = _lock_left(folder)
        except OSError:  # still locked, somebody else's, or no folder of a server
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _lock_new(folder: Path) -> int | None:
    """Lock ``folder``; the lock file appears under its name once it is locked."""
    if fcntl is None:
        return None
    made = folder / f"{LOCK}.new"
    held = os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    made.rename(folder / LOCK)
    return held


def _lock_left(folder: Path) -> int:
    """Take the lock of a folder that nobody uses.

    Raises
    ------
    OSError
        It is in use, is not this user's, or has no lock.
    """
    _require_own(folder.lstat(), stat.S_ISDIR)
    held = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        _require_own(os.fstat(held), stat.S_ISREG)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held


def _require_own(found: os.stat_result, is_kind: object) -> None:
    if not is_kind(found.st_mode) or found.st_uid != os.getuid():  # type: ignore[operator]
        raise PermissionError
