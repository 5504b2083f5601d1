"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DemoWidgetsError

__all__ = ["atomic_output"]


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path``, which becomes ``path`` only if no error is raised.

    Raises
    ------
    DemoWidgetsError
        ``path`` is a folder, or its folder is missing or cannot be written.
    """
    if path.is_dir():
        raise DemoWidgetsError(f"cannot write {path}: it is a folder; name a file in it")
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
    except OSError as error:
        raise DemoWidgetsError(f"cannot write {path}: {error.strerror}: {path.parent}") from error
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        # mkstemp's files are private; the finished one gets the user's usual permissions.
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
