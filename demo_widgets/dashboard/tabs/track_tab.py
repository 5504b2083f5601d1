"""What the tabs with one track per model share: what to do when the state moves."""

from __future__ import annotations

from abc import abstractmethod

from ..drawing.logo import MAX_LETTERS
from ..drawing.tracks import visible_slice
from ..known_motifs import KnownMotifs
from .base import NEW_BASES, TabView

__all__ = ["TrackTab"]


class TrackTab(TabView):
    """A tab of tracks on the shared axis: it fetches, draws, and marks the chosen base."""

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
        if changed & NEW_BASES:
            self._fetch()
        else:
            if "window" in changed:
                self._draw()
            if "position" in changed:
                self._mark_position()
        if self._known is not None and changed & hits_move:  # last: nobody looks there first
            self._known.refresh()

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
