"""Difference between the predictions for a sequence and its reverse complement."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.interpret.results import StrandGapResult
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot, reverse_complement

__all__ = ["strand_gap"]


def strand_gap(
    model: Any, X: Any, *, target: int | None = None, batch_size: int = 512
) -> StrandGapResult:
    """Compare the predictions for each sequence and its reverse complement.

    A factor binds double-stranded DNA, so the prediction should not depend on the given strand; the
    difference is a simple test of a model.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    target
        Class to score; default 1, "bound".
    batch_size
        Sequences per model call; lowered for long sequences to bound memory.

    Returns
    -------
    StrandGapResult
        ``.score_gap`` and ``.probability_gap`` ``(n,)``: reverse complement minus forward.

    Raises
    ------
    ModelError
        The model cannot be used, or not at this length.
    SequenceError
        ``X`` is not DNA of one length.

    Examples
    --------
    >>> abs(strand_gap(model, data).probability_gap).max()
    """
    X = as_one_hot(X)
    score = sequence_model(model, target)
    both = np.concatenate([X, reverse_complement(X)])
    scores, probabilities = (
        values.reshape(2, -1) for values in score.score_and_predict(both, batch_size)
    )
    return StrandGapResult(
        scores=scores[0],
        reverse_scores=scores[1],
        probabilities=probabilities[0],
        reverse_probabilities=probabilities[1],
        score_gap=scores[1] - scores[0],
        probability_gap=probabilities[1] - probabilities[0],
        model_name=score.name,
        target=score.target,
        score_kind=score.kind,
    )
