"""Compare a shortcut with the direct computation before it is used.

A shortcut relies on the anatomy of a model, which may have been read wrongly. Each is therefore
tested on a few sequences of the given length: the first of the input, a random one, and a random
one with a stretch of N. It is used only if it agrees with the model itself within float noise; the
result is stored with the model until its layers or weights change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import Check

__all__ = ["compare", "trial_sequences"]

_RELATIVE = 1e-4  # of the largest direct value
_NOISE = 4e-6  # of the scores, for values that are differences of scores


def trial_sequences(X: FloatArray) -> FloatArray:
    """Return ``(3, L, 4)``: the first of ``X``, a random one, and one with a stretch of N."""
    length = X.shape[1]
    bases = np.random.default_rng(length).integers(4, size=(2, length))
    made = np.eye(4, dtype=np.float32)[bases]
    made[1, length // 3 : length // 2] = 0
    return np.concatenate([X[:1].astype(np.float32), made])


def compare(
    what: str,
    plain: Sequence[FloatArray],
    shortcut: Sequence[FloatArray],
    scores: FloatArray,
) -> Check:
    """Compare the values of a shortcut with those of the direct computation.

    Parameters
    ----------
    what
        Name of the compared quantity.
    plain, shortcut
        Arrays of the same shapes.
    scores
        Scores of the sequences: the float noise of their differences grows with their size.
    """
    difference = scale = 0.0
    same = True
    for a, b in zip(plain, shortcut, strict=True):
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
            return Check(what, False, float("inf"), 0.0)
        finite = np.isfinite(a)
        gap = float(np.abs(a - b)[finite].max(initial=0))
        size = float(np.abs(a)[finite].max(initial=0))
        noise = _NOISE * max(float(np.abs(scores[np.isfinite(scores)]).max(initial=0)), 1e-3)
        same = same and gap <= _RELATIVE * size + noise
        difference, scale = max(difference, gap), max(scale, size)
    return Check(what, same, difference, scale)
