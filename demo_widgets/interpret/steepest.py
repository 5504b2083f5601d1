"""The position at which a temporal score changes most."""

from __future__ import annotations

import numpy as np

from demo_widgets.models.model_facts import FloatArray, IntArray

__all__ = ["NOTABLE", "SKIPPED", "steepest_change"]

SKIPPED = 5
"""Bases at the start of reading whose fluctuations are ignored."""

NOTABLE = 0.05
"""Smallest change of a probability that is reported."""


def steepest_change(scores: FloatArray, *, backward: bool = False, skip: int = SKIPPED) -> IntArray:
    """Return the position whose reading changed the score most.

    ``argmax_t |s_t - s_{t-1}|`` reading forward, ``argmax_t |s_t - s_{t+1}|`` backward. The first
    bases read are skipped, because a score of few bases averages over few steps and fluctuates for
    any sequence. They count only if no later base changes the score by ``NOTABLE``.

    Parameters
    ----------
    scores
        Forward or backward scores, probabilities, ``(n, length)``.
    backward
        Whether the scores were read from the right end.
    skip
        Bases skipped at the start of reading; fewer in a sequence of under four times as many.

    Returns
    -------
    numpy.ndarray
        0-based positions, ``(n,)``.
    """
    scores = np.asarray(scores)
    if scores.shape[1] < 2:
        return np.zeros(len(scores), dtype=int)
    change = np.abs(np.diff(scores, axis=1))
    skip = min(skip, scores.shape[1] // 4)
    if skip > 1:
        early = slice(-(skip - 1), None) if backward else slice(0, skip - 1)
        later = change.copy()
        later[:, early] = -1
        change = np.where(later.max(axis=1, keepdims=True) >= NOTABLE, later, change)
    place = change.argmax(axis=1)
    return place if backward else place + 1
