"""FASTA, one record at a time.

Biopython's parsers are not used, because they skip text before the first header and keep no line
numbers, which error messages about a damaged file need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError
from demo_widgets.sequences.reading.content import open_text
from demo_widgets.sequences.reading.reader_table import FileHead
from demo_widgets.sequences.reading.records import shorten

__all__ = ["is_fasta", "iterate_fasta"]


def is_fasta(head: FileHead, options: Mapping[str, Any]) -> bool:
    """Whether the first line is a header."""
    return head.lines[0].startswith(">")


def iterate_fasta(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield each record's header, the line on which it begins (from 1), and its sequence.

    Sequences may span several lines. One record is in memory at a time. The file is closed
    when the iterator is.

    Raises
    ------
    ReadError
        The file cannot be read, or has text before the first header.
    """
    header: str | None = None
    begins = 0
    parts: list[str] = []
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            line = line.strip()
            if line.startswith(">"):
                if header is not None:
                    yield header, begins, "".join(parts)
                header, begins, parts = line[1:].strip(), number, []
            elif line and header is None:
                raise ReadError(
                    f"{path}: line {number} is {shorten(line)!r}, before any header; expected a "
                    "line that begins with '>'"
                )
            elif line:
                parts.append(line)
        if header is not None:
            yield header, begins, "".join(parts)
