"""The records that readers return, and their checks."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import ReadError
from demo_widgets.sequences.alphabet import AMBIGUOUS, INVALID_CODE, codes_of, find_bad_letter
from demo_widgets.sequences.dataset import default_names, find_duplicates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Records", "as_path", "check_bases", "check_records"]

_SHOWN = 3
_PROTEIN = set("ABCDEFGHIKLMNPQRSTVWXYZ*")
_PROTEIN_ONLY = set("EFILPQXZ*")


@dataclass
class Records:
    """Sequences as read, unchecked.

    Attributes
    ----------
    sequences
        Strings as in the file.
    lines
        Line of the file, counted from 1, on which each record begins.
    names
        One per sequence; ``""`` if the file has none.
    labels
        1 = bound, 0 = unbound, or ``None``.
    metadata
        One row per sequence, or ``None``.
    first
        Number of preceding records of the file.
    """

    sequences: list[str]
    lines: list[int]
    names: list[str]
    labels: list[int] | None = None
    metadata: pd.DataFrame | None = None
    first: int = 0

    def place(self, index: int) -> str:
        """Return the description of a record for an error message: number, line and name."""
        name = self.names[index]
        called = f", {shorten(name)!r}" if name else ""
        return f"record {self.first + index + 1:,} (line {self.lines[index]:,}{called})"


def as_path(path: Any, argument: str) -> Path:
    """``path`` as a ``Path``.

    Raises
    ------
    ReadError
        It is not a path; the message names the argument.
    """
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path):
        raise ReadError(f"{argument} is {path!r}; expected the path of a file")
    return Path(path)


def shorten(text: str, longest: int = 60) -> str:
    """Return ``text`` shortened for a message."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def check_records(records: Records, path: Path) -> Records:
    """Check that the records form a dataset, and number records without a name.

    Raises
    ------
    ReadError
        No record, a letter that is not a base, ragged lengths, or duplicate names. The message
        names the file and the first records concerned.
    """
    if not records.sequences:
        raise ReadError(f"{path} holds no sequence")
    check_bases(records, path)
    _check_lengths(records, path)
    records.names = _checked_names(records, path)
    return records


def check_bases(records: Records, path: Path) -> None:
    """Refuse records without a sequence or with a letter that is not a base.

    Raises
    ------
    ReadError
        Names the file, the record and the position.
    """
    _check_present(records, path)
    _check_letters(records, path)


def _check_present(records: Records, path: Path) -> None:
    missing = [index for index, sequence in enumerate(records.sequences) if not sequence]
    if missing:
        raise ReadError(
            f"{path}: {_some(records, missing)} {_have(missing)} no sequence; add it or remove "
            "the record. The file may have been cut short"
        )


def _check_letters(records: Records, path: Path) -> None:
    if not (codes_of("".join(records.sequences)) == INVALID_CODE).any():
        return
    for index, sequence in enumerate(records.sequences):
        position = find_bad_letter(sequence)
        if position is None:
            continue
        hint = ""
        letters = set(sequence.upper())
        if len(_PROTEIN_ONLY & letters) >= 3 and letters <= _PROTEIN:
            hint = " It looks like protein; this package reads DNA only."
        raise ReadError(
            f"{path}: {records.place(index)} has {sequence[position]!r} at position "
            f"{position + 1:,}; expected DNA: A, C, G, T (or U) and the ambiguity codes "
            f"{AMBIGUOUS}.{hint} Correct or remove the record"
        )


def _check_lengths(records: Records, path: Path) -> None:
    lengths = Counter(map(len, records.sequences))
    if len(lengths) == 1:
        return
    usual, count = lengths.most_common(1)[0]
    odd = [index for index, sequence in enumerate(records.sequences) if len(sequence) != usual]
    named = "; ".join(
        f"{records.place(index)} has {len(records.sequences[index]):,}" for index in odd[:_SHOWN]
    )
    more = f"; and {len(odd) - _SHOWN:,} more" if len(odd) > _SHOWN else ""
    raise ReadError(
        f"{path} holds sequences of {len(lengths)} lengths; expected one. {count:,} of "
        f"{len(records.sequences):,} have {usual:,} bases, but {named}{more}. Cut or filter them "
        "to one length"
    )


def _checked_names(records: Records, path: Path) -> list[str]:
    generated = default_names(len(records.names))
    names = [name or numbered for name, numbered in zip(records.names, generated, strict=True)]
    repeated = find_duplicates(names)
    if repeated:
        first = repeated[0]
        where = [index for index, name in enumerate(names) if name == first]
        others = len(repeated) - 1
        more = f" ({others:,} other names are repeated too)" if others else ""
        raise ReadError(
            f"{path}: the name {shorten(first)!r} is given to {len(where):,} records: "
            f"{_some(records, where)}{more}. Names must be unique: rename the records, or, if "
            "these are meant as labels, use 1 (bound) and 0 (unbound)"
        )
    return names


def _some(records: Records, indices: list[int]) -> str:
    shown = ", ".join(records.place(index) for index in indices[:_SHOWN])
    return shown + (f" and {len(indices) - _SHOWN:,} more" if len(indices) > _SHOWN else "")


def _have(indices: list[int]) -> str:
    return "has" if len(indices) == 1 else "have"
