"""Sequences block by block, for files that are too large to be held in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from demo_widgets.errors import ReadError, warn
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of
from demo_widgets.sequences.dataset import SequenceDataset, default_name
from demo_widgets.sequences.one_hot import codes_to_one_hot
from demo_widgets.sequences.reading.content import recognise
from demo_widgets.sequences.reading.fasta import iterate_fasta
from demo_widgets.sequences.reading.records import Records, check_bases, shorten

__all__ = ["SequenceBlock", "SequenceStream", "stream_sequences"]

_SURVEYED = 4096  # records looked at together
_LABELS = ("0", "1")


@dataclass(frozen=True, eq=False)
class SequenceBlock:
    """Some sequences that follow one another in a file.

    Attributes
    ----------
    start
        Row of the first of them, 0-based.
    names
        One a sequence.
    codes
        uint8 ``(n, length)``: 0-3 for A, C, G, T and 4 for an ambiguous base.
    labels
        int8 ``(n,)``: 1 = bound, 0 = unbound; ``None`` where they are not known.
    """

    start: int
    names: list[str]
    codes: np.ndarray
    labels: np.ndarray | None

    @property
    def one_hot(self) -> np.ndarray:
        """One-hot float32 ``(n, length, 4)``."""
        return codes_to_one_hot(self.codes)


@dataclass(frozen=True, eq=False)
class SequenceStream:
    """Sequences of one length that can be read block by block, as often as needed.

    Attributes
    ----------
    source
        The file, or the dataset's own source.
    n, length
        Number of sequences, and bases in each.
    labelled
        Whether labels are known.
    fingerprint
        SHA-256 (hex) of the names, bases and labels that the blocks hold: equal content, equal
        fingerprint, whether it comes from a file, however that is packed, or from a dataset.
    n_ambiguous
        Bases that are not A, C, G or T.
    """

    source: str
    n: int
    length: int
    labelled: bool
    fingerprint: str
    n_ambiguous: int
    _content: Path | SequenceDataset

    def blocks(self, size: int, start: int = 0) -> Iterator[SequenceBlock]:
        """Yield the sequences from row ``start`` on, ``size`` at a time.

        Raises
        ------
        ReadError
            The file is no longer what it was when the stream was made.
        """
        if isinstance(self._content, SequenceDataset):
            yield from _blocks_of_dataset(self._content, size, start)
            return
        row = start
        for block in _blocks_of_fasta(self._content, size, start, self.n, self.labelled):
            row += len(block.names)
            if row > self.n or block.codes.shape[1] != self.length:
                break
            yield block
        if row != self.n:
            raise ReadError(
                f"{self._content} changed while it was read: it had {self.n:,} sequences of "
                f"{self.length} bases; start again when it is complete"
            )


def stream_sequences(source: str | Path | SequenceDataset, **options: Any) -> SequenceStream:
    """Look through sequences once, check them, and return a stream that reads them in blocks.

    A FASTA file, plain or gzip, is never held in memory: any number of sequences takes what
    one block takes. Other formats, and FASTA with options that need all of it, are read as
    :func:`read_sequences` does and then handed out in blocks.

    Parameters
    ----------
    source
        A file that ``read_sequences`` takes, or a dataset.
    options
        Passed to ``read_sequences``.

    Returns
    -------
    SequenceStream

    Raises
    ------
    ReadError
        As ``read_sequences``; all records are checked before the first is handed out. Names
        may repeat in a FASTA file, where the row tells sequences apart.

    Warns
    -----
    DemoWidgetsWarning
        Counts ambiguous bases, once.

    Examples
    --------
    >>> stream = stream_sequences("million.fa.gz")                       # doctest: +SKIP
    >>> for block in stream.blocks(1024):
    ...     predict(model, block.one_hot)
    """
    given = {key: value for key, value in options.items() if value is not None}
    if not isinstance(source, SequenceDataset):
        path = Path(source)
        if not given and recognise(path) == "fasta":
            return _survey_fasta(path)
        from demo_widgets.sequences.reading import read_sequences

        source = read_sequences(source, **given)
    ambiguous = int((source.codes == AMBIGUOUS_CODE).sum())
    return _stream(
        source,
        source.source or source.name,
        len(source),
        source.length,
        labelled=source.labels is not None,
        n_ambiguous=ambiguous,
    )


def _blocks_of_dataset(data: SequenceDataset, size: int, start: int) -> Iterator[SequenceBlock]:
    for row in range(start, len(data), size):
        rows = slice(row, row + size)
        labels = None if data.labels is None else data.labels[rows].astype(np.int8)
        yield SequenceBlock(row, data.names[rows], data.codes[rows], labels)


def _blocks_of_fasta(
    path: Path, size: int, start: int, n: int, labelled: bool
) -> Iterator[SequenceBlock]:
    """Blocks of a FASTA file of ``n`` records, whose headers are labels or names."""
    for records in _batches(path, size, start):
        codes = _checked_codes(records, path)
        headers = [""] * len(records.names) if labelled else records.names
        numbers = range(records.first + 1, records.first + 1 + len(headers))
        names = [
            header or default_name(number, n)
            for header, number in zip(headers, numbers, strict=True)
        ]
        labels = np.array([header == "1" for header in records.names], np.int8)
        yield SequenceBlock(records.first, names, codes, labels if labelled else None)


def _batches(path: Path, size: int, start: int) -> Iterator[Records]:
    """Records of a FASTA file from row ``start`` on, ``size`` at a time."""
    records = iterate_fasta(path)
    rest: Iterable = islice(records, start, None)
    first = start
    while batch := list(islice(rest, size)):
        headers, lines, sequences = (list(part) for part in zip(*batch, strict=True))
        yield Records(sequences, lines, headers, first=first)
        first += len(batch)


def _checked_codes(records: Records, path: Path) -> np.ndarray:
    check_bases(records, path)
    length = len(records.sequences[0])
    for index, sequence in enumerate(records.sequences):
        if len(sequence) != length:
            raise _ragged(records.place(index), len(sequence), length, path)
    return codes_of("".join(records.sequences)).reshape(len(records.sequences), length)


def _ragged(place: str, found: int, expected: int, path: Path) -> ReadError:
    return ReadError(
        f"{path}: {place} has {found:,} bases, but those before it have {expected:,}; expected one "
        "length. Cut or filter them to one length, or make a file of each length"
    )


class _Headers:
    """Whether headers that are met one by one are labels, names, or names meant as labels.

    What :func:`.fasta.read_fasta` decides when it holds all of them.
    """

    def __init__(self) -> None:
        self.odd = ""  # where the first one stands that is no label
        self._seen = dict.fromkeys(_LABELS, 0)
        self._last: float | None = None
        self._numbers = self._counting = True

    def add(self, header: str, records: Records, index: int) -> None:
        if header in self._seen:
            self._seen[header] += 1
        elif not self.odd:
            self.odd = records.place(index)
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

    @property
    def meant_as_labels(self) -> bool:
        """Odd ones among labels, or numbers that do not simply count the records."""
        return max(self._seen.values()) > 1 or (self._numbers and not self._counting)


def _survey_fasta(path: Path) -> SequenceStream:
    """Check every record, then hash the blocks: what they hold, only the last record decides."""
    n, length, n_ambiguous, labelled = _check_fasta(path)
    if n_ambiguous:
        warn(f"{path}: {n_ambiguous:,} ambiguous bases are all-zero rows of the one-hot array")
    return _stream(path, str(path), n, length, labelled=labelled, n_ambiguous=n_ambiguous)


def _check_fasta(path: Path) -> tuple[int, int, int, bool]:
    """Number of records, their length, ambiguous bases, and whether the headers are labels."""
    headers = _Headers()
    n = length = n_ambiguous = 0
    for records in _batches(path, _SURVEYED, 0):
        codes = _checked_codes(records, path)
        if n and codes.shape[1] != length:
            raise _ragged(records.place(0), codes.shape[1], length, path)
        for index, header in enumerate(records.names):
            headers.add(header, records, index)
        n, length = n + len(codes), codes.shape[1]
        n_ambiguous += int((codes == AMBIGUOUS_CODE).sum())
    if not n:
        raise ReadError(f"{path} holds no sequence")
    if headers.odd and headers.meant_as_labels:
        raise ReadError(
            f"{path}: {shorten(headers.odd)} stands where a label is expected; labels are 1 "
            "(bound) and 0 (unbound), one a header. If the headers are names, make each of them "
            "different"
        )
    return n, length, n_ambiguous, not headers.odd


def _stream(
    content: Path | SequenceDataset, source: str, n: int, length: int, **facts: Any
) -> SequenceStream:
    """The stream of what was surveyed, with the fingerprint of its own blocks."""
    stream = SequenceStream(
        source=source, n=n, length=length, fingerprint="", _content=content, **facts
    )
    return replace(stream, fingerprint=_fingerprint(stream))


def _fingerprint(stream: SequenceStream) -> str:
    """SHA-256 (hex), the same whatever the size of the blocks."""
    names, bases, labels = (hashlib.sha256() for _ in range(3))
    for block in stream.blocks(_SURVEYED):
        names.update(
            "".join(f"{name}\n" for name in block.names).encode("utf-8", "surrogateescape")
        )
        bases.update(block.codes.tobytes())
        if block.labels is not None:
            labels.update(block.labels.tobytes())
    whole = hashlib.sha256(f"{stream.n} x {stream.length}\n".encode())
    for part in (names, bases, labels):
        whole.update(part.digest())
    return whole.hexdigest()
