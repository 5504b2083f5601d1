"""What a model says of itself: its output, its filters, where it comes from, what was checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["TASKS", "Check", "Filters", "Output", "Provenance"]

TASKS = ("binary", "multiclass", "multilabel", "regression")
"""What the outputs of a model may mean."""


@dataclass(frozen=True)
class Output:
    """What the number of a model means.

    Attributes
    ----------
    name
        The output's name: that of the Keras output, with the unit's number where it has several.
    task
        One of :data:`TASKS`.
    unit
        Unit of what :meth:`SequenceModel.predict` gives: ``"probability"`` or ``"value"``.
    score_kind
        What the score is: ``"log_odds"``, ``"logit"``, ``"class_logit"``, ``"probability_logit"``
        or ``"value"``.
    description
        A sentence on the score and why it was chosen.
    target
        Number of the unit that is explained; for one unit, 1 or, for its complement, 0.
    units
        Number of units beside each other, this one included.
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
    """The outcome of comparing one way of computing with the plain way.

    Attributes
    ----------
    what
        What was compared.
    agreed
        Whether the difference was float noise; a way that did not agree is not used.
    difference, scale
        Largest difference, and largest size of the plain way's numbers.
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
    """Where a model comes from.

    Attributes
    ----------
    parameters
        Number of weights; ``None`` where it is not known.
    checksum
        SHA-256 (hex) of the weights, or of what tells a model without weights from others.
    training
        The recipe of the training that gave the weights; empty where it is not known.
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
        One-hot ``(n, L, 4)`` to responses ``(n, positions, filters)``, after the layer's activation
        and before any pooling.
    starts
        Output positions and ``L`` to the first base under the filter on that strand; it may be
        negative.
    """

    count: int
    span: int
    strand: str
    respond: Callable[[np.ndarray], np.ndarray]
    starts: Callable[[np.ndarray, int], np.ndarray]
