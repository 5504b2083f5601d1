"""Random DNA with realistic dinucleotide frequencies, the background of planted motifs."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.alphabet import AMBIGUOUS_CODE, codes_of, strings_of

__all__ = ["HUMAN_DINUCLEOTIDES", "dinucleotide_frequencies", "sample_background"]

# Dinucleotide frequencies of the human genome, both strands, in per cent, rounded to 0.1:
# rich in AA and TT, and with a fifth of the CG expected from its C and G.
# Rows: first base A, C, G, T. Columns: second base.
HUMAN_DINUCLEOTIDES = (
    np.array(
        [
            [9.8, 5.0, 7.0, 7.7],
            [7.3, 5.2, 1.0, 7.0],
            [5.9, 4.3, 5.2, 5.0],
            [6.6, 5.9, 7.3, 9.8],
        ]
    )
    / 100
)


def dinucleotide_frequencies(background: Any = None) -> np.ndarray:
    """Return frequencies ``(4, 4)``, first and second base, that sum to 1.

    Parameters
    ----------
    background
        ``None`` for the human genome, a ``(4, 4)`` array of counts or frequencies, or
        sequences (strings or a ``SequenceDataset``) whose dinucleotides are counted.

    Raises
    ------
    SequenceError
        Not such an array, or a base that is never followed by another.
    """
    if background is None:
        return HUMAN_DINUCLEOTIDES
    if isinstance(background, np.ndarray):
        counts = background.astype(float)
    else:
        counts = _count(strings_of(background, "background"))
    good = counts.shape == (4, 4) and np.isfinite(counts).all() and (counts >= 0).all()
    if not good or (counts.sum(1) == 0).any():
        raise SequenceError(
            "background must be a (4, 4) array of dinucleotide counts (first base, second base) "
            "with no empty row, or sequences in which A, C, G and T all occur"
        )
    return counts / counts.sum()


def _count(strings: list[str]) -> np.ndarray:
    codes = codes_of("|".join(strings))  # the bar separates the sequences
    first, second = codes[:-1].astype(int), codes[1:].astype(int)
    known = (first < AMBIGUOUS_CODE) & (second < AMBIGUOUS_CODE)
    return np.bincount(first[known] * 4 + second[known], minlength=16).reshape(4, 4).astype(float)


def sample_background(
    n: int, length: int, frequencies: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Sample a first-order Markov chain with the given dinucleotide frequencies.

    Returns
    -------
    numpy.ndarray
        uint8 codes 0-3, ``(n, length)``.
    """
    start = np.cumsum(frequencies.sum(1))
    step = np.cumsum(frequencies / frequencies.sum(1, keepdims=True), axis=1)
    draws = rng.random((length, n))
    codes = np.empty((length, n), np.uint8)
    codes[0] = np.minimum(np.searchsorted(start, draws[0], side="right"), 3)
    for position in range(1, length):
        limits = step[codes[position - 1]]
        codes[position] = (draws[position][:, None] >= limits[:, :3]).sum(1)
    return np.ascontiguousarray(codes.T)
