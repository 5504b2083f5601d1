"""The visible window of the sequence: one x scale that every track of every tab shares."""

from __future__ import annotations

import bqplot
from traitlets import Bunch

from demo_widgets.dashboard.session.session import Session

__all__ = ["SequenceWindow"]

MIN_VISIBLE = 8
"""Fewer bases than this are not shown: zooming in stops here."""


class SequenceWindow:
    """Synchronises the shared x scale and ``session.window`` in both directions.

    Panning and zooming move the scale in the browser; the brush, the buttons and the
    notebook move the session's.

    Attributes
    ----------
    scale : bqplot.LinearScale
        Axis of 1-based positions; base ``i`` (0-based) is centred at ``i + 1``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in_step = False  # while one of the two is being synchronised with the other
        self._chosen: int | None = None
        start, end = session.window
        self.scale = bqplot.LinearScale(min=start + 0.5, max=end + 0.5, allow_padding=False)
        session.observe(self._show_window, "window")
        session.observe(self._take_chosen, "position")
        self.scale.observe(self._take_from_browser, ["min", "max"])

    def zoom(self, factor: float) -> None:
        """Show ``factor`` times as many bases around the base that was chosen, or the centre.

        The centre of the zoom keeps its place in the window.
        """
        start, end = self._session.window
        size = max(MIN_VISIBLE, round((end - start) * factor))
        share = 0.5
        if self._chosen is not None and start <= self._chosen < end:
            share = (self._chosen + 0.5 - start) / (end - start)
        self._show(start + round((end - start - size) * share), size)

    def pan(self, share: float) -> None:
        """Move right by ``share`` of the window (left when negative)."""
        start, end = self._session.window
        step = max(1, round((end - start) * abs(share)))
        self._show(start + (step if share > 0 else -step), end - start)

    def reset(self) -> None:
        """Show the whole sequence."""
        self._session.window = (0, self._session.length)

    def _show(self, start: int, size: int) -> None:
        size = min(size, self._session.length)
        start = min(max(start, 0), self._session.length - size)
        self._session.window = (start, start + size)

    def _take_chosen(self, change: Bunch) -> None:
        self._chosen = change.new

    def _show_window(self, _: Bunch) -> None:
        if self._in_step:
            return
        start, end = self._session.window
        self._in_step = True
        try:
            with self.scale.hold_sync():
                self.scale.min, self.scale.max = start + 0.5, end + 0.5
        finally:
            self._in_step = False

    def _take_from_browser(self, _: Bunch) -> None:
        low, high = self.scale.min, self.scale.max
        if low is None or high is None or self._in_step:
            return
        self._in_step = True
        try:
            self._session.window = (round(low - 0.5), round(high - 0.5))
        finally:
            self._in_step = False
