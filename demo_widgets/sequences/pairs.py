"""Detection of shuffled negatives and their originals."""

from __future__ import annotations

import numpy as np

from demo_widgets.sequences.shuffle import dinucleotide_counts

__all__ = ["find_shuffled_pairs"]

# Below this length unrelated sequences share their dinucleotide counts by chance.
_SHORTEST = 20


def find_shuffled_pairs(codes: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """Group sequences whose dinucleotide counts agree exactly.

    A dinucleotide shuffle keeps all 16 counts, which unrelated sequences practically never
    share, so the order of the file does not matter: alternating records and bound-first
    files are both recognised.

    Parameters
    ----------
    codes
        uint8 ``(n, length)``.
    labels
        ``(n,)``, 1 = bound, 0 = unbound.

    Returns
    -------
    numpy.ndarray or None
        float64 ``(n,)``: a group id that sequences of both labels share, NaN without a partner.
        ``None`` if there is no pair or sequences are under 20 bases.
    """
    if codes.shape[1] < _SHORTEST:
        return None
    counts = dinucleotide_counts(codes).astype(np.int32)
    groups: dict[bytes, list[int]] = {}
    for row, count in enumerate(counts):
        groups.setdefault(count.tobytes(), []).append(row)
    pair = np.full(len(codes), np.nan)
    number = 0
    for rows in groups.values():
        if len(set(labels[rows].tolist())) == 2:
            pair[rows] = number
            number += 1
    return pair if number else None
