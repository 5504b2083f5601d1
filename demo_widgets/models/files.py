"""Write a file so that a crash leaves either the old one or the new one, never a half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing", "umask"]


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it becomes ``path`` in one step.

    If the block raises, the temporary file is removed and ``path`` is as it was. The
    temporary name keeps the suffix of ``path``, which Keras looks at.

    Examples
    --------
    >>> with replacing("scores.csv") as temporary:
    ...     temporary.write_text("auroc,0.97")
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def umask() -> int:
    """Permission mask of this process: ``mkstemp`` ignores it and makes private files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
