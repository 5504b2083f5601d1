"""Whether the index of a genome (``.fai``) belongs to the file next to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["describes"]

_EXACT_BYTES = 2**26
"""Up to this size every line of a genome is looked at."""

_LOOKED_AT = 1_000
_LOOKED_AT_BASES = 1_000_000
"""Lines of a record that are looked at in a larger genome, spread evenly, and bases in them."""

_NEWLINE, _HEADER = b"\n"[0], b">"[0]
_BREAKS = tuple(b"\n\r")


def describes(index: Path, genome: Path) -> bool:
    """Whether names, offsets and line lengths of an index are those of a FASTA file.

    The records of the index must follow each other without a gap from the first byte of the file
    to the last, each below a header of its name, and lines must end where the index says: all of
    them in a file of up to 64 MiB, up to 1,000 of each record in a larger one.

    Parameters
    ----------
    index
        Lines of name, length, offset, bases in a line, and bytes in a line.
    genome
        The FASTA file, not packed.
    """
    try:
        records = [_Record(line) for line in index.read_text("utf-8").splitlines() if line.strip()]
        content = np.memmap(genome, np.uint8, "r")
    except (OSError, ValueError):
        return False
    exact = content.size <= _EXACT_BYTES
    end = 0
    for record in sorted(records, key=lambda record: record.offset):
        if not record.fits(content, exact) or not record.is_below_its_header(content, end):
            return False
        end = _after_blank(content, record.end)
    return end == content.size and len({record.name for record in records}) == len(records) > 0


class _Record:
    """One line of an index."""

    def __init__(self, line: str) -> None:
        self.name, *numbers = line.split("\t")
        self.length, self.offset, self.bases, self.bytes = map(int, numbers)
        if min(self.length, self.offset, self.bases) < 0 or self.bytes - self.bases not in (1, 2):
            raise ValueError(f"no line of an index: {line!r}")

    @property
    def full_lines(self) -> int:
        return (self.length - 1) // self.bases if self.bases and self.length else 0

    @property
    def end(self) -> int:
        """Where the last base has been read."""
        return self.offset + self.full_lines * (self.bytes - self.bases) + self.length

    def is_below_its_header(self, content: np.ndarray, start: int) -> bool:
        """Whether nothing but the header of this name lies between ``start`` and the bases."""
        header = content[start : self.offset].tobytes()
        line = header.rstrip(b"\r\n")
        words = line[1:].decode("utf-8", "replace").split()
        return (
            line[:1] == b">"
            and header[-1:] == b"\n"
            and b"\n" not in line
            and words[:1] == [self.name]
        )

    def fits(self, content: np.ndarray, exact: bool) -> bool:
        """Whether the lines are as long as the index says, and the bases are all there."""
        if self.end > content.size or (self.length and not self.bases):
            return False
        lines = np.arange(self.full_lines)
        sample = max(1, min(_LOOKED_AT, _LOOKED_AT_BASES // max(self.bases, 1)))
        if not exact and len(lines) > sample:
            lines = np.linspace(0, self.full_lines - 1, sample).astype(np.int64)
        starts = self.offset + lines * self.bytes
        breaks = content[starts[:, None] + np.arange(self.bases, self.bytes)]
        if not np.isin(breaks, _BREAKS).all() or (breaks[:, -1] != _NEWLINE).any():
            return False
        last = self.offset + self.full_lines * self.bytes
        if exact:
            inside = _line_breaks(content[self.offset : self.end]) - breaks.size
        else:
            inside = _line_breaks(content[last : self.end])
            inside += _line_breaks(content[starts[:, None] + np.arange(self.bases)])
        firsts = content[np.append(starts, last)] if self.length else content[:0]
        return inside == 0 and not (firsts == _HEADER).any()


def _line_breaks(part: np.ndarray) -> int:
    return int(((part == _BREAKS[0]) | (part == _BREAKS[1])).sum())


def _after_blank(content: np.ndarray, start: int) -> int:
    """Where the next line begins that is not blank."""
    while start < content.size and content[start] in _BREAKS:
        start += 1
    return start
