"""Pair mutagenesis: interactions of all pairs of substitutions within a window."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError, SequenceError
from demo_widgets.interpret.progress import Progress, checkpoint
from demo_widgets.interpret.results import PairMutagenesisResult
from demo_widgets.interpret.settings import checked_stretch
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot

__all__ = ["pair_mutagenesis"]

MAX_WINDOW = 60
"""Bases of the longest window: 1,770 pairs of positions, 15,930 double mutants."""


def pair_mutagenesis(
    model: Any,
    X: Any,
    window: tuple[int, int] | None = None,
    *,
    target: int | None = None,
    batch_size: int = 1024,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> PairMutagenesisResult:
    """Compute the interaction of two substitutions, beyond the sum of their single effects.

    With ``delta`` the class score of a mutant minus that of the sequence, the interaction of
    base ``a`` at position ``i`` and base ``b`` at ``j`` is ``delta_ij - delta_i - delta_j``. An
    additive model has none. If the two positions belong to one site, losing the second base has no
    further effect, and the interaction of two harmful substitutions is above 0; if two sites are
    redundant, it is below 0.

    Each pair of positions has 9 double mutants (16 or 12 where a position holds N); the summary
    keeps the one of largest magnitude, with its sign, because a mean would hide an interaction of
    one substitution only.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One sequence: a string, a one-hot array ``(L, 4)`` or ``(1, L, 4)``, or a dataset of one.
    window
        Positions ``(start, end)``, 0-based, ``end`` not included, of at most 60 bases. Default:
        the whole sequence. The model always reads the whole sequence.
    target
        Class to explain; default 1, "bound".
    batch_size
        Mutants per model call; lowered for long sequences to bound memory.
    on_progress
        Called with (mutants done, total) after each batch.
    cancel
        Checked before each batch.

    Returns
    -------
    PairMutagenesisResult
        ``.interactions`` ``(w, w, 4, 4)`` and ``.summary`` ``(w, w)``.

    Raises
    ------
    ModelError
        The model cannot be used, or not at this length.
    SequenceError
        Not one sequence of DNA, or a window outside of it or of more than 60 bases.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> pair_mutagenesis(model, "ACGTTGATAAGCA", (4, 10)).summary.shape
    (6, 6)
    """
    X = as_one_hot(X)
    if len(X) != 1:
        raise SequenceError(f"X holds {len(X)} sequences; pair mutagenesis takes one")
    start, end = _checked_window(window, X.shape[1])
    if batch_size < 1:
        raise ModelError(f"batch_size must be at least 1, got {batch_size}")
    explained = sequence_model(model, target)
    step = checkpoint("pair mutagenesis", on_progress, cancel)
    reference, probability = explained.score_and_predict(X)

    position, base = np.argwhere(X[0, start:end] == 0).T
    first, second = np.triu_indices(len(position), k=1)
    apart = position[first] != position[second]
    first, second = first[apart], second[apart]
    total = len(position) + len(first)

    def deltas(*mutations: IntArray, done: int) -> FloatArray:
        """Return the effects of mutants with one substitution from every list in ``mutations``."""
        effects = np.empty(len(mutations[0]), np.float32)
        for at in range(0, len(effects), batch_size):
            step(done + at, total)
            chosen = [mutation[at : at + batch_size] for mutation in mutations]
            mutants = np.repeat(X, len(chosen[0]), axis=0)
            row = np.arange(len(mutants))
            for one in chosen:
                mutants[row, start + position[one]] = 0
                mutants[row, start + position[one], base[one]] = 1
            effects[at : at + batch_size] = explained.score(mutants, batch_size) - reference
        return effects

    single = deltas(np.arange(len(position)), done=0)
    double = deltas(first, second, done=len(position))
    step(total, total)

    width = end - start
    effects = np.zeros((width, 4), np.float32)
    effects[position, base] = single
    interactions = np.zeros((width, width, 4, 4), np.float32)
    i, a, j, b = position[first], base[first], position[second], base[second]
    interactions[i, j, a, b] = interactions[j, i, b, a] = double - single[first] - single[second]
    return PairMutagenesisResult(
        interactions=interactions,
        summary=_largest(interactions),
        effects=effects,
        reference_score=float(reference[0]),
        probability=float(probability[0]),
        start=start,
        end=end,
        model_name=explained.name,
        target=explained.target,
        score_kind=explained.kind,
    )


def _largest(interactions: FloatArray) -> FloatArray:
    """Return the signed value of largest magnitude of each pair of positions, ``(w, w)``."""
    flat = interactions.reshape(*interactions.shape[:2], 16)
    upper = np.triu(np.take_along_axis(flat, np.abs(flat).argmax(-1)[..., None], -1)[..., 0])
    return upper + upper.T


def _checked_window(window: tuple[int, int] | None, length: int) -> tuple[int, int]:
    start, end = checked_stretch("window", window, length)
    if end - start > MAX_WINDOW:
        raise SequenceError(
            f"window ({start}, {end}) has {end - start} bases; at most {MAX_WINDOW} are allowed, "
            "because the number of pairs grows with the square: choose a shorter one"
        )
    return start, end
