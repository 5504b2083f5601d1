"""Saliency maps: gradients of the class score at the sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.exact.shortcuts import gradients
from demo_widgets.interpret.results import SaliencyResult
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot

__all__ = ["saliency_map"]


def _saliency(gradient: FloatArray, X: FloatArray) -> FloatArray:
    return np.abs(gradient) * X


def _input_x_gradient(gradient: FloatArray, X: FloatArray) -> FloatArray:
    return (gradient - gradient.mean(axis=-1, keepdims=True)) * X


_METHODS = {"saliency": _saliency, "input_x_gradient": _input_x_gradient}


def saliency_map(
    model: Any,
    X: Any,
    *,
    method: str = "saliency",
    target: int | None = None,
    batch_size: int = 256,
) -> SaliencyResult:
    """Compute the importance of each base for the class score ``S`` of ``model``.

    With the gradient ``w = dS/dX``, the importance of position ``t`` is

    - ``"saliency"``: ``|w_t| . x_t``, the absolute gradient at the observed base (Lanchantin et
      al., PSB 2017); never negative.
    - ``"input_x_gradient"``: ``(w_t - mean(w_t)) . x_t``, signed: above 0 if the base is evidence
      for the target class. One-hot rows sum to 1, so the component of ``w_t`` common to the four
      bases points away from one-hot inputs and is meaningless; it is subtracted (Majdandzic et al.,
      Genome Biology 24:109, 2023).

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    method
        ``"saliency"`` (default, the paper's) or ``"input_x_gradient"``.
    target
        Class to explain; default 1, "bound".
    batch_size
        Sequences per model call; lowered for long sequences to bound memory.

    Returns
    -------
    SaliencyResult
        ``.importance`` ``(n, L)``, ``.contributions`` and ``.gradient`` ``(n, L, 4)``.

    Raises
    ------
    ModelError
        Unknown method, or a model that cannot be used or has no gradient.
    SequenceError
        ``X`` is not DNA of one length.

    Examples
    --------
    >>> result = saliency_map(model, ["ACGTTGATAAGCA"])
    >>> result.importance.shape
    (1, 13)
    """
    if method not in _METHODS:
        raise ModelError(
            f"unknown saliency method {method!r}; expected one of {list(_METHODS)} (attribute() "
            "has integrated gradients and in-silico mutagenesis too)"
        )
    X = as_one_hot(X)
    explained = sequence_model(model, target)
    gradient, scores, probabilities = gradients(explained, X, batch_size)
    contributions = _METHODS[method](gradient, X)
    return SaliencyResult(
        importance=contributions.sum(axis=-1),
        contributions=contributions,
        gradient=gradient,
        scores=scores,
        probabilities=probabilities,
        model_name=explained.name,
        method=method,
        target=explained.target,
        score_kind=explained.kind,
    )
