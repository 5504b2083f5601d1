"""A rival: another program that computes one of the quantities demo_widgets computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .subject import Subject

__all__ = ["Rival"]


@dataclass(frozen=True)
class Rival:
    """Another program's way to one quantity.

    Attributes
    ----------
    name
        What the tables call it.
    package
        The distribution that must be installed; empty where the rival is code of this folder.
    prepare
        Takes a network and returns the function to time, of the contest's input. What it
        converts (weights, the score model) is not timed.
    of_ours
        Takes our result and the input; returns what this rival should have returned. ``None``
        where the two answer differently by design.
    share
        The part of the work that is timed; times are divided by it.
    """

    name: str
    package: str
    prepare: Callable[[Subject], Callable[[Any], Any]]
    of_ours: Callable[[Any, Any], np.ndarray] | None
    share: float = 1.0
