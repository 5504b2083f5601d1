"""Predictions for any number of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences.coerce import as_one_hot

__all__ = ["predict"]


def predict(
    model: Any,
    X: Any,
    *,
    batch_size: int = 512,
    target: int | str | None = None,
    reverse_complement: bool = False,
) -> FloatArray:
    """Return the prediction for each sequence: probability of "bound", or the model's value.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One-hot array ``(n, length, 4)``, string, list of strings or ``SequenceDataset``.
    batch_size
        Sequences per model call; lowered for long sequences to bound memory.
    target
        Output to predict, by number or name; default 1, "bound".
    reverse_complement
        Average the predictions for both strands.

    Returns
    -------
    np.ndarray
        ``(n,)`` float32 probabilities; values if the task is regression.

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
    explained = sequence_model(model, target)
    p = explained.predict(X, batch_size)
    if not reverse_complement:
        return p
    return np.mean([p, explained.predict(X[:, ::-1, ::-1], batch_size)], axis=0)
