"""What the tabs with one track per model share: what to do when the state moves."""

from __future__ import annotations

from abc import abstractmethod

from ..known_motifs import KnownMotifs
from .base import NEW_BASES, TabView

__all__ = ["TrackTab"]


class TrackTab(TabView):
    """A tab of tracks on the shared axis: it fetches, draws, and marks the chosen base."""

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._tracks: dict = {}
        self._known: KnownMotifs | None = None

    def refresh(self, changed: frozenset[str]) -> None:
        hits_move = NEW_BASES | {"known_motifs", "jaspar_release"}
        if self._known is not None and changed & hits_move:
            self._known.refresh()
        if "palette" in changed:
            for track in self._tracks.values():
                track.letters.recolour(self.colours)
        if changed & NEW_BASES:
            self._fetch()
            return
        if "window" in changed:
            self._draw()
        if "position" in changed:
            self._mark_position()

    @abstractmethod
    def _fetch(self) -> None:
        """Ask for the results of the current sequence and draw them in time."""

    @abstractmethod
    def _draw(self) -> None:
        """Draw the visible window of the results at hand."""

    @abstractmethod
    def _mark_position(self) -> None:
        """Mark the chosen base in every track."""
