"""A file whose records were checked once, to be read again in blocks of the same content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from demo_widgets.errors import ReadError
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of
from demo_widgets.sequences.dataset import default_name
from demo_widgets.sequences.one_hot import codes_to_one_hot
from demo_widgets.sequences.reading.headers import HeaderLabels
from demo_widgets.sequences.reading.identity import changed, identity_of
from demo_widgets.sequences.reading.records import Records, check_bases

__all__ = ["SequenceBlock", "SurveyedFile", "rows_at_once", "survey"]

Record = tuple[str, int, str]
"""Header, line (from 1) and sequence."""

_SURVEYED = 4096
"""Records checked together, at most."""

_SURVEYED_BASES = 2**24
"""Bases after which no more records are checked with them."""


@dataclass(frozen=True, eq=False)
class SequenceBlock:
    """Consecutive sequences of a file.

    Attributes
    ----------
    start
        Row of the first of them, 0-based.
    names
        One per sequence.
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


@dataclass(frozen=True)
class SurveyedFile:
    """What the records of a file were found to be.

    Attributes
    ----------
    path, stream
        The file, and what reads its records.
    identity, digests
        The file as the file system knows it, and a digest of each part of its records.
    n, length, n_ambiguous, labelled
        Number of records, bases in each, ambiguous bases in all, whether headers are labels.
    """

    path: Path
    stream: Callable[[], Iterator[Record]]
    identity: tuple[int, ...] | None
    digests: list[bytes]
    n: int
    length: int
    n_ambiguous: int
    labelled: bool

    def blocks(self, size: int, start: int) -> Iterator[SequenceBlock]:
        """Yield the sequences from row ``start`` on, ``size`` at a time.

        Raises
        ------
        ReadError
            The file is not the one that was surveyed.
        """
        for records in _batches(self._verified(), size, start):
            yield self._block(records, _checked_codes(records, self.path))

    def _verified(self) -> Iterator[Record]:
        """The records, each part compared with the survey before any of it is given."""
        expected = iter(self.digests)
        if identity_of(self.path) != self.identity:
            raise self._changed()
        for part in _parts(self.stream()):
            if _digest(part) != next(expected, b"") or identity_of(self.path) != self.identity:
                raise self._changed()
            yield from part
        if next(expected, None) is not None:
            raise self._changed()

    def _changed(self) -> ReadError:
        return changed(self.path, f": it had {self.n:,} sequences of {self.length} bases")

    def _block(self, records: Records, codes: np.ndarray) -> SequenceBlock:
        headers = [""] * len(codes) if self.labelled else records.names
        numbers = range(records.first + 1, records.first + 1 + len(codes))
        names = [
            header or default_name(number, self.n)
            for header, number in zip(headers, numbers, strict=True)
        ]
        labels = np.array([header == "1" for header in records.names], np.int8)
        return SequenceBlock(records.first, names, codes, labels if self.labelled else None)


def survey(path: Path, stream: Callable[[], Iterator[Record]]) -> SurveyedFile:
    """Check every record of a file.

    Raises
    ------
    ReadError
        A record cannot be used, or the file changed meanwhile.
    """
    identity = identity_of(path)
    headers = HeaderLabels()
    digests: list[bytes] = []
    n = length = n_ambiguous = 0
    for part in _parts(stream()):
        digests.append(_digest(part))
        records = _records(part, n)
        codes = _checked_codes(records, path)
        if n and codes.shape[1] != length:
            raise _ragged(records.place(0), codes.shape[1], length, path)
        for header, line in zip(records.names, records.lines, strict=True):
            headers.add(header, line)
        n, length = n + len(codes), codes.shape[1]
        n_ambiguous += int((codes == AMBIGUOUS_CODE).sum())
    if not n:
        raise ReadError(f"{path} holds no sequence")
    labelled = headers.are_labels(path)
    if identity_of(path) != identity:
        raise changed(path)
    return SurveyedFile(path, stream, identity, digests, n, length, n_ambiguous, labelled)


def rows_at_once(length: int) -> int:
    """Sequences of ``length`` bases that are read together where no size is given."""
    return max(1, min(_SURVEYED, _SURVEYED_BASES // length))


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    """The records in parts that depend on nothing but what comes before."""
    part: list[Record] = []
    bases = 0
    for record in records:
        part.append(record)
        bases += len(record[2])
        if len(part) >= _SURVEYED or bases >= _SURVEYED_BASES:
            yield part
            part, bases = [], 0
    if part:
        yield part


def _digest(part: list[Record]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for header, _, sequence in part:
        digest.update(f"{header}\n{sequence}\n".encode("utf-8", "surrogatepass"))
    return digest.digest()


def _batches(records: Iterator[Record], size: int, start: int) -> Iterator[Records]:
    """The records from row ``start`` on, ``size`` at a time."""
    rest = islice(records, start, None)
    first = start
    while batch := list(islice(rest, size)):
        yield _records(batch, first)
        first += len(batch)


def _records(batch: list[Record], first: int) -> Records:
    headers, lines, sequences = (list(part) for part in zip(*batch, strict=True))
    return Records(sequences, lines, headers, first=first)


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
