"""A window of a long sequence to begin with: where the models look most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .computations import Request
from .state import DashboardState

__all__ = ["ZoomToEvidence", "busiest"]

_SMOOTH = 15  # bases; about a site, so that no single base decides


class ZoomToEvidence:
    """Zooms to the bases of highest saliency, once a sequence, where the whole is too long."""

    def __init__(self, state: DashboardState) -> None:
        self._state = state
        self._done_for: tuple[int, int] | None = None
        self._window = (0, 0)
        self._words = ""

    @property
    def words(self) -> str:
        """What was done, while that window is the one in view; else empty."""
        return self._words if self._state.window == self._window else ""

    def is_due(self, most: int) -> bool:
        """Whether all of a sequence of more than ``most`` bases is in view, for the first time."""
        state = self._state
        whole = state.window == (0, state.length)
        return whole and state.length > most and self._done_for != self._key()

    def zoom(self, bases: int, then: Callable[[], None]) -> None:
        """Show so many of the bases in view, around the highest saliency, then call ``then()``."""
        sequence, window = self._state.sequence, self._state.window
        wanted = [
            Request.of("saliency", n, sequence, method="saliency") for n in self._state.models
        ]

        def ready(results: dict) -> None:
            if (self._state.sequence, self._state.window) == (sequence, window):
                self._show(bases, [r for r in results.values() if not isinstance(r, Exception)])
            then()

        self._state.fetch("the window to begin with", wanted, ready)

    def _key(self) -> tuple[int, int]:
        return self._state.sequence_index, self._state.length

    def _show(self, bases: int, results: list) -> None:
        state = self._state
        self._done_for = self._key()
        start, end = state.window
        if results:
            middle = start + busiest([result.importance[0, start:end] for result in results])
            start = min(max(middle - bases // 2, start), end - bases)
        where = "around the highest saliency" if results else "the first ones"
        self._window = (start, start + bases)
        self._words = (
            f"Zoomed to bases {start + 1:,} to {start + bases:,} of {state.length:,}, {where}; "
            "move on by the buttons or the brush in the header."
        )
        state.window = self._window


def busiest(importances: list[np.ndarray]) -> int:
    """Middle of the bases that matter most to the models together, 0-based.

    Parameters
    ----------
    importances
        A value a position for each model, ``(length,)``; sizes count, as shares of the model's
        largest.
    """
    sizes = [np.abs(values) for values in importances]
    shares = np.sum([size / (size.max() or 1.0) for size in sizes], axis=0)
    return int(np.convolve(shares, np.ones(_SMOOTH), mode="same").argmax())
