"""Seqlets: windows cut out of sequences, with their sequence and place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FLANK", "Seqlets"]

FLANK = 5
"""Bases kept on each side of a window, to complete motifs at its ends."""

BLANK = 6
"""Empty positions beyond the flanks, for the uninformative ends of a matrix."""


@dataclass(frozen=True)
class Seqlets:
    """Windows of sequences, of any widths, in one array.

    Attributes
    ----------
    bases
        ``(n, w, 4)`` one-hot; all-zero outside the window and its flanks, beyond the
        sequence's ends and at N.
    index, start
        ``(n,)`` sequence of each window, and place of its position 0 (may be negative).
    """

    bases: np.ndarray
    index: np.ndarray
    start: np.ndarray

    def __len__(self) -> int:
        return len(self.bases)

    @classmethod
    def cut(cls, X: np.ndarray, windows: dict[str, np.ndarray]) -> Seqlets:
        """Cut windows (``sequence_index, start, end``) out of one-hot ``(n, L, 4)``."""
        index, first, last = (windows[key] for key in ("sequence_index", "start", "end"))
        widest = int((last - first).max(initial=1)) + 2 * (FLANK + BLANK)
        start = (first + last - widest) // 2
        columns = start[:, None] + np.arange(widest)
        kept = (columns >= np.maximum(first - FLANK, 0)[:, None]) & (
            columns < np.minimum(last + FLANK, X.shape[1])[:, None]
        )
        bases = X[index[:, None], columns.clip(0, X.shape[1] - 1)] * kept[..., None]
        return cls(bases.astype(np.float32), index, start)

    @classmethod
    def like(cls, windows: dict[str, np.ndarray], X: np.ndarray) -> Seqlets:
        """Cut the same places out of other sequences, as controls for :meth:`cut`."""
        return cls.cut(X, {**windows, "sequence_index": windows["sequence_index"] % len(X)})
