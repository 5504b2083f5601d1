"""The probability of "bound" for any number of sequences, compiled once per model."""

from __future__ import annotations

import numpy as np

from demo_widgets.models.class_score import ClassScore
from demo_widgets.models.quiet_tensorflow import keras
from demo_widgets.sequences.coerce import as_one_hot

__all__ = ["predict"]


def predict(
    model: keras.Model,
    X,
    *,
    batch_size: int = 512,
    target: int | None = None,
    reverse_complement: bool = False,
) -> np.ndarray:
    """Predict the probability that each sequence is bound.

    Parameters
    ----------
    model
        Keras classifier over one-hot DNA, see :class:`ClassScore`.
    X
        One-hot array ``(n, length, 4)``, string, list of strings or ``SequenceDataset``.
    batch_size
        Sequences per model call; lowered for long sequences to bound memory.
    target
        Class whose probability is returned; default 1, "bound".
    reverse_complement
        Average the probabilities of both strands.

    Returns
    -------
    np.ndarray
        ``(n,)`` float32 probabilities.

    Raises
    ------
    ModelError
        The model cannot be used, or not at this length.
    SequenceError
        ``X`` is not DNA of one length.

    Examples
    --------
    >>> predict(model, ["ACGTTGATAAGCA"])
    array([0.93], dtype=float32)
    """
    X = as_one_hot(X)
    score = ClassScore.of(model, target)
    p = score.score_numpy(X, batch_size)[1]
    if reverse_complement:
        p = (p + score.score_numpy(X[:, ::-1, ::-1], batch_size)[1]) / 2
    return p
