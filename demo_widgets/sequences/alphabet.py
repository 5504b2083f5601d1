"""DNA letters: their codes, their complements, and letters that are not DNA.

``U`` is read as ``T``, lower case (soft-masking) is ignored, and the IUPAC ambiguity
codes (``N R Y S W K M B D H V``) share one code. Any other character is an error that names
the sequence, the position and the character.

All conversions use byte look-up tables, which take a few nanoseconds per base.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from demo_widgets.errors import SequenceError, warn

if TYPE_CHECKING:
    import pandas as pd

    from demo_widgets.sequences.dataset import SequenceDataset

__all__ = ["BASES", "reverse_complement"]

BASES = "ACGT"
AMBIGUOUS = "NRYSWKMBDHV"
AMBIGUOUS_CODE = 4
INVALID_CODE = 255

_IUPAC = "ACGTURYSWKMBDHVN"
_IUPAC_COMPLEMENT = "TGCAAYRSWMKVHDBN"
_COMPLEMENT = str.maketrans(_IUPAC + _IUPAC.lower(), _IUPAC_COMPLEMENT + _IUPAC_COMPLEMENT.lower())


def _code_table() -> np.ndarray:
    table = np.full(256, INVALID_CODE, np.uint8)
    letters = {base: code for code, base in enumerate(BASES)} | {"U": BASES.index("T")}
    letters |= dict.fromkeys(AMBIGUOUS, AMBIGUOUS_CODE)
    for letter, code in letters.items():
        table[ord(letter)] = table[ord(letter.lower())] = code
    return table


CODE_OF_BYTE = _code_table()


@overload
def reverse_complement(x: str) -> str: ...
@overload
def reverse_complement(x: np.ndarray) -> np.ndarray: ...
@overload
def reverse_complement(
    x: list[str] | tuple[str, ...] | pd.Series | SequenceDataset,
) -> list[str]: ...
def reverse_complement(x: Any) -> str | list[str] | np.ndarray:
    """Return the reverse complement.

    Parameters
    ----------
    x
        A string or several (any lengths; case and IUPAC codes are kept, ``U`` pairs with
        ``A``), a ``SequenceDataset``, or an array ``(..., length, 4)`` with channels
        A, C, G, T: one-hot, or any value per base such as a PWM.

    Returns
    -------
    str, list of str or numpy.ndarray
        The same kind as the input (a list of strings for a ``SequenceDataset``); a new array.

    Raises
    ------
    SequenceError
        A character that is not a base, or an array whose last axis is not the 4 bases.

    Examples
    --------
    >>> reverse_complement(["GATAA", "ACn"])
    ['TTATC', 'nGT']
    """
    if isinstance(x, str):
        return _complement_strings([x])[0]
    if isinstance(x, np.ndarray) and x.dtype.kind in "biuf":
        if x.ndim < 2 or x.shape[-1] != 4:
            raise SequenceError(
                f"x has shape {x.shape}; expected (..., length, 4), channels A, C, G, T last"
            )
        return np.ascontiguousarray(x[..., ::-1, ::-1])
    return _complement_strings(strings_of(x, "x"))


def _complement_strings(strings: list[str]) -> list[str]:
    codes = codes_of("".join(strings))
    if (codes == INVALID_CODE).any():
        raise SequenceError(describe_bad_letter(strings))
    return [string.translate(_COMPLEMENT)[::-1] for string in strings]


def list_of_strings(sequences: Any, name: str = "sequences") -> list[str]:
    """Return the strings as a list; refuse anything else."""
    if isinstance(sequences, (bytes, Mapping, Set)) or not hasattr(sequences, "__iter__"):
        raise SequenceError(
            f"{name} is a {type(sequences).__name__}; expected a string or a list of strings"
        )
    strings = list(sequences)
    for index, string in enumerate(strings):
        if not isinstance(string, str):
            raise SequenceError(
                f"{name}[{index}] is a {type(string).__name__}; expected a string of DNA letters"
            )
    return strings


def strings_of(sequences: Any, name: str = "sequences") -> list[str]:
    """Return the strings of a ``SequenceDataset`` or of another collection."""
    return list_of_strings(getattr(sequences, "sequences", sequences), name)


def encode_codes(strings: list[str], name: str = "sequences") -> np.ndarray:
    """Return codes of equally long strings: 0-3 for A, C, G, T and 4 for an ambiguous base.

    Returns
    -------
    numpy.ndarray
        uint8 ``(n, length)``.

    Raises
    ------
    SequenceError
        No sequence, an empty one, ragged lengths, or a character that is not a base.
    """
    if not strings:
        raise SequenceError(f"{name} is empty; expected at least one sequence")
    length = len(strings[0])
    for index, string in enumerate(strings):
        if len(string) != length:
            raise SequenceError(
                f"{name}[{index}] has {len(string)} bases but {name}[0] has {length}; one-hot "
                "arrays need one length: cut or filter the sequences to equal length first"
            )
    if length == 0:
        raise SequenceError(f"{name}[0] is empty; expected at least one base")
    codes = codes_of("".join(strings)).reshape(len(strings), length)
    if (codes == INVALID_CODE).any():
        raise SequenceError(describe_bad_letter(strings, name))
    return codes


def codes_of(string: str) -> np.ndarray:
    """Return the code of each character: 0-3 for A, C, G, T, 4 if ambiguous, 255 if not a base."""
    return CODE_OF_BYTE[_bytes_of(string)]


def _bytes_of(string: str) -> np.ndarray:
    """Return one byte per character; non-ASCII characters become ``?``, which is not a base."""
    return np.frombuffer(string.encode("ascii", "replace"), np.uint8)


def find_bad_letter(string: str) -> int | None:
    """Return the 0-based position of the first character that is not a base, or ``None``."""
    bad = np.flatnonzero(codes_of(string) == INVALID_CODE)
    return int(bad[0]) if bad.size else None


def describe_bad_letter(strings: list[str], name: str = "sequences") -> str:
    """Return the error about a character that is not a base."""
    for index, string in enumerate(strings):
        position = find_bad_letter(string)
        if position is not None:
            where = f"{name}[{index}]" if len(strings) > 1 else name
            return (
                f"{where} has {string[position]!r} at position {position + 1} (counted from 1); "
                f"expected DNA: A, C, G, T (or U) and the ambiguity codes {AMBIGUOUS}"
            )
    raise LookupError("every character is a base")


def report_ambiguous(strings: list[str], codes: np.ndarray, subject: str = "") -> None:
    """Warn once of the number of ambiguous bases in ``subject``."""
    mask = codes == AMBIGUOUS_CODE
    total = int(mask.sum())
    if not total:
        return
    rows = np.flatnonzero(mask.any(1))
    letters, counts = np.unique(
        _bytes_of("".join(strings[row] for row in rows).upper()), return_counts=True
    )
    seen = ", ".join(
        f"{chr(letter)} {count:,}"
        for letter, count in zip(letters, counts, strict=True)
        if chr(letter) in AMBIGUOUS
    )
    warn(
        f"{subject and subject + ': '}{total:,} ambiguous bases ({seen}) in {len(rows):,} of "
        f"{len(strings):,} sequences are all-zero rows of the one-hot array; the "
        f"first is in sequence {rows[0] + 1:,}"
    )
