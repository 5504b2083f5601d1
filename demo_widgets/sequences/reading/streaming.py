"""Sequences block by block, for files that are too large to be held in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ReadError, warn
from ..alphabet import AMBIGUOUS_CODE, codes_of
from ..dataset import SequenceDataset, default_name
from ..one_hot import codes_to_one_hot
from .content import recognise
from .fasta import iterate_fasta
from .records import Records, check_bases, shorten

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
        SHA-256 (hex) of names, sequences and labels: equal content, equal fingerprint, however
        the file is packed.
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
        for block in _blocks_of_fasta(self._content, size, start, self.n if self.labelled else 0):
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
        from . import read_sequences

        source = read_sequences(source, **given)
    survey = _Survey()
    for block in _blocks_of_dataset(source, _SURVEYED, 0):
        survey.add(block)
    return survey.stream(source.source or source.name, source)


def _blocks_of_dataset(data: SequenceDataset, size: int, start: int) -> Iterator[SequenceBlock]:
    for row in range(start, len(data), size):
        rows = slice(row, row + size)
        labels = None if data.labels is None else data.labels[rows].astype(np.int8)
        yield SequenceBlock(row, data.names[rows], data.codes[rows], labels)


def _blocks_of_fasta(path: Path, size: int, start: int, n_labelled: int) -> Iterator[SequenceBlock]:
    """Blocks of a FASTA file; ``n_labelled`` records have labels for headers, or none has."""
    for records in _batches(path, size, start):
        codes = _checked_codes(records, path)
        if not n_labelled:
            yield SequenceBlock(records.first, records.names, codes, None)
            continue
        labels = np.array([header == "1" for header in records.names], np.int8)
        rows = range(records.first, records.first + len(labels))
        names = [default_name(row + 1, n_labelled) for row in rows]
        yield SequenceBlock(records.first, names, codes, labels)


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


class _Survey:
    """What a whole file amounts to, gathered block by block."""

    def __init__(self) -> None:
        self.n = self.length = self.n_ambiguous = 0
        self.labelled = False
        self._digest = hashlib.sha256()

    def add(self, block: SequenceBlock) -> None:
        self.n += len(block.names)
        self.length = block.codes.shape[1]
        self.labelled = block.labels is not None
        self.n_ambiguous += int((block.codes == AMBIGUOUS_CODE).sum())
        self._digest.update("\n".join(block.names).encode("utf-8", "surrogateescape"))
        self._digest.update(block.codes.tobytes())
        if block.labels is not None:
            self._digest.update(block.labels.tobytes())

    def stream(self, source: str, content: Path | SequenceDataset) -> SequenceStream:
        return SequenceStream(
            source=source,
            n=self.n,
            length=self.length,
            labelled=self.labelled,
            fingerprint=self._digest.hexdigest(),
            n_ambiguous=self.n_ambiguous,
            _content=content,
        )


def _survey_fasta(path: Path) -> SequenceStream:
    survey, seen, odd = _Survey(), dict.fromkeys(_LABELS, 0), ""
    for records in _batches(path, _SURVEYED, 0):
        codes = _checked_codes(records, path)
        if survey.n and codes.shape[1] != survey.length:
            raise _ragged(records.place(0), codes.shape[1], survey.length, path)
        for index, header in enumerate(records.names):
            if header in seen:
                seen[header] += 1
            elif not odd:
                odd = f"{records.place(index)}"
        survey.add(SequenceBlock(records.first, records.names, codes, None))
    if not survey.n:
        raise ReadError(f"{path} holds no sequence")
    if odd and max(seen.values()) > 1:
        raise ReadError(
            f"{path}: {shorten(odd)} stands where a label is expected; other headers are labels, 1 "
            "(bound) and 0 (unbound). If the headers are names, make each of them different"
        )
    if survey.n_ambiguous:
        warn(
            f"{path}: {survey.n_ambiguous:,} ambiguous bases are all-zero rows of the one-hot array"
        )
    return replace(survey.stream(str(path), path), labelled=not odd)
