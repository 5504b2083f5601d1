"""Which arrays of each method are kept on disk, in what units, and how they are computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.methods import METHODS, attribute
from demo_widgets.interpret.temporal import temporal_output_scores

__all__ = ["BLOCK_SIZES", "GRADIENT", "StoredArray", "compute_arrays", "stored_arrays"]

BLOCK_SIZES = {
    "saliency": 1024,
    "input_x_gradient": 1024,
    "integrated_gradients": 128,
    "in_silico_mutagenesis": 64,
    "temporal": 128,
}
"""Sequences computed and written together, by method: some seconds of work at most."""

_AXES = {"sequence": (), "position": ("position",), "base": ("position", "base")}


@dataclass(frozen=True)
class StoredArray:
    """One array of an interpretation on disk.

    Attributes
    ----------
    name
        Its name in the store.
    per
        What has a value of its own: each ``"sequence"``, each ``"position"`` of it, or each
        ``"base"`` that could stand there (order A, C, G, T).
    unit, description
        For people.
    """

    name: str
    per: str
    unit: str
    description: str

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, ``"sequence"`` first."""
        return ("sequence", *_AXES[self.per])

    def shape(self, n: int, length: int) -> tuple[int, ...]:
        """Shape for ``n`` sequences of ``length`` bases."""
        sizes = {"sequence": n, "position": length, "base": 4}
        return tuple(sizes[axis] for axis in self.axes)


_SCORES = (
    StoredArray("probability", "sequence", "probability", "P(target class)"),
    StoredArray("score", "sequence", "class score", "class score, see the model's score_kind"),
)
_IMPORTANCE = StoredArray(
    "importance", "position", "class score", "importance of the base that is there; 0 at N"
)
GRADIENT = StoredArray(
    "gradient", "base", "class score", "gradient of the class score, also at bases not there"
)
_GAPS = (
    StoredArray(
        "completeness_gap", "sequence", "class score", "sum of importance minus S(x) - S(reference)"
    ),
    StoredArray("relative_gap", "sequence", "share", "size of the gap over |S(x) - S(reference)|"),
)
_EFFECTS = StoredArray(
    "effects", "base", "class score", "class score with that base instead, minus the sequence's"
)
_TEMPORAL = (
    StoredArray("forward", "position", "probability", "after reading up to here from the left"),
    StoredArray("backward", "position", "probability", "after reading up to here from the right"),
)


def stored_arrays(method: str, keep_gradient: bool = False) -> tuple[StoredArray, ...]:
    """Return what is kept of ``method``, for each model.

    Raises
    ------
    ModelError
        The method is not known, or has no gradient to keep.
    """
    if method not in BLOCK_SIZES:
        raise ModelError(f"unknown method {method!r}; expected one of {', '.join(BLOCK_SIZES)}")
    if method == "temporal":
        arrays = (*_SCORES, *_TEMPORAL)
    elif method == "in_silico_mutagenesis":
        arrays = (*_SCORES, _IMPORTANCE, _EFFECTS)
    elif method == "integrated_gradients":
        arrays = (*_SCORES, _IMPORTANCE, *_GAPS)
    else:
        arrays = (*_SCORES, _IMPORTANCE)
    if not keep_gradient:
        return arrays
    if method in ("temporal", "in_silico_mutagenesis"):
        raise ModelError(f"the method {method!r} has no gradient to keep; leave that option out")
    return (*arrays, GRADIENT)


def checked_options(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return all settings of ``method``: those given, and the defaults of the others.

    Raises
    ------
    ModelError
        The method has no such setting.
    """
    known = METHODS[method].options if method in METHODS else ()
    settings = {option.key: option.default for option in known}
    for key in options:
        if key not in settings:
            raise ModelError(
                f"method {method!r} has no option {key!r}; it takes {', '.join(settings) or 'none'}"
            )
    return settings | options


def compute_arrays(
    model: Any,
    X: np.ndarray,
    method: str,
    arrays: Iterable[StoredArray],
    target: int | None,
    options: dict[str, Any],
) -> dict[str, np.ndarray]:
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
        result = attribute(model, X, method=method, target=target, **options)
        values = {
            "probability": result.probabilities,
            "score": result.scores,
            "importance": result.importance,
            "gradient": result.gradient,
            "effects": result.gradient,
            "completeness_gap": getattr(result, "completeness_gap", None),
            "relative_gap": getattr(result, "relative_gap", None),
        }
    return {array.name: np.asarray(values[array.name], np.float32) for array in arrays}
