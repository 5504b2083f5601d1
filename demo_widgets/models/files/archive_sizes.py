"""How much a ``.keras`` file would unpack to, before anything of it is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import h5py

from demo_widgets.errors import ModelError

__all__ = ["refuse_bomb"]

_HARMLESS = 64 * 2**20
"""Bytes that any file may unpack to."""

_LARGEST_TEXT = 16 * 2**20

_PACKED = 100
"""How many times its own size a file may unpack to; Keras packs nothing, weights hardly pack."""

_TEXTS = ("config.json", "metadata.json", "demo_widgets.json")
_WEIGHTS = ".weights.h5"

_LOCAL_HEADER, _NAME_LENGTH = 30, 26
"""Bytes before the name of a member, and where the length of the name stands among them."""


def refuse_bomb(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive that would unpack to far more than it is.

    A member is never read beyond the size that the archive states for it. The weights are HDF5,
    which packs, too, and may state arrays that are nowhere written; their shapes are added up.

    Parameters
    ----------
    archive
        The open archive.
    path
        Its file, for messages.

    Raises
    ------
    ModelError
        It is too large, its weights are not HDF5, or they refer to other files.
    """
    most = max(_HARMLESS, _PACKED * path.stat().st_size)
    _refuse_larger(sum(member.file_size for member in archive.infolist()), most, path)
    for name in archive.namelist():
        size = archive.getinfo(name).file_size
        if name in _TEXTS and size > _LARGEST_TEXT:
            raise ModelError(
                f"{path}: its {name} has {size / 2**20:,.0f} MiB; expected a text of at most "
                f"{_LARGEST_TEXT // 2**20} MiB. Use the file only if you trust its source"
            )
        if name.endswith(_WEIGHTS):
            _refuse_larger(_unpacked(archive, name, path), most, path)


def _refuse_larger(size: int, most: int, path: Path) -> None:
    if size > most:
        raise ModelError(
            f"{path} has {path.stat().st_size / 2**20:,.1f} MiB and would unpack to "
            f"{size / 2**20:,.0f} MiB; expected at most {most / 2**20:,.0f} MiB. Do not use the "
            "file if you do not know where it is from, or save the model again"
        )


def _unpacked(archive: zipfile.ZipFile, name: str, path: Path) -> int:
    """Bytes of all arrays of an HDF5 member."""
    try:
        with _opened(archive, name, path) as member, h5py.File(member, "r") as content:
            return _arrays(content, path, set())
    except (OSError, RuntimeError, KeyError, struct.error, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: its {name} cannot be read as HDF5 ({error}); the file is damaged"
        ) from error


def _opened(archive: zipfile.ZipFile, name: str, path: Path) -> BinaryIO:
    """A member to seek in, which ``zipfile`` does by reading it again from its beginning.

    A stored one is looked at where it lies; a packed one is unpacked, as Keras will do.
    """
    member = archive.getinfo(name)
    if member.compress_type != zipfile.ZIP_STORED:
        return io.BytesIO(archive.read(name))
    header = archive.open(name)  # refuses a damaged one
    header.close()
    with open(path, "rb") as file:
        file.seek(member.header_offset + _NAME_LENGTH)
        start = member.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", file.read(4)))
    return cast(BinaryIO, io.BufferedReader(_Part(path, start, member.file_size)))


class _Part(io.RawIOBase):
    """``size`` bytes of a file from ``start`` on."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = open(path, "rb"), start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begins + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        read = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)

    def close(self) -> None:
        self._file.close()
        super().close()


def _arrays(group: Any, path: Path, seen: set[int]) -> int:
    address = h5py.h5o.get_info(group.id).addr
    if address in seen:  # a group may hold itself
        return 0
    seen.add(address)
    size = 0
    for key in group:
        outside = isinstance(group.get(key, getlink=True), h5py.ExternalLink)
        inside = None if outside else group[key]
        if outside or getattr(inside, "external", None) or getattr(inside, "is_virtual", False):
            raise ModelError(f"{path}: its weights refer to files outside of it; save them in it")
        if isinstance(inside, h5py.Dataset):
            size += inside.size * inside.dtype.itemsize
        elif isinstance(inside, h5py.Group):
            size += _arrays(inside, path, seen)
    return size
