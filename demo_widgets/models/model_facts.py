"""Descriptions of a model: output, filters, provenance, and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["TASKS", "Check", "Filters", "FloatArray", "IntArray", "Output", "Provenance"]

FloatArray = npt.NDArray[np.float32]
"""What models read and give: one-hot sequences, scores, predictions, gradients."""

IntArray = npt.NDArray[np.integer]
"""Positions, bases, labels, counts."""

TASKS = ("binary", "multiclass", "multilabel", "regression")
"""Possible meanings of a model's outputs."""


@dataclass(frozen=True)
class Output:
    """The meaning of a model's output.

    Attributes
    ----------
    name
        The name of the Keras output, with the unit's number if it has several.
    task
        One of :data:`TASKS`.
    unit
        Unit of :meth:`SequenceModel.predict`: ``"probability"`` or ``"value"``.
    score_kind
        Kind of the score: ``"log_odds"``, ``"logit"``, ``"class_logit"``, ``"probability_logit"``
        or ``"value"``.
    description
        A sentence on the score and why it was chosen.
    target
        Number of the explained unit; for a single unit 1, or 0 for its complement.
    units
        Number of units of the output.
    """

    name: str
    task: str
    unit: str
    score_kind: str
    description: str
    target: int
    units: int


@dataclass(frozen=True)
class Check:
    """Result of comparing a shortcut with the direct computation.

    Attributes
    ----------
    what
        The compared quantity.
    agreed
        Whether the difference was float noise; otherwise the shortcut is not used.
    difference, scale
        Largest difference, and largest absolute value of the direct computation.
    """

    what: str
    agreed: bool
    difference: float
    scale: float

    def __str__(self) -> str:
        told = f"largest difference {self.difference:.2g} of {self.scale:.2g}"
        return f"{self.what}: {'used' if self.agreed else 'not used, computed directly'} ({told})"


@dataclass(frozen=True)
class Provenance:
    """Provenance of a model.

    Attributes
    ----------
    parameters
        Number of weights; ``None`` if unknown.
    checksum
        SHA-256 (hex) of the weights, or an identifier of a model without weights.
    training
        The settings of the training; empty if unknown.
    """

    parameters: int | None
    checksum: str
    training: dict[str, Any]


@dataclass(frozen=True)
class Filters:
    """Convolution filters over the four bases.

    Attributes
    ----------
    count
        Number of filters.
    span
        Bases from the first to the last that a filter reads.
    strand
        ``"+"``, or ``"-"`` where the filters read the reverse complement.
    respond
        Function from one-hot ``(n, L, 4)`` to responses ``(n, positions, filters)``, after the
        layer's activation and before any pooling.
    starts
        Function from output positions and ``L`` to the first base under the filter on that strand,
        which may be negative.
    """

    count: int
    span: int
    strand: str
    respond: Callable[[FloatArray], FloatArray]
    starts: Callable[[IntArray, int], IntArray]
