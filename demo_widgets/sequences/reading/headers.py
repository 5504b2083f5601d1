"""Records whose headers are labels or names, as decided by all headers of the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from demo_widgets.errors import ReadError
from demo_widgets.sequences.reading.records import Records, shorten

__all__ = ["HeaderLabels", "collect_records"]


class HeaderLabels:
    """Decides from all headers of a file whether they are labels.

    They are labels if all are ``0`` or ``1``. Otherwise it is an error if ``0`` or ``1`` occurs
    twice, or if all are numbers that do not simply count the records, because they were probably
    meant as labels. In other cases they are names.
    """

    def __init__(self) -> None:
        self._seen = {"0": 0, "1": 0}
        self._odd: tuple[int, int, str] | None = None  # record, line, header of the first
        self._n = self._n_odd = 0
        self._last: float | None = None
        self._numbers = self._counting = True

    def add(self, header: str, line: int) -> None:
        """Add the next header, on ``line``."""
        self._n += 1
        if header in self._seen:
            self._seen[header] += 1
        else:
            self._n_odd += 1
            self._odd = self._odd or (self._n, line, header)
        if self._numbers:
            self._add_number(header)

    def _add_number(self, header: str) -> None:
        try:
            number = float(header)
        except ValueError:
            self._numbers = False
            return
        self._counting &= not number < 0 if self._last is None else self._last < number
        self._last = number

    def are_labels(self, path: Path) -> bool:
        """Whether the headers so far are labels.

        Raises
        ------
        ReadError
            The headers are probably labels, but not all are 0 or 1.
        """
        if self._odd is None:
            return True
        if max(self._seen.values()) < 2 and not (self._numbers and not self._counting):
            return False
        record, line, header = self._odd
        found = repr(shorten(header)) if header else "an empty header"
        others = f" and {self._n_odd - 1:,} more" if self._n_odd > 1 else ""
        raise ReadError(
            f"{path}: record {record:,} (line {line:,}) has {found} where a label is "
            f"expected{others}; labels are 1 (bound) and 0 (unbound), one per header. If the "
            "headers are names, make them unique"
        )


def collect_records(stream: Iterable[tuple[str, int, str]], path: Path) -> Records:
    """Return all records of a stream of ``(header, line, sequence)``, with labels from headers.

    Raises
    ------
    ReadError
        The headers are probably labels, but not all are 0 or 1.
    """
    records, headers = Records([], [], []), HeaderLabels()
    for header, line, sequence in stream:
        headers.add(header, line)
        records.names.append(header)
        records.lines.append(line)
        records.sequences.append(sequence)
    if headers.are_labels(path):
        records.labels = [int(header) for header in records.names]
        records.names = [""] * len(records.names)
    return records
