"""Sequences in blocks, for files too large for memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from demo_widgets.errors import shown_as, warn
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.reading.pipes import SeekableFile
from demo_widgets.sequences.reading.read import chosen_reader, read_sequences
from demo_widgets.sequences.reading.reader_table import find_reader
from demo_widgets.sequences.reading.records import as_path
from demo_widgets.sequences.reading.surveyed_file import SequenceBlock, rows_at_once, survey

__all__ = ["SequenceBlock", "SequenceStream", "stream_sequences"]


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
            The file is no longer what it was when the stream was made: every sequence is compared
            before it is handed out.
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
        file = SeekableFile(path)
        try:
            with shown_as(file.path, path):
                reader = find_reader(file.path, given, format)
                if reader.iterate is not None and set(given) <= set(reader.option_names):
                    reader = chosen_reader(file.path, given, format)
                    return _survey(file, str(path), partial(reader.stream, file.path, **given))
                source = read_sequences(file.path, format=format, **given)
        except BaseException:
            file.close()
            raise
        file.close()
        source.source = str(path)
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


def _survey(
    file: SeekableFile, source: str, stream: Callable[[], Iterator[tuple[str, int, str]]]
) -> SequenceStream:
    """Check every record, then hash the blocks: what they hold, only the last record decides."""
    found = survey(file.path, stream)
    if found.n_ambiguous:
        warn(
            f"{source}: {found.n_ambiguous:,} ambiguous bases are all-zero rows of the one-hot "
            "array"
        )

    def blocks(size: int, start: int, kept: SeekableFile = file) -> Iterator[SequenceBlock]:
        return found.blocks(size, start)  # the copy of a pipe lives as long as the stream

    return _with_fingerprint(
        SequenceStream(
            source=source,
            n=found.n,
            length=found.length,
            labelled=found.labelled,
            fingerprint="",
            n_ambiguous=found.n_ambiguous,
            _read=blocks,
        )
    )


def _with_fingerprint(stream: SequenceStream) -> SequenceStream:
    return replace(stream, fingerprint=_fingerprint(stream))


def _fingerprint(stream: SequenceStream) -> str:
    """Return the SHA-256 (hex), independent of the block size."""
    names, bases, labels = (hashlib.sha256() for _ in range(3))
    for block in stream.blocks(rows_at_once(stream.length)):
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
