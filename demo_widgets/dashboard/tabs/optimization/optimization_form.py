"""The settings of class optimization as controls."""

from __future__ import annotations

from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.parts.fields import choice, number

__all__ = ["OptimizationForm"]

_MOST_BASES = 2000  # maximum to type; a longer initial sequence is allowed


class OptimizationForm:
    """Controls for the settings of ``optimize_class``; the paper's values are in the tooltips.

    Parameters
    ----------
    length
        Initial length of the optimised sequence.
    """

    def __init__(self, length: int) -> None:
        self.regularization = number(
            "λ",
            0.009,
            0.0,
            10.0,
            "Weight of the L2 penalty on the input (paper: 0.009)",
            "130px",
            step=0.001,
        )
        self.iterations = _whole(
            "Iterations", 300, 1, 100_000, "Steps of gradient ascent (paper: 1000)", step=100
        )
        self.restarts = _whole(
            "Restarts", 3, 1, 64, "Random starting points, optimised together; the best is first"
        )
        most = max(_MOST_BASES, length)
        self.length = _whole("Length", length, 1, most, "Length of the optimised sequence in bases")
        self.seed = _whole("Seed", 0, 0, 2**31 - 1, "The same seed gives the same result")
        self.parametrization = choice(
            "Input",
            [
                ("DNA (straight-through)", "straight_through"),
                ("probabilities (softmax)", "softmax"),
                ("unconstrained, then clamped (paper)", "clamp"),
            ],
            "Representation of the input during optimization",
            "280px",
        )
        self.controls = [
            self.regularization,
            self.iterations,
            self.restarts,
            self.length,
            self.seed,
            self.parametrization,
        ]

    @property
    def settings(self) -> dict[str, Any]:
        """The chosen settings as keyword arguments of ``optimize_class``."""
        return {
            "length": self.length.value,
            "iterations": self.iterations.value,
            "restarts": self.restarts.value,
            "regularization": self.regularization.value,
            "parametrization": self.parametrization.value,
            "seed": self.seed.value,
        }


def _whole(
    label: str, value: int, low: int, high: int, tooltip: str, step: int = 1
) -> W.BoundedIntText:
    return number(label, value, low, high, tooltip, "150px", step=step)
