"""Writing files completely or not at all, and checking paths before any work is done.

Imports nothing heavy, so that every part of the package can use it.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demo_widgets.errors import DemoWidgetsError, DiskFull

try:
    import fcntl
except ImportError:  # Windows: leftovers are then not cleaned
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "check_output",
    "making_folder",
    "naming",
    "refuse_full_disk",
    "replacing",
    "visible_files",
]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CAUSES = 10
"""Exceptions looked through for the one of the operating system."""


def check_output(path: Path | None, *suffixes: str) -> None:
    """Raise an error if a file could not be written at the end of the work.

    Parameters
    ----------
    path
        The file to write; nothing is checked if it is ``None``.
    suffixes
        Accepted endings of its name, if restricted.

    Raises
    ------
    DemoWidgetsError
        ``path`` ends otherwise, is a folder or a device, or its folder is missing or cannot be
        written.
    DiskFull
        No file can be made there.
    """
    if path is None:
        return
    if suffixes and path.suffix.lower() not in suffixes:
        raise DemoWidgetsError(
            f"cannot write {path}: expected a name that ends in {' or '.join(suffixes)}"
        )
    try:
        file, lock = _new_file_beside(path)
        file.unlink()
        os.close(lock)
    except IsADirectoryError as error:
        raise DemoWidgetsError(f"cannot write {path}: it is a folder; name a file in it") from error
    except OSError as error:
        refuse_full_disk(error, path)
        raise DemoWidgetsError(f"cannot write {path}: {error.strerror}: {path.parent}") from error


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``; on success it replaces ``path`` in one step.

    If the block raises, the temporary file is removed and ``path`` is as it was; after a crash
    there is the old file or the new one, never part of one. What a killed process left of writing
    ``path`` is removed. The temporary name keeps the suffix of ``path``, which Keras goes by.
    Missing folders are made.

    Raises
    ------
    OSError
        ``path`` is a folder or a device, or cannot be written; it names ``path``.
    DiskFull
        The disk is full.

    Examples
    --------
    >>> with replacing("scores.csv") as temporary:
    ...     temporary.write_text("auroc,0.97")
    """
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        temporary, lock = _new_file_beside(path)
    try:
        with naming(path, temporary):
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(lock)


@contextmanager
def making_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder next to ``path``; on success it is renamed to ``path``.

    ``path`` may be an empty folder, or a link to one. If the block raises, the new folder is
    removed; what a killed process left of making ``path`` is removed, too.

    Raises
    ------
    OSError
        It cannot be made; it names ``path``.
    DiskFull
        The disk is full.
    """
    target = Path(os.path.realpath(path))
    with naming(path):
        _remove_leftovers(target)
        folder, lock = _new_folder_beside(target)
    try:
        with naming(path, folder):
            yield folder
            os.replace(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(lock)


@contextmanager
def naming(path: str | os.PathLike[str], *temporary: Path) -> Iterator[None]:
    """Let an error of the operating system name ``path``, which the user asked for.

    Parameters
    ----------
    path
        What is written in the block.
    temporary
        Paths that stand for it, which the user does not know.

    Raises
    ------
    DiskFull
        Instead of the error of a full disk.
    """
    try:
        yield
    except OSError as error:
        refuse_full_disk(error, path)
        ours = (None, os.fspath(path), *map(os.fspath, temporary))
        if error.errno is None or error.filename not in ours:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def refuse_full_disk(error: BaseException, path: str | os.PathLike[str]) -> None:
    """Raise ``DiskFull``, which names ``path``, where ``error`` came from a full disk.

    Raises
    ------
    DiskFull
        The error, or one it was raised from, is the operating system's for a full disk.
    """
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            return
        if isinstance(cause, DiskFull):
            raise cause
        code = getattr(cause, "errno", None)
        if told := re.search(r"\berrno = (\d+)", str(cause)):  # as HDF5 words it
            code = int(told[1])
        if code in _FULL:
            raise DiskFull(
                f"cannot write {os.fspath(path)}: {os.strerror(code)}; free some space, or raise "
                "the limit, and run it again"
            ) from error
        cause = cause.__cause__ or cause.__context__


def visible_files(folder: Path, suffix: str) -> list[Path]:
    """Files of a folder that end in ``suffix``, by name.

    Hidden ones are left out: they are being written, or belong to the system.
    """
    return sorted(path for path in folder.glob(f"*{suffix}") if not path.name.startswith("."))


def _new_file_beside(path: Path) -> tuple[Path, int]:
    """An empty file of another name in the folder of ``path``, with its suffix, and its lock.

    Not by ``tempfile``, whose files are private: this one is as open as any other, by the
    permission mask of the process, which cannot be read without being changed for a moment.
    The lock, a file descriptor, is held while it is written: see :func:`_remove_leftovers`.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))
    while True:
        file = _other_name(path)
        try:
            lock = _lock(file, os.O_CREAT | os.O_EXCL | os.O_RDWR)
        except OSError as error:  # its own path is the temporary file's, which users do not know
            raise OSError(error.errno, error.strerror, str(path)) from error
        if lock is not None:
            return file, lock


def _new_folder_beside(path: Path) -> tuple[Path, int]:
    """An empty folder of another name next to ``path``, and its lock."""
    while True:
        folder = _other_name(path)
        folder.mkdir(mode=0o777)
        with suppress(FileNotFoundError):
            lock = _lock(folder, os.O_RDONLY)
            if lock is not None:
                return folder, lock


def _other_name(path: Path) -> Path:
    return path.with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")


def _lock(path: Path, flags: int) -> int | None:
    """Open ``path`` and lock it; ``None`` where another process removed it in between."""
    if fcntl is None:  # Windows renames no file that is open
        if flags & os.O_CREAT:
            os.close(os.open(path, flags, 0o666))
        return os.open(os.devnull, os.O_RDONLY)
    descriptor = os.open(path, flags, 0o666)
    with suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if os.path.exists(path):
        return descriptor
    os.close(descriptor)
    return None


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files and folders of ``path`` that no process is writing any more.

    A writer holds a lock on what it writes, and a killed one has lost it. Age says nothing: a
    training takes hours, and clocks are wrong.
    """
    if fcntl is None:
        return
    name = re.compile(rf"\.{re.escape(path.stem)}-[0-9a-f]{{12}}{re.escape(path.suffix)}")
    with os.scandir(path.parent) as entries:
        leftovers = [entry for entry in entries if name.fullmatch(entry.name)]
    for leftover in leftovers:
        with suppress(OSError):
            _remove_unlocked(leftover)


def _remove_unlocked(entry: os.DirEntry[str]) -> None:
    folder = entry.is_dir(follow_symlinks=False)
    if not folder and not entry.is_file(follow_symlinks=False):
        return
    descriptor = os.open(entry.path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder:
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    finally:
        os.close(descriptor)
