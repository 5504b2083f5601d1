"""The arrays of each method that are stored on disk, and their computation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.methods import METHODS, attribute
from demo_widgets.interpret.stored.stored_array import GRADIENT, SCORES, StoredArray
from demo_widgets.interpret.temporal import temporal_output_scores
from demo_widgets.models.model_facts import FloatArray

__all__ = ["block_size", "compute_arrays", "stored_arrays", "stored_methods"]

_TEMPORAL = (
    StoredArray("forward", "position", "probability", "after reading from the left up to here"),
    StoredArray("backward", "position", "probability", "after reading from the right up to here"),
)
_TEMPORAL_BLOCK = 128


def stored_methods() -> tuple[str, ...]:
    """Return the methods that can be stored: every attribution method, and temporal scores."""
    return (*METHODS, "temporal")


def block_size(method: str) -> int:
    """Return the number of sequences computed and written together."""
    return METHODS[method].block if method in METHODS else _TEMPORAL_BLOCK


def stored_arrays(method: str, keep_gradient: bool = False) -> tuple[StoredArray, ...]:
    """Return the arrays that are stored for ``method``, per model.

    Raises
    ------
    ModelError
        The method is unknown, or has no gradient to store.
    """
    if method not in stored_methods():
        raise ModelError(
            f"unknown method {method!r}; expected one of {', '.join(stored_methods())}"
        )
    known = METHODS.get(method)
    arrays = (*SCORES, *(_TEMPORAL if known is None else known.arrays))
    if not keep_gradient:
        return arrays
    if known is None or not known.keeps_gradient:
        raise ModelError(f"the method {method!r} has no gradient to store; leave that option out")
    return (*arrays, GRADIENT)


def compute_arrays(
    model: Any,
    X: FloatArray,
    method: str,
    arrays: Iterable[StoredArray],
    target: int | None,
    options: Mapping[str, Any],
) -> dict[str, FloatArray]:
    """Compute ``arrays`` of one-hot ``X`` ``(n, L, 4)``, each float32."""
    if method == "temporal":
        result = temporal_output_scores(model, X, target=target)
        values = {
            "probability": result.prediction,
            "score": result.forward_scores[:, -1],
            "forward": result.forward,
            "backward": result.backward,
        }
    else:
        found = attribute(model, X, method=method, target=target, **options)
        values = {array.name: getattr(found, array.attribute or array.name) for array in arrays}
    return {array.name: np.asarray(values[array.name], np.float32) for array in arrays}
