"""Conversion of any input to one-hot arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.sequences.alphabet import encode_codes, list_of_strings, report_ambiguous
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.one_hot import checked_one_hot, codes_to_one_hot

__all__ = ["as_one_hot"]


def as_one_hot(X: Any, name: str = "X") -> np.ndarray:
    """Return the one-hot array of sequences in any form.

    Parameters
    ----------
    X
        A one-hot array ``(n, length, 4)`` or ``(length, 4)``, a string, several strings of
        one length (list, tuple, NumPy array, pandas Series), or a ``SequenceDataset``.
    name
        Name of the argument in errors.

    Returns
    -------
    numpy.ndarray
        float32 ``(n, length, 4)``, channels A, C, G, T; ``N`` is an all-zero row. A float32
        array is returned without a copy, so do not modify the result.

    Raises
    ------
    SequenceError
        Not one of these kinds, not one-hot, not DNA, or ragged; the message names ``name``.

    Warns
    -----
    DemoWidgetsWarning
        Strings with ambiguous bases, counted (for a dataset, on its creation).

    Examples
    --------
    >>> as_one_hot("ACGT").shape
    (1, 4, 4)
    """
    if isinstance(X, SequenceDataset):
        return X.one_hot
    if isinstance(X, str):
        X = [X]
    if _is_numeric(X):
        array = checked_one_hot(X, name).astype(np.float32, copy=False)
        return array[None] if array.ndim == 2 else array
    strings = list_of_strings(X, name)
    codes = encode_codes(strings, name)
    report_ambiguous(strings, codes)
    return codes_to_one_hot(codes)


def _is_numeric(X: Any) -> bool:
    """Whether ``X`` is an array (or array-like: a tensor, nested lists) of numbers."""
    if hasattr(X, "dtype"):
        return np.asarray(X).dtype.kind in "biufc"
    return isinstance(X, (list, tuple)) and len(X) > 0 and not isinstance(X[0], (str, bytes))
