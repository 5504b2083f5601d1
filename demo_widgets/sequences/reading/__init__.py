"""Read sequences from any of the files people have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.pairs import find_shuffled_pairs
from demo_widgets.sequences.reading.content import recognise
from demo_widgets.sequences.reading.fasta import read_fasta
from demo_widgets.sequences.reading.records import Records, check_records
from demo_widgets.sequences.reading.tables import read_table
from demo_widgets.sequences.regions.intervals import read_intervals
from demo_widgets.sequences.shuffle import dinucleotide_shuffle

__all__ = ["read_sequences"]

FORMATS = ("fasta", "table", "bed")
_SUFFIXES = {".gz", ".fa", ".fasta", ".fna", ".seq", ".csv", ".tsv", ".txt", ".bed", ".narrowpeak"}


def read_sequences(
    path: str | Path,
    *,
    format: str | None = None,
    genome: str | Path | None = None,
    length: int = 101,
    negatives: str | None = None,
    strict: bool = False,
    sequence_column: str | None = None,
    label_column: str | None = None,
    name_column: str | None = None,
    seed: int = 0,
    name: str | None = None,
) -> SequenceDataset:
    """Read DNA sequences, plain or gzip, in a format recognised by content.

    ============================ =====================================================
    FASTA, ``>1`` and ``> 0``    headers are labels (bound, unbound)
    FASTA, any other headers     the whole header is the name; no labels
    table with a header          DeepBind ``.seq``, CSV, TSV; see the ``*_column`` options
    BED, narrowPeak              windows of ``length`` bases of ``genome``
    ============================ =====================================================

    Where dinucleotide counts show that an unbound sequence was shuffled from a bound one,
    the two share an id in ``metadata["pair"]``, and ``split`` keeps them together.

    Parameters
    ----------
    path
        The file.
    format
        ``"fasta"``, ``"table"`` or ``"bed"``, where the content should not decide.
    genome
        Genome FASTA for BED and narrowPeak, plain or gzip; nothing is written beside it.
    length
        Bases in a window of BED or narrowPeak, centred on the summit where there is one, on
        the interval's middle otherwise. Other formats bring their own length.
    negatives
        ``"dinucleotide"`` adds, below the sequences, one dinucleotide shuffle of each,
        labelled 0 (and the sequences 1). The file must not hold unbound sequences already.
    strict
        Refuse, instead of warning: windows that cannot be used, and ambiguous bases.
    sequence_column, label_column, name_column
        Columns of a table; by default the usual names are looked for, in any case
        (``sequence``, ``seq``; ``bound``, ``label``; ``name``, ``id``, ``EventID``).
    seed
        Seed of the shuffles.
    name
        Title of the dataset; default the file's name.

    Returns
    -------
    SequenceDataset

    Raises
    ------
    ReadError
        The file cannot be read or holds something that is not usable; the message names the
        file, the record, what was found, what was expected and what to do.

    Warns
    -----
    DemoWidgetsWarning
        Windows that were dropped, and ambiguous bases: counted and named.

    Examples
    --------
    >>> data = read_sequences("train.fa.gz")                            # doctest: +SKIP
    >>> peaks = read_sequences("peaks.narrowPeak.gz", genome="hg19.fa",
    ...                        negatives="dinucleotide")                # doctest: +SKIP
    """
    path = _as_path(path, "path")
    if negatives not in (None, "dinucleotide"):
        raise ReadError(f"negatives is {negatives!r}; expected None or 'dinucleotide'")
    if format not in (None, *FORMATS):
        raise ReadError(f"format is {format!r}; expected None or one of {', '.join(FORMATS)}")
    format = format or recognise(path, sequence_column)
    columns = {
        "sequence_column": sequence_column,
        "label_column": label_column,
        "name_column": name_column,
    }
    _refuse_unused(path, format, "table", columns)
    _refuse_unused(path, format, "bed", {"genome": genome})
    if format == "bed":
        records = _read_windows(path, genome, length, strict)
    elif format == "table":
        records = read_table(path, **columns)
    else:
        records = read_fasta(path)
    records = check_records(records, path)
    if strict:
        _refuse_ambiguous(records, path)
    if negatives:
        records = check_records(_with_shuffles(records, path, seed), path)
    return _as_dataset(records, path, name)


def _as_path(path: Any, argument: str) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path):
        raise ReadError(f"{argument} is {path!r}; expected the path of a file")
    return Path(path)


def _refuse_unused(path: Path, format: str, needed: str, options: dict[str, Any]) -> None:
    given = [option for option, value in options.items() if value is not None]
    if given and format != needed:
        raise ReadError(
            f"{given[0]}= is for the format {needed!r}, but {path} is {format!r}; leave it out, or "
            f"say format={needed!r}"
        )


def _read_windows(path: Path, genome: str | Path | None, length: int, strict: bool) -> Records:
    if genome is None:
        raise ReadError(
            f"{path} holds intervals (BED or narrowPeak), not sequences; give the genome they are "
            "on as FASTA with genome="
        )
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise ReadError(f"length is {length!r}; expected a number of bases, 1 or more")
    return read_intervals(path, _as_path(genome, "genome"), length, strict)


def _refuse_ambiguous(records: Records, path: Path) -> None:
    for index, sequence in enumerate(records.sequences):
        found = (codes_of(sequence) == AMBIGUOUS_CODE).nonzero()[0]
        if found.size:
            raise ReadError(
                f"{path}: {records.place(index)} has {sequence[found[0]]!r} at position "
                f"{found[0] + 1:,}, and strict=True takes A, C, G and T only; remove the record, "
                "or leave strict=True out to read ambiguous bases as all-zero rows"
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
    title = path.name
    while Path(title).suffix.lower() in _SUFFIXES:
        title = Path(title).stem
    return title
