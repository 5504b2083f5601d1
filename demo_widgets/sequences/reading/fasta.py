"""FASTA, with labels or names in the headers.

The loop is our own because Biopython's parsers skip text before the first header and keep
no line numbers, and a user with a broken file needs both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from demo_widgets.errors import ReadError
from demo_widgets.sequences.reading.content import open_text
from demo_widgets.sequences.reading.records import Records, shorten

__all__ = ["iterate_fasta", "read_fasta"]


def read_fasta(path: Path) -> Records:
    """Read a FASTA file, plain or gzip, with sequences over one line or several.

    Headers that are all ``0`` or ``1`` (``>1``, ``> 0``) are labels and the records have no
    names. Any other header is, whole, the record's name.

    Raises
    ------
    ReadError
        Text before the first header, or a header that is not 0 or 1 among labels.
    """
    records = Records([], [], [])
    for header, line, sequence in iterate_fasta(path):
        records.names.append(header)
        records.lines.append(line)
        records.sequences.append(sequence)
    return _with_labels(records, path)


def iterate_fasta(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield each record's header, the line on which it begins (from 1), and its sequence.

    One record is in memory at a time. The file is closed when the iterator is.

    Raises
    ------
    ReadError
        The file cannot be read, or has text before the first header.
    """
    header: str | None = None
    begins, parts = 0, []
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


def _with_labels(records: Records, path: Path) -> Records:
    """Take the headers as labels where they are labels.

    Raises
    ------
    ReadError
        The headers are meant as labels, but not all are 0 or 1.
    """
    headers = records.names
    bad = [index for index, header in enumerate(headers) if header not in ("0", "1")]
    if not bad:
        records.labels = [int(header) for header in headers]
        records.names = [""] * len(headers)
    elif _meant_as_labels(headers):
        found = repr(shorten(headers[bad[0]])) if headers[bad[0]] else "an empty header"
        others = f" and {len(bad) - 1:,} more" if len(bad) > 1 else ""
        raise ReadError(
            f"{path}: record {bad[0] + 1:,} (line {records.lines[bad[0]]:,}) has {found} where a "
            f"label is expected{others}; labels are 1 (bound) and 0 (unbound), one a header. If "
            "the headers are names, make each of them different"
        )
    return records


def _meant_as_labels(headers: list[str]) -> bool:
    """Whether headers that are not all 0 or 1 look like labels rather than names.

    They do where 0 or 1 occurs twice, and where all are numbers that do not simply count
    the records.
    """
    if headers.count("0") > 1 or headers.count("1") > 1:
        return True
    try:
        numbers = [float(header) for header in headers]
    except ValueError:
        return False
    rising = all(left < right for left, right in zip(numbers, numbers[1:], strict=False))
    return numbers[0] < 0 or not rising
