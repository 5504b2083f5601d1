"""Base class of the tabs with one track per model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

import bqplot
import ipywidgets as W
import numpy as np
from traitlets import Bunch

from demo_widgets.dashboard.drawing.marks import RegionMark
from demo_widgets.dashboard.drawing.tracks import Track, visible_slice
from demo_widgets.dashboard.engine.request import Answers, Key, Requests, Result, Take, good_results
from demo_widgets.dashboard.parts.elements import FigureRow, error_text
from demo_widgets.dashboard.parts.fields import switch
from demo_widgets.dashboard.parts.known_motifs import KnownMotifs
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.pictures.logo import MAX_LETTERS
from demo_widgets.pictures.palette import EDIT_COLOUR

__all__ = ["TrackTab"]


Drawn = TypeVar("Drawn", bound=Track)
Shown = TypeVar("Shown")


class TrackTab(TabView, Generic[Drawn, Shown]):
    """A tab of tracks on the shared axis, which fetches, draws, and marks the selected base.

    Attributes
    ----------
    tracks : dict
        Model name -> its track.
    rows : dict of str to FigureRow
        Model name -> its track with the title above it.
    results : dict
        Model name -> present result, or its error.
    edited : RegionMark
        Underlines the edited bases in every track.
    known : KnownMotifs or None
        The row of known motifs, if the tab has one.
    news : frozenset of str
        Traits whose change makes the tab fetch its results again.
    """

    news = frozenset({"subject"})

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.tracks: dict[str, Drawn] = {}
        self.rows: dict[str, FigureRow] = {}
        self.results: Answers[str, Shown] = {}
        self.known: KnownMotifs | None = None
        self._part = slice(0, 0)

    @property
    def good(self) -> dict[str, Shown]:
        """The present results that are not errors."""
        return good_results(self.results)

    def _add_row(self, name: str, track: Drawn, *between: W.Widget) -> None:
        """Add a model's track under its name."""
        self.tracks[name] = track
        self.rows[name] = FigureRow(name, self.model_colour(name), track.figure, *between)
        self.unseen += track.unseen

    def _pan_switch(self, tooltip: str) -> W.ToggleButton:
        """Return a button that lets the mouse pan and zoom the tracks while it is pressed."""
        made = switch("Pan & zoom", tooltip, "arrows-h")
        made.observe(self._set_pan, "value")
        return made

    def _set_pan(self, change: Bunch) -> None:
        for track in self.tracks.values():
            track.set_pan(change.new)

    def _show_titles(self, words: Callable[[str, Shown], str]) -> None:
        """Show each model's figure with ``words(name, result)``, or why there is none."""
        for name, result in self.results.items():
            if isinstance(result, Exception):
                self.rows[name].show_reason(error_text(result))
            else:
                self.rows[name].show(words(name, result))

    def refresh(self, changed: frozenset[str]) -> None:
        if "palette" in changed:
            for track in self.tracks.values():
                track.letters.recolour(self.colours)
        if changed & self.news:
            self._fetch()
        else:
            if "window" in changed:
                self._draw()
            if "position" in changed:
                self._mark_position()
        if self.known is not None and changed & {"subject", "known_motifs", "jaspar_release"}:
            self.known.refresh()  # last, because it is at the bottom of the tab

    def fetch(self, slot: str, requests: Requests[Key, Result], paint: Take[Key, Result]) -> None:
        """Refresh as every tab does; edited bases are marked when the results are drawn."""

        def paint_all(results: Answers[Key, Result]) -> None:
            self._show_edits()
            paint(results)

        super().fetch(slot, requests, paint_all)

    def _mark_edits(self, low: float, high: float) -> None:
        """Underline edited bases in every track, from ``low`` to ``high`` of its plot's height."""
        share = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self.edited = RegionMark(self.window.scale, share, EDIT_COLOUR, 1.0, stroke=2)
        for track in self.tracks.values():
            track.figure.marks = [self.edited.mark, *track.figure.marks]
        self._edited_height = (low, high)

    def _show_edits(self) -> None:
        positions = self.session.edits.edited_positions
        low, high = self._edited_height
        self.edited.draw(np.array([(i + 0.6, i + 1.4, low, high) for i in positions]))

    def _visible_part(self) -> slice:
        """Return the positions to draw; unchanged while the window is within the drawn letters.

        The browser then only has to move a scale.
        """
        start, end = self.session.window
        drawn, length = self._part, self.session.length
        within = drawn.start <= start and end <= drawn.stop <= length
        if not within or drawn.stop - drawn.start > MAX_LETTERS:
            self._part = visible_slice(length, (start, end))
        return self._part

    @abstractmethod
    def _fetch(self) -> None:
        """Fetch the results of the current sequence, then draw them."""

    @abstractmethod
    def _draw(self) -> None:
        """Draw the visible window of the present results."""

    @abstractmethod
    def _mark_position(self) -> None:
        """Mark the chosen base in every track."""
