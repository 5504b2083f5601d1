"""Read a file of sequences into a dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.pairs import find_shuffled_pairs
from demo_widgets.sequences.reading.identity import unchanged
from demo_widgets.sequences.reading.pipes import seekable
from demo_widgets.sequences.reading.reader_table import (
    READERS,
    Reader,
    find_reader,
    options_of_readers,
)
from demo_widgets.sequences.reading.records import Records, as_path, check_records
from demo_widgets.sequences.shuffle import dinucleotide_shuffle

__all__ = ["chosen_reader", "read_sequences"]


def read_sequences(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    genome: str | os.PathLike[str] | None = None,
    length: int | None = None,
    negatives: str | None = None,
    strict: bool = False,
    sequence_column: str | None = None,
    label_column: str | None = None,
    name_column: str | None = None,
    seed: int = 0,
    name: str | None = None,
    **options: Any,
) -> SequenceDataset:
    """Read DNA sequences, plain or gzip, in a format recognised by content.

    ============================ =====================================================
    FASTA, ``>1`` and ``> 0``    headers are labels (bound, unbound)
    FASTA, any other headers     the whole header is the name; no labels
    table with a header          DeepBind ``.seq``, CSV, TSV; see the ``*_column`` options
    BED, narrowPeak              windows of ``length`` bases of ``genome``
    ============================ =====================================================

    Other formats can be added: see :func:`~demo_widgets.sequences.reading.register_reader`.

    If dinucleotide counts show that an unbound sequence was shuffled from a bound one, the two
    share an id in ``metadata["pair"]``, and ``split`` keeps them together.

    Parameters
    ----------
    path
        The file, or a pipe, which is copied to a temporary file first.
    format
        ``"fasta"``, ``"table"``, ``"bed"`` or the name of a registered reader; by default
        recognised by content.
    genome
        Genome FASTA for BED and narrowPeak, plain or gzip; its folder is not written to.
    length
        Bases in a window of BED or narrowPeak (default 101), centred on the summit if there is one,
        otherwise on the interval's middle. Not used for other formats.
    negatives
        ``"dinucleotide"`` appends one dinucleotide shuffle of each sequence, labelled 0 (the
        sequences 1). The file must not contain unbound sequences already.
    strict
        Raise an error instead of a warning for unusable windows and ambiguous bases.
    sequence_column, label_column, name_column
        Columns of a table; by default the usual names, in any case
        (``sequence``, ``seq``; ``bound``, ``label``; ``name``, ``id``, ``EventID``).
    seed
        Seed of the shuffles.
    name
        Title of the dataset; default the file's name.
    options
        Options of a registered reader.

    Returns
    -------
    SequenceDataset

    Raises
    ------
    ReadError
        The file cannot be read or has unusable content; the message names the file, the record,
        what was found, what was expected and what to do.

    Warns
    -----
    DemoWidgetsWarning
        Dropped windows and ambiguous bases, counted and named.

    Examples
    --------
    >>> data = read_sequences("train.fa.gz")                            # doctest: +SKIP
    >>> peaks = read_sequences("peaks.narrowPeak.gz", genome="hg19.fa",
    ...                        negatives="dinucleotide")                # doctest: +SKIP
    """
    path = as_path(path, "path")
    if negatives not in (None, "dinucleotide"):
        raise ReadError(f"negatives is {negatives!r}; expected None or 'dinucleotide'")
    options |= {
        "genome": genome,
        "length": length,
        "sequence_column": sequence_column,
        "label_column": label_column,
        "name_column": name_column,
    }
    given = {option: value for option, value in options.items() if value is not None}
    with seekable(path) as file, unchanged(file):
        reader = chosen_reader(file, given, format)
        records = check_records(reader.records(file, strict=strict, **given), path)
    if strict:
        _refuse_ambiguous(records, path)
    if negatives:
        records = check_records(_with_shuffles(records, path, seed), path)
    return _as_dataset(records, path, name)


def chosen_reader(path: Path, given: Mapping[str, Any], format: str | None) -> Reader:
    """Return the reader of a file, after checking that it accepts the options ``given``.

    Raises
    ------
    ReadError
        As :func:`find_reader`, or an unknown option.
    """
    reader = find_reader(path, given, format)
    for option in given:
        if option in reader.option_names:
            continue
        if option not in options_of_readers():
            raise ReadError(
                f"{option}= is not an option of any reader; {reader.name!r} has "
                f"{', '.join(reader.option_names) or 'none'}"
            )
        owner = next(other for other in READERS.values() if option in other.option_names)
        raise ReadError(
            f"{option}= is for the format {owner.name!r}, but {path} is {reader.name!r}; leave it "
            f"out, or pass format={owner.name!r}"
        )
    return reader


def _refuse_ambiguous(records: Records, path: Path) -> None:
    for index, sequence in enumerate(records.sequences):
        found = (codes_of(sequence) == AMBIGUOUS_CODE).nonzero()[0]
        if found.size:
            raise ReadError(
                f"{path}: {records.place(index)} has {sequence[found[0]]!r} at position "
                f"{found[0] + 1:,}, and strict=True accepts A, C, G and T only; remove the "
                "record, or leave strict=True out to read ambiguous bases as all-zero rows"
            )


def _with_shuffles(records: Records, path: Path, seed: int) -> Records:
    """Append one labelled shuffle of every record."""
    import pandas as pd

    n = len(records.sequences)
    if records.labels is not None and 0 in records.labels:
        raise ReadError(
            f"{path} holds {records.labels.count(0):,} unbound sequences already; leave negatives= "
            "out, or give a file of bound sequences"
        )
    metadata = pd.DataFrame(index=range(n)) if records.metadata is None else records.metadata
    metadata = pd.concat([metadata, metadata], ignore_index=True)
    metadata["pair"] = list(range(n)) * 2
    return Records(
        sequences=records.sequences + dinucleotide_shuffle(records.sequences, seed=seed),
        lines=records.lines * 2,
        names=records.names + [f"{original}_shuffled" for original in records.names],
        labels=[1] * n + [0] * n,
        metadata=metadata,
    )


def _as_dataset(records: Records, path: Path, name: str | None) -> SequenceDataset:
    dataset = SequenceDataset(
        records.sequences,
        names=records.names,
        labels=records.labels,
        metadata=records.metadata,
        name=name or _title(path),
        source=str(path),
    )
    if dataset.labels is not None and "pair" not in dataset.metadata:
        pair = find_shuffled_pairs(dataset.codes, dataset.labels)
        if pair is not None:
            dataset.metadata["pair"] = pair
    return dataset


def _title(path: Path) -> str:
    """Return the file's name without the endings of any format."""
    endings = {".gz", *(suffix for reader in READERS.values() for suffix in reader.suffixes)}
    title = path.name
    while Path(title).suffix.lower() in endings:
        title = Path(title).stem
    return title
