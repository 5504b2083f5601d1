"""Alternating timing of several functions, so that other load affects all equally."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Timing", "in_turn"]

REPEATS, FEW = 7, 3
SLOW_S = 5.0
PAUSE_S = 0.05  # lets the worker threads of the library timed before come to rest


@dataclass(frozen=True)
class Timing:
    """Seconds of the repetitions of one function."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return float(np.median(self.seconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        """25th and 75th percentile, seconds."""
        low, high = np.percentile(self.seconds, [25, 75])
        return float(low), float(high)

    @property
    def spread(self) -> float:
        """Interquartile range over median."""
        low, high = self.quartiles
        return (high - low) / self.median


def in_turn(
    functions: Mapping[str, Callable[[], Any]],
    *,
    repeats: int = REPEATS,
    most_seconds: float = 80.0,
) -> dict[str, Timing]:
    """Call all functions in turn, repeatedly; the caller warms them up.

    Parameters
    ----------
    functions
        Name -> function.
    repeats
        Rounds; 3 rounds where one of the functions takes more than 5 s.
    most_seconds
        No round is started after this many seconds, so a slow machine does fewer rounds.

    Returns
    -------
    dict
        Name -> :class:`Timing`.
    """
    seconds = {name: [] for name in functions}
    started = time.perf_counter()
    for done in range(repeats):
        slow = any(max(times, default=0) > SLOW_S for times in seconds.values())
        late = time.perf_counter() - started > most_seconds
        if done and (late or (slow and done >= FEW)):
            break
        for name, function in functions.items():
            time.sleep(PAUSE_S)
            before = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - before)
    return {name: Timing(tuple(times)) for name, times in seconds.items()}
