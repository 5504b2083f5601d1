"""Writing files completely or not at all, and checking paths before any work is done.

Imports nothing heavy, so that every part of the package can use it.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_widgets.errors import DemoWidgetsError

__all__ = ["check_output", "new_folder_beside", "replacing"]


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
        ``path`` ends otherwise, is a folder, or its folder is missing or cannot be written.
    """
    if path is None:
        return
    if suffixes and path.suffix.lower() not in suffixes:
        raise DemoWidgetsError(
            f"cannot write {path}: expected a name that ends in {' or '.join(suffixes)}"
        )
    try:
        _new_file_beside(path).unlink()
    except IsADirectoryError as error:
        raise DemoWidgetsError(f"cannot write {path}: it is a folder; name a file in it") from error
    except OSError as error:
        raise DemoWidgetsError(f"cannot write {path}: {error.strerror}: {path.parent}") from error


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``; on success it replaces ``path`` in one step.

    If the block raises an error, the temporary file is removed and ``path`` is unchanged; after a
    crash, either the old or the new file exists, never part of one. The temporary name keeps the
    suffix of ``path``, which Keras requires. Missing folders are created.

    Raises
    ------
    OSError
        ``path`` is a folder, or cannot be written; it names ``path``.

    Examples
    --------
    >>> with replacing("scores.csv") as temporary:
    ...     temporary.write_text("auroc,0.97")
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _new_file_beside(path)
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def new_folder_beside(path: Path) -> Path:
    """Create an empty folder under a temporary name next to ``path``, to be renamed to it."""
    folder = _other_name(path)
    folder.mkdir(mode=0o777)
    return folder


def _new_file_beside(path: Path) -> Path:
    """Create an empty file under a temporary name in the folder of ``path``, with its suffix.

    ``tempfile`` creates private files; this one gets the usual permissions by the mask of the
    process, which cannot be read without changing it temporarily.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    file = _other_name(path)
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:  # the error names the temporary file, which users do not know
        raise OSError(error.errno, error.strerror, str(path)) from error
    return file


def _other_name(path: Path) -> Path:
    return path.with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
