"""One-hot arrays: float32, channels A, C, G, T, all-zero rows for ``N``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.alphabet import (
    AMBIGUOUS_CODE,
    encode_codes,
    report_ambiguous,
    strings_of,
)

if TYPE_CHECKING:
    from demo_widgets.sequences.dataset import SequenceDataset

__all__ = ["one_hot_decode", "one_hot_encode"]

_ONE_HOT_OF_CODE = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), np.float32)])
_BYTE_OF_CODE = np.frombuffer(b"ACGTN", np.uint8)


def one_hot_encode(sequences: str | Sequence[str] | SequenceDataset) -> np.ndarray:
    """Return the one-hot array of DNA, channels A, C, G, T.

    Parameters
    ----------
    sequences
        One string, several of one length, or a ``SequenceDataset``. Case is ignored and ``U`` is
        read as ``T``.

    Returns
    -------
    numpy.ndarray
        float32, ``(n, length, 4)`` for several sequences, ``(length, 4)`` for one string.
        ``N`` and the other IUPAC codes are all-zero rows.

    Raises
    ------
    SequenceError
        No sequence, an empty one, ragged lengths, or a character that is not a base.

    Warns
    -----
    DemoWidgetsWarning
        Counts the ambiguous bases, if there are any.

    Examples
    --------
    >>> one_hot_encode("AG").tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    strings = [sequences] if isinstance(sequences, str) else strings_of(sequences)
    codes = encode_codes(strings)
    report_ambiguous(strings, codes)
    one_hot = codes_to_one_hot(codes)
    return one_hot[0] if isinstance(sequences, str) else one_hot


def one_hot_decode(X: np.ndarray) -> str | list[str]:
    """Return the upper-case strings of one-hot arrays; all-zero rows become ``N``.

    Parameters
    ----------
    X
        ``(n, length, 4)`` or ``(length, 4)``, each row all zero or with exactly one 1.

    Returns
    -------
    str or list of str
        One string for a 2-D array, a list for a 3-D one.

    Raises
    ------
    SequenceError
        The shape is wrong or a row is not one-hot (for a PWM, take the argmax first).

    Examples
    --------
    >>> one_hot_decode(one_hot_encode(["ACGT", "TTTT"]))
    ['ACGT', 'TTTT']
    """
    letters = _BYTE_OF_CODE[one_hot_to_codes(checked_one_hot(X, "X"))]
    if letters.ndim == 1:
        return letters.tobytes().decode("ascii")
    return [row.tobytes().decode("ascii") for row in letters]


def one_hot_to_codes(array: np.ndarray) -> np.ndarray:
    """Return uint8 codes ``(...)`` of a checked one-hot array; an all-zero row is code 4."""
    bases = array.astype(np.uint8)
    codes = bases[..., 1] + 2 * bases[..., 2] + 3 * bases[..., 3]
    return codes + AMBIGUOUS_CODE * (_channel_sum(bases) == 0).astype(np.uint8)


def codes_to_one_hot(codes: np.ndarray) -> np.ndarray:
    """Return one-hot float32 ``(..., 4)`` of codes 0-4; code 4 is an all-zero row."""
    return _ONE_HOT_OF_CODE[codes]


def checked_one_hot(X: np.ndarray, name: str) -> np.ndarray:
    """Return ``X`` as an array after checking that every row is one-hot or all zero.

    Raises
    ------
    SequenceError
        Wrong shape, type, or a row with anything but one 1 or four 0s.
    """
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise SequenceError(
            f"{name} is not one array ({error}); expected (n, length, 4) with one length"
        ) from error
    if array.dtype.kind not in "biuf":
        raise SequenceError(
            f"{name} holds {array.dtype} values; expected a numeric one-hot array or DNA strings"
        )
    if array.ndim not in (2, 3) or array.shape[-1] != 4:
        hint = ""
        if array.ndim in (2, 3) and array.shape[-2] == 4:
            hint = "; the channels seem to come first: use np.moveaxis(X, -2, -1)"
        raise SequenceError(
            f"{name} has shape {array.shape}; expected (n, length, 4) or (length, 4), "
            f"channels A, C, G, T last{hint}"
        )
    if 0 in array.shape:
        raise SequenceError(f"{name} has shape {array.shape}: it holds no base")
    values = array.view(np.uint8) if array.dtype == bool else array
    # Sums over channels are quicker than over an axis.
    is_one_hot = ((values == 0) | (values == 1)).all() and (_channel_sum(values) <= 1).all()
    if not is_one_hot:
        is_one = array == 1
        good = (is_one | (array == 0)).all(-1) & (is_one.sum(-1) <= 1)
        where = tuple(int(i) for i in np.argwhere(~good)[0])
        row = array[where].tolist()
        raise SequenceError(
            f"{name}[{', '.join(map(str, where))}] is {row}, which is not one-hot; expected one 1 "
            "and three 0s (or four 0s for N). For a PWM take the argmax of each row first"
        )
    return array


def _channel_sum(array: np.ndarray) -> np.ndarray:
    return array[..., 0] + array[..., 1] + array[..., 2] + array[..., 3]
