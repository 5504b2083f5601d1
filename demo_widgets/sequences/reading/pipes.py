"""Pipes, such as ``<(zcat peaks.bed.gz)``, which can be read only once and only forwards.

Readers open a file several times: to recognise its format, to check it, to read it in blocks.
What a pipe gives is therefore copied to a temporary file first.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_widgets.errors import ReadError, shown_as
from demo_widgets.files import naming

__all__ = ["SeekableFile", "seekable"]


class SeekableFile:
    """A file that can be read as often as needed.

    Parameters
    ----------
    path
        The file. The copy of a pipe is removed with this object.

    Attributes
    ----------
    path
        What is to be read: the file itself, or the copy of a pipe.

    Raises
    ------
    ReadError
        A pipe cannot be read.
    DiskFull
        It does not fit into the temporary folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._remove: Callable[[], object] | None = None
        if not _is_pipe(path):
            return
        folder = tempfile.mkdtemp(prefix="demo_widgets_pipe_")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = Path(folder) / path.name
        try:
            with open(path, "rb") as pipe, open(self.path, "wb") as copy, naming(self.path):
                shutil.copyfileobj(pipe, copy, length=1 << 20)
        except OSError as error:
            self.close()
            raise ReadError(f"{path} cannot be read: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the copy, if there is one."""
        if self._remove is not None:
            self._remove()


@contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """Yield ``path``, or the copy of a pipe, which messages call ``path``.

    Raises
    ------
    ReadError, DiskFull
        As :class:`SeekableFile`.
    """
    file = SeekableFile(path)
    try:
        with shown_as(file.path, path):
            yield file.path
    finally:
        file.close()


def _is_pipe(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
