"""Opening text files, plain or gzip by content, and reading their first lines."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from demo_widgets.errors import ReadError

__all__ = ["open_text", "peek_lines"]

GZIP_MAGIC = b"\x1f\x8b"
_PACKED = {
    b"PK\x03\x04": "a zip archive (or an Excel workbook)",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"(\xb5/\xfd": "a zstd file",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PEEK_BYTES = 65_536
COMMENTS = ("#", "track ", "browser ")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file, plain or gzip, detected by content.

    A UTF-8 byte-order mark is dropped, and all line endings are read as newlines.

    Raises
    ------
    ReadError
        The file is missing, a folder, unreadable, binary, or a damaged or truncated gzip file; also
        if this is detected only while reading.
    """
    try:
        with _open_binary(path) as binary:
            yield io.TextIOWrapper(binary, encoding="utf-8-sig", newline=None)
    except FileNotFoundError as error:
        raise ReadError(f"{path} does not exist; check the path (now in {Path.cwd()})") from error
    except IsADirectoryError as error:
        raise ReadError(f"{path} is a folder; give the path of one file in it") from error
    except EOFError as error:
        raise ReadError(
            f"{path} is a truncated gzip file, probably from an incomplete copy or download; "
            "fetch it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ReadError(f"{path} is a damaged gzip file ({error}); fetch it again") from error
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path} is not UTF-8 text (byte 0x{error.object[error.start]:02x}); expected a text "
            "file, plain or gzip: FASTA, a table, or BED"
        ) from error
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from error


@contextmanager
def _open_binary(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    with open(path, "rb") as raw:
        if not raw.peek(2).startswith(GZIP_MAGIC):
            _refuse_binary(path, raw.peek(_PEEK_BYTES)[:_PEEK_BYTES])
            yield raw
            return
        with gzip.open(raw, "rb") as unpacked:
            _refuse_binary(path, unpacked.peek(_PEEK_BYTES)[:_PEEK_BYTES])
            yield unpacked


def _refuse_binary(path: Path, head: bytes) -> None:
    for magic, kind in _PACKED.items():
        if head.startswith(magic):
            raise ReadError(f"{path} is {kind}; unpack it to plain text or gzip first")
    if head.startswith(_UTF16):
        raise ReadError(f"{path} is UTF-16 text; save it as UTF-8 (or plain ASCII)")
    control = sum(byte < 32 and byte not in b"\t\n\r\f\v\x1a" for byte in head)
    if control:
        raise ReadError(
            f"{path} is binary ({control} control bytes among the first {len(head)}); expected a "
            "text file, plain or gzip: FASTA, a table, or BED"
        )


def peek_lines(path: Path) -> list[str]:
    """Return the first lines, at most three, that are neither blank nor comments.

    Raises
    ------
    ReadError
        The file cannot be read, or has no such line.
    """
    lines: list[str] = []
    with open_text(path) as handle:
        for line in handle:
            if line.strip() and not line.startswith(COMMENTS):
                lines.append(line.rstrip("\n"))
            if len(lines) == 3:
                break
    if not lines:
        raise ReadError(f"{path} is empty: it holds no sequence, table or interval")
    return lines
