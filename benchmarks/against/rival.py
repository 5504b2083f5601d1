"""A rival: another program that computes the same quantity as demo_widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .subject import Subject

__all__ = ["Rival"]


@dataclass(frozen=True)
class Rival:
    """Another program's function for one quantity.

    Attributes
    ----------
    name
        Name in the tables.
    package
        The distribution that must be installed; empty if the rival is code of this folder.
    prepare
        Takes a network and returns the function to time, of the contest's input. What it
        converts (weights, the score model) is not timed.
    of_ours
        Takes our result and the input; returns the expected result of this rival. ``None`` if the
        two differ by design.
    share
        The part of the work that is timed; times are divided by it.
    """

    name: str
    package: str
    prepare: Callable[[Subject], Callable[[Any], Any]]
    of_ours: Callable[[Any, Any], np.ndarray] | None
    share: float = 1.0
