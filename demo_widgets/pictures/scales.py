"""Shared y scales, and heights in bits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

__all__ = ["information_heights", "shared_limits"]


def shared_limits(values: Iterable[np.ndarray]) -> tuple[float, float]:
    """Return one scale for all ``values``: from 0 if none is negative, else symmetric about 0."""
    largest, lowest = 0.0, 0.0
    for array in values:
        finite = np.asarray(array)[np.isfinite(array)]
        if finite.size:
            largest = max(largest, float(np.abs(finite).max()))
            lowest = min(lowest, float(finite.min()))
    largest = largest or 1.0
    return (-largest, largest) if lowest < 0 else (0.0, largest)


def information_heights(pwm: np.ndarray) -> np.ndarray:
    """Return letter heights of a sequence logo in bits: ``p * (2 + sum_b p_b log2 p_b)``.

    Parameters
    ----------
    pwm
        Probabilities, ``(length, 4)``, rows summing to 1.

    References
    ----------
    Schneider and Stephens, Nucleic Acids Research 18:6097, 1990.
    """
    p = np.asarray(pwm, dtype=float)
    entropy = -np.sum(p * np.log2(np.clip(p, 1e-12, None)), axis=1, keepdims=True)
    return p * np.clip(2.0 - entropy, 0.0, None)
