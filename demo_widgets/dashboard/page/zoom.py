"""A window of a long sequence to begin with: where the models look most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.session.state import DashboardState

__all__ = ["ZoomToEvidence", "busiest", "stretch_of_evidence"]

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
        state, asked = self._state, (self._state.sequence, self._state.window)

        def show(start: int, end: int, known: bool) -> None:
            if (state.sequence, state.window) == asked:
                self._done_for = self._key()
                where = "around the highest saliency" if known else "the first ones"
                self._window = (start, end)
                self._words = (
                    f"Zoomed to bases {start + 1:,} to {end:,} of {state.length:,}, {where}; move "
                    "on by the buttons or the brush in the header."
                )
                state.window = self._window
            then()

        stretch_of_evidence(state, bases, show)

    def _key(self) -> tuple[int, int]:
        return self._state.sequence_index, self._state.length


def stretch_of_evidence(
    state: DashboardState, bases: int, then: Callable[[int, int, bool], None]
) -> None:
    """Call ``then(start, end, known)`` with so many of the bases in view, 0-based and half-open.

    They lie around the highest saliency; the first ones where no model has any (``known`` is
    False). Nothing is called once another sequence is looked at.
    """
    sequence, (start, end) = state.sequence, state.window
    wanted = [Request.of("saliency", n, sequence, method="saliency") for n in state.models]

    def ready(results: dict) -> None:
        good = [r for r in results.values() if not isinstance(r, Exception)]
        if state.sequence != sequence:
            return
        first = start
        if good:
            middle = start + busiest([result.importance[0, start:end] for result in good])
            first = min(max(middle - bases // 2, start), end - bases)
        then(first, first + bases, bool(good))

    state.fetch("the bases that matter", wanted, ready)


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
