"""The initial window of a long sequence: the bases of highest saliency."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_widgets.dashboard.engine.freshness import Inquiry
from demo_widgets.dashboard.engine.request import SALIENCY, Answers, Request, good_results
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret.results import SaliencyResult

__all__ = ["EvidenceSpan", "ZoomToEvidence", "busiest"]

_SMOOTH = 15  # bases; about one site, so that no single base dominates


class ZoomToEvidence:
    """Zooms to the bases of highest saliency, once per sequence that is too long to show whole.

    It moves the window, as the window's buttons do: views check whether it is due, and are drawn
    when the window has moved.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._session = workspace.session
        self._span = EvidenceSpan(workspace)
        self._done_for: tuple[int, int] | None = None
        self._window = (0, 0)
        self._words = ""

    @property
    def words(self) -> str:
        """Message about the zoom while that window is in view; otherwise empty."""
        return self._words if self._session.window == self._window else ""

    def is_due(self, most: int) -> bool:
        """Whether a sequence of more than ``most`` bases is fully in view for the first time."""
        session = self._session
        whole = session.window == (0, session.length)
        return whole and session.length > most and self._done_for != self._key()

    def zoom(self, bases: int, then: Callable[[], None]) -> None:
        """Zoom to that many bases around the highest saliency in view, then call ``then()``.

        If the window was moved in the meantime, it stays.
        """
        before = self._session.window

        def show(start: int, end: int, is_known: bool) -> None:
            if self._session.window == before:
                self._done_for = self._key()
                where = "around the highest saliency" if is_known else "the first ones"
                self._window = (start, end)
                self._words = (
                    f"Zoomed to bases {start + 1:,} to {end:,} of {self._session.length:,}, "
                    f"{where}; move the window with the buttons or the brush in the header."
                )
                self._session.window = self._window
            then()

        self._span.find(bases, show)

    def _key(self) -> tuple[int, int]:
        return self._session.sequence_index, self._session.length


class EvidenceSpan:
    """Finds the bases in view that the models give the highest saliency."""

    def __init__(self, workspace: Workspace) -> None:
        session = self._session = workspace.session
        self._engine = workspace.engine
        self._inquiry = Inquiry(self._engine, lambda: session.subject)

    def find(self, bases: int, then: Callable[[int, int, bool], None]) -> None:
        """Call ``then(start, end, is_known)`` with the window of highest saliency.

        0-based and half-open; the first bases if no model has any saliency (``is_known`` is False).
        ``then`` is not called if another sequence has been chosen.
        """
        start, end = self._session.window
        wanted = {
            name: Request.of(SALIENCY, name, self._session.sequence, method="saliency")
            for name in self._engine.models
        }

        def ready(results: Answers[str, SaliencyResult]) -> None:
            good = good_results(results).values()
            first = start
            if good:
                middle = start + busiest([result.importance[0, start:end] for result in good])
                first = min(max(middle - bases // 2, start), end - bases)
            then(first, first + bases, bool(good))

        self._inquiry.fetch("the bases of highest saliency", wanted, ready)


def busiest(importances: list[np.ndarray]) -> int:
    """Return the centre (0-based) of the bases of highest joint importance.

    Parameters
    ----------
    importances
        Values ``(length,)`` of each model; absolute values count, relative to the model's largest.
    """
    sizes = [np.abs(values) for values in importances]
    shares = np.sum([size / (size.max() or 1.0) for size in sizes], axis=0)
    return int(np.convolve(shares, np.ones(_SMOOTH), mode="same").argmax())
