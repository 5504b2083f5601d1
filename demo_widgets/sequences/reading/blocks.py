"""Sequences in blocks, for files too large for memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from demo_widgets.errors import ReadError, warn
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of
from demo_widgets.sequences.dataset import SequenceDataset, default_name
from demo_widgets.sequences.one_hot import codes_to_one_hot
from demo_widgets.sequences.reading.headers import HeaderLabels
from demo_widgets.sequences.reading.read import chosen_reader, read_sequences
from demo_widgets.sequences.reading.reader_table import find_reader
from demo_widgets.sequences.reading.records import Records, as_path, check_bases

__all__ = ["SequenceBlock", "SequenceStream", "stream_sequences"]

_SURVEYED = 4096  # records checked together


@dataclass(frozen=True, eq=False)
class SequenceBlock:
    """Consecutive sequences of a file.

    Attributes
    ----------
    start
        0-based row of the first sequence.
    names
        One per sequence.
    codes
        uint8 ``(n, length)``: 0-3 for A, C, G, T and 4 for an ambiguous base.
    labels
        int8 ``(n,)``: 1 = bound, 0 = unbound; ``None`` if unknown.
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
    """Sequences of one length that can be read in blocks repeatedly.

    Attributes
    ----------
    source
        The file, or the dataset's own source.
    n, length
        Number of sequences, and bases in each.
    labelled
        Whether labels are known.
    fingerprint
        SHA-256 (hex) of names, bases and labels, the same for equal content from a plain file, a
        gzip file or a dataset.
    n_ambiguous
        Bases that are not A, C, G or T.
    """

    source: str
    n: int
    length: int
    labelled: bool
    fingerprint: str
    n_ambiguous: int
    _read: Callable[[int, int], Iterator[SequenceBlock]]

    def blocks(self, size: int, start: int = 0) -> Iterator[SequenceBlock]:
        """Yield the sequences from row ``start`` on, ``size`` at a time.

        Raises
        ------
        ReadError
            The file has changed since the stream was created.
        """
        return self._read(size, start)


def stream_sequences(
    source: str | os.PathLike[str] | SequenceDataset,
    **options: Any,
) -> SequenceStream:
    """Check sequences in one pass and return a stream that reads them in blocks.

    A FASTA file, plain or gzip, is never held in memory as a whole, only one block at a time. The
    same holds for any registered reader with ``iterate``. Other formats, and options that need the
    whole file, are read as by :func:`read_sequences` and then returned in blocks.

    Parameters
    ----------
    source
        A file that ``read_sequences`` reads, or a dataset.
    options
        Passed to ``read_sequences``.

    Returns
    -------
    SequenceStream

    Raises
    ------
    ReadError
        As ``read_sequences``; all records are checked before the first is returned. Names may
        repeat in a FASTA file, where rows identify sequences.

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
        path = as_path(source, "source")
        format = given.pop("format", None)
        reader = find_reader(path, given, format)
        if reader.iterate is not None and set(given) <= set(reader.option_names):
            reader = chosen_reader(path, given, format)
            return _survey(path, partial(reader.stream, path, **given))
        source = read_sequences(path, format=format, **given)
    ambiguous = int((source.codes == AMBIGUOUS_CODE).sum())
    return _with_fingerprint(
        SequenceStream(
            source=source.source or source.name,
            n=len(source),
            length=source.length,
            labelled=source.labels is not None,
            fingerprint="",
            n_ambiguous=ambiguous,
            _read=partial(_blocks_of_dataset, source),
        )
    )


def _blocks_of_dataset(data: SequenceDataset, size: int, start: int) -> Iterator[SequenceBlock]:
    for row in range(start, len(data), size):
        rows = slice(row, row + size)
        labels = None if data.labels is None else data.labels[rows].astype(np.int8)
        yield SequenceBlock(row, data.names[rows], data.codes[rows], labels)


@dataclass(frozen=True)
class _SurveyedFile:
    """A checked file, to be read again in blocks."""

    path: Path
    stream: Callable[[], Iterator[tuple[str, int, str]]]
    n: int
    length: int
    labelled: bool

    def blocks(self, size: int, start: int) -> Iterator[SequenceBlock]:
        row = start
        for records in _batches(self.stream, size, start):
            codes = _checked_codes(records, self.path)
            row += len(codes)
            if row > self.n or codes.shape[1] != self.length:
                break
            yield self._block(records, codes)
        if row != self.n:
            raise ReadError(
                f"{self.path} changed while it was read: it had {self.n:,} sequences of "
                f"{self.length} bases; start again when it is complete"
            )

    def _block(self, records: Records, codes: np.ndarray) -> SequenceBlock:
        headers = [""] * len(codes) if self.labelled else records.names
        numbers = range(records.first + 1, records.first + 1 + len(codes))
        names = [
            header or default_name(number, self.n)
            for header, number in zip(headers, numbers, strict=True)
        ]
        labels = np.array([header == "1" for header in records.names], np.int8)
        return SequenceBlock(records.first, names, codes, labels if self.labelled else None)


def _batches(
    stream: Callable[[], Iterator[tuple[str, int, str]]], size: int, start: int
) -> Iterator[Records]:
    """Yield the records of a file from row ``start`` on, ``size`` at a time."""
    rest = islice(stream(), start, None)
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
        f"{path}: {place} has {found:,} bases, but those before it have {expected:,}; expected "
        "one length. Cut or filter them to one length, or write one file per length"
    )


def _survey(path: Path, stream: Callable[[], Iterator[tuple[str, int, str]]]) -> SequenceStream:
    """Check every record, then hash the blocks in a second pass."""
    n, length, n_ambiguous, labelled = _check_all(path, stream)
    if n_ambiguous:
        warn(f"{path}: {n_ambiguous:,} ambiguous bases are all-zero rows of the one-hot array")
    return _with_fingerprint(
        SequenceStream(
            source=str(path),
            n=n,
            length=length,
            labelled=labelled,
            fingerprint="",
            n_ambiguous=n_ambiguous,
            _read=_SurveyedFile(path, stream, n, length, labelled).blocks,
        )
    )


def _check_all(
    path: Path, stream: Callable[[], Iterator[tuple[str, int, str]]]
) -> tuple[int, int, int, bool]:
    """Return numbers of records, bases and ambiguous bases, and whether headers are labels."""
    headers = HeaderLabels()
    n = length = n_ambiguous = 0
    for records in _batches(stream, _SURVEYED, 0):
        codes = _checked_codes(records, path)
        if n and codes.shape[1] != length:
            raise _ragged(records.place(0), codes.shape[1], length, path)
        for header, line in zip(records.names, records.lines, strict=True):
            headers.add(header, line)
        n, length = n + len(codes), codes.shape[1]
        n_ambiguous += int((codes == AMBIGUOUS_CODE).sum())
    if not n:
        raise ReadError(f"{path} holds no sequence")
    return n, length, n_ambiguous, headers.are_labels(path)


def _with_fingerprint(stream: SequenceStream) -> SequenceStream:
    return replace(stream, fingerprint=_fingerprint(stream))


def _fingerprint(stream: SequenceStream) -> str:
    """Return the SHA-256 (hex), independent of the block size."""
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
