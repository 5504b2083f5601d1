"""Importance of each base by any attribution method."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from demo_widgets.errors import MotifError

__all__ = ["attribution_label", "attributions", "base_importance"]


def attributions() -> tuple[str, ...]:
    """Return the methods with an importance per base: attributions and temporal scores."""
    from demo_widgets.interpret.methods import METHODS

    return tuple(dict.fromkeys((*METHODS, "temporal")))


def __getattr__(name: str) -> Any:
    if name == "ATTRIBUTIONS":  # the former name of attributions(), before methods could be added
        return attributions()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def attribution_label(method: str) -> str:
    """Return the label of one of :func:`attributions`."""
    from demo_widgets.interpret.methods import METHODS

    return METHODS[method].label if method in METHODS else "Temporal scores"


def base_importance(
    model: Any,
    X: np.ndarray,
    method: str = "saliency",
    *,
    target: int | None = None,
    cancel: threading.Event | None = None,
) -> np.ndarray:
    """Return the support of each base for the target class, ``(n, L)``.

    - ``"saliency"``: ``|w_t| . x_t`` (never negative);
    - ``"input_x_gradient"``: centred signed gradient at the observed base;
    - ``"integrated_gradients"``: share of the score difference from an all-zero input;
    - ``"temporal"``: the increase of the probability when the base is read, forward plus backward:
      ``max(0, f_t - f_(t-1)) + max(0, b_t - b_(t+1))``;
    - ``"in_silico_mutagenesis"``: mean loss of class score over the three substitutions;
    - any other method of :data:`demo_widgets.interpret.METHODS`: its importance.

    Parameters
    ----------
    model
        Keras classifier.
    X
        A ``SequenceDataset``, strings or a one-hot array.
    method
        One of :func:`attributions`.
    target
        Class to explain; default "bound".
    cancel
        Setting this event stops the slow methods: integrated gradients, mutagenesis and
        temporal scores.

    Raises
    ------
    MotifError
        An unknown method.
    ModelError
        The method does not apply to the network (temporal scores need a recurrent layer).
    Cancelled
        ``cancel`` was set.
    """
    from demo_widgets.interpret import temporal_output_scores
    from demo_widgets.interpret.methods import attribute

    if method == "temporal":
        result = temporal_output_scores(model, X, target=target, cancel=cancel)
        return read_rises(result.forward) + read_rises(result.backward[:, ::-1])[:, ::-1]
    if method in attributions():
        return attribute(model, X, method=method, target=target, cancel=cancel).importance
    raise MotifError(f"method {method!r} is not known; use one of {', '.join(attributions())}")


def read_rises(probability: np.ndarray) -> np.ndarray:
    """Return the increase of the probability at each base, ``(n, L)``; 0 for a decrease."""
    rises = np.diff(probability, axis=1, prepend=probability[:, :1])
    return np.maximum(rises, 0)
