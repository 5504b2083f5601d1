"""What the tabs with one track per model share: what to do when the state moves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping

import bqplot
import numpy as np

from demo_widgets.dashboard.drawing.marks import RegionMark
from demo_widgets.dashboard.drawing.tracks import visible_slice
from demo_widgets.dashboard.parts.known_motifs import KnownMotifs
from demo_widgets.dashboard.tabs.base import NEW_BASES, TabView
from demo_widgets.pictures.logo import MAX_LETTERS
from demo_widgets.pictures.palette import EDIT_COLOUR

__all__ = ["TrackTab"]


class TrackTab(TabView):
    """A tab of tracks on the shared axis: it fetches, draws, and marks the chosen base.

    Attributes
    ----------
    news : frozenset of str
        Traits of the state after which its results have to be fetched anew.
    """

    news = NEW_BASES

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._tracks: dict = {}
        self._known: KnownMotifs | None = None
        self._part = slice(0, 0)

    def refresh(self, changed: frozenset[str]) -> None:
        hits_move = NEW_BASES | {"known_motifs", "jaspar_release"}
        if "palette" in changed:
            for track in self._tracks.values():
                track.letters.recolour(self.colours)
        if changed & self.news:
            self._fetch()
        else:
            if "window" in changed:
                self._draw()
            if "position" in changed:
                self._mark_position()
        if self._known is not None and changed & hits_move:  # last: nobody looks there first
            self._known.refresh()

    def fetch(self, slot: str, wanted: Mapping, paint: Callable[[dict], None]) -> None:
        """As for every tab; the edited bases are marked when the results are drawn."""

        def paint_all(results: dict) -> None:
            self._show_edits()
            paint(results)

        super().fetch(slot, wanted, paint_all)

    def _mark_edits(self, low: float, high: float) -> None:
        """Underline edited bases in every track, from ``low`` to ``high`` of its plot's height."""
        share = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self._edits = RegionMark(self.window.scale, share, EDIT_COLOUR, 1.0, stroke=2)
        for track in self._tracks.values():
            track.figure.marks = [self._edits.mark, *track.figure.marks]
        self._edited_height = (low, high)

    def _show_edits(self) -> None:
        positions = self.state.edits.edited_positions if self.state.is_edited else []
        low, high = self._edited_height
        self._edits.draw(np.array([(i + 0.6, i + 1.4, low, high) for i in positions]))

    def _visible_part(self) -> slice:
        """Positions to draw; those drawn before while the window is within their letters.

        The browser then has only a scale to move.
        """
        start, end = self.state.window
        drawn, length = self._part, self.state.length
        within = drawn.start <= start and end <= drawn.stop <= length
        if not within or drawn.stop - drawn.start > MAX_LETTERS:
            self._part = visible_slice(length, (start, end))
        return self._part

    @abstractmethod
    def _fetch(self) -> None:
        """Ask for the results of the current sequence and draw them in time."""

    @abstractmethod
    def _draw(self) -> None:
        """Draw the visible window of the results at hand."""

    @abstractmethod
    def _mark_position(self) -> None:
        """Mark the chosen base in every track."""
