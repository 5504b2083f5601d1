"""BED and narrowPeak intervals as windows of one length, cut out of a genome."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError, warn
from demo_widgets.sequences.alphabet import AMBIGUOUS
from demo_widgets.sequences.reading.content import COMMENTS, open_text
from demo_widgets.sequences.reading.reader_table import FileHead
from demo_widgets.sequences.reading.records import Records, as_path, shorten
from demo_widgets.sequences.regions.genome import open_genome

__all__ = ["is_bed", "read_intervals"]

NARROWPEAK_FIELDS = 10
_HEADER_STARTS = ("start", "chromstart", "chrom_start")
_SHOWN = 3
_AMBIGUOUS = set(AMBIGUOUS)


@dataclass(frozen=True)
class Interval:
    """One line of a BED file: 0-based, half-open, with the centre of its window."""

    line: int
    chromosome: str
    start: int
    end: int
    centre: int
    fields: list[str]


@dataclass
class _LeftOut:
    """Unusable windows by reason."""

    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, place: str) -> None:
        self.places.setdefault(reason, []).append(place)

    @property
    def count(self) -> int:
        return sum(map(len, self.places.values()))

    def __str__(self) -> str:
        reasons = []
        for reason, places in self.places.items():
            more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
            reasons.append(f"{len(places):,} {reason} ({', '.join(places[:_SHOWN])}{more})")
        return "; ".join(reasons)


def is_bed(head: FileHead, options: Mapping[str, Any]) -> bool:
    """Whether one of the first two lines is an interval; the other may be a header."""
    rows = [line.split() for line in head.lines[:2]]
    return any(len(row) >= 3 and row[1].isdigit() and row[2].isdigit() for row in rows)


def read_intervals(
    path: Path,
    *,
    strict: bool = False,
    genome: str | os.PathLike[str] | None = None,
    length: int = 101,
) -> Records:
    """Cut a window of ``length`` bases around each interval of a BED or narrowPeak file.

    The window is centred on the summit if there is one (narrowPeak's tenth column), otherwise on
    the interval's middle, on the forward strand. Its name is its 1-based position, both ends
    included, such as ``chr22:1875601-1875701``.

    Raises
    ------
    ReadError
        No genome, a line that is not an interval, a genome that cannot be read, no window left, or,
        with ``strict``, any unusable window.

    Warns
    -----
    DemoWidgetsWarning
        Windows that extend beyond their chromosome, have ambiguous bases, are on a chromosome
        missing from the genome, or repeat an earlier window; they are dropped, counted and named.
    """
    if genome is None:
        raise ReadError(
            f"{path} holds intervals (BED or narrowPeak), not sequences; give the genome they are "
            "on as FASTA with genome="
        )
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise ReadError(f"length is {length!r}; expected a number of bases, 1 or more")
    genome = as_path(genome, "genome")
    intervals = _parse(path)
    left_out = _LeftOut()
    kept: list[Interval] = []
    sequences: list[str] = []
    names: dict[str, None] = {}
    with open_genome(genome) as chromosomes:
        sizes = {name: len(chromosomes[name]) for name in chromosomes.keys()}
        for interval in intervals:
            start, end = _window(interval, length)
            name = f"{interval.chromosome}:{start + 1}-{end}"
            place = f"{shorten(name)} on line {interval.line:,}"
            sequence = _cut(chromosomes, sizes, interval.chromosome, start, end)
            if interval.chromosome not in sizes:
                left_out.add("on a chromosome that the genome lacks", place)
            elif sequence is None:
                left_out.add("off the end of the chromosome", place)
            elif _AMBIGUOUS & set(sequence.upper()):
                left_out.add("with N or another ambiguous base", place)
            elif name in names:
                left_out.add("the same as an earlier one", place)
            else:
                kept.append(interval)
                sequences.append(sequence)
                names[name] = None
    _report(left_out, len(intervals), path, genome, sizes, strict)
    return Records(
        sequences=sequences,
        lines=[interval.line for interval in kept],
        names=list(names),
        metadata=_metadata(kept, length),
    )


def _parse(path: Path) -> list[Interval]:
    intervals: list[Interval] = []
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip() or line.startswith(COMMENTS):
                continue
            fields = line.rstrip("\n").split("\t") if "\t" in line else line.split()
            if not intervals and len(fields) > 2 and fields[1].lower() in _HEADER_STARTS:
                continue
            intervals.append(_interval(fields, number, path))
    if not intervals:
        raise ReadError(f"{path} holds no interval")
    return intervals


def _interval(fields: list[str], number: int, path: Path) -> Interval:
    where = f"{path}: line {number:,}"
    try:
        start, end = int(fields[1]), int(fields[2])
    except (IndexError, ValueError):
        raise ReadError(
            f"{where} is {shorten(' '.join(fields))!r}; expected chromosome, start and end"
        ) from None
    if not 0 <= start < end:
        raise ReadError(f"{where} runs from {start} to {end}; expected 0 <= start < end")
    centre = (start + end) // 2
    if len(fields) == NARROWPEAK_FIELDS:
        try:
            summit = int(fields[9])
        except ValueError:
            raise ReadError(
                f"{where} has the summit {shorten(fields[9])!r} in column 10; expected bases from "
                "the start, or -1 for none (narrowPeak)"
            ) from None
        if summit > end - start:  # real ENCODE files have summits at the very end
            raise ReadError(
                f"{where} has its summit {summit} bases from the start of a peak of "
                f"{end - start}; column 10 of narrowPeak counts from the start of the peak"
            )
        centre = start + summit if summit >= 0 else centre
    return Interval(number, fields[0], start, end, centre, fields)


def _window(interval: Interval, length: int) -> tuple[int, int]:
    start = interval.centre - length // 2
    return start, start + length


def _cut(
    chromosomes: Any, sizes: dict[str, int], chromosome: str, start: int, end: int
) -> str | None:
    """Return the bases of a window, or ``None`` if it is not wholly on a known chromosome."""
    if start < 0 or end > sizes.get(chromosome, 0):
        return None
    return chromosomes[chromosome][start:end]


def _report(
    left_out: _LeftOut, n: int, path: Path, genome: Path, sizes: dict[str, int], strict: bool
) -> None:
    if not left_out.count:
        return
    message = f"{path}: {left_out.count:,} of {n:,} windows cannot be used: {left_out}"
    if strict:
        raise ReadError(f"{message}. Correct the file, or leave strict=True out to drop them")
    if left_out.count == n:
        known = ", ".join(shorten(name, 20) for name in list(sizes)[:5])
        raise ReadError(
            f"{message}. No window is left. The genome {genome} holds {len(sizes):,} chromosomes "
            f"({known}); check that file and genome are of one assembly"
        )
    warn(f"{message}. They were dropped; strict=True refuses them")


def _metadata(intervals: list[Interval], length: int) -> Any:
    """Return a table of window and peak of each interval, with narrowPeak's score and signal."""
    import pandas as pd

    windows = [_window(interval, length) for interval in intervals]
    columns: dict[str, list[Any]] = {
        "chromosome": [interval.chromosome for interval in intervals],
        "start": [start for start, _ in windows],
        "end": [end for _, end in windows],
        "peak_start": [interval.start for interval in intervals],
        "peak_end": [interval.end for interval in intervals],
    }
    frame = pd.DataFrame(columns)
    for column, position in (("peak_name", 3), ("score", 4), ("strand", 5), ("signal", 6)):
        values = [interval.fields[position : position + 1] for interval in intervals]
        narrow_only = column == "signal"
        if not all(values) or (narrow_only and len(intervals[0].fields) != NARROWPEAK_FIELDS):
            continue
        texts = [value[0] for value in values]
        if set(texts) == {"."}:
            continue
        numbers = pd.to_numeric(pd.Series(texts), errors="coerce")
        numeric = column in ("score", "signal") and not numbers.isna().any()
        frame[column] = numbers if numeric else texts
    return frame
