"""A row for known motifs: type factor names, see where JASPAR's matrices hit the sequence."""

from __future__ import annotations

import re
from html import escape

import ipywidgets as W

from demo_widgets.dashboard.drawing.hits_track import HitsTrack
from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.engine.known_motif_hits import HIT_P_VALUE
from demo_widgets.dashboard.page.accessibility import describe
from demo_widgets.dashboard.parts.elements import controls, error_text, info_text
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.dashboard.session.window import SequenceWindow

__all__ = ["KnownMotifs", "hits_request"]


def hits_request(known_motifs: str, release: str, sequence: str) -> Request | None:
    """Ask for the hits of the motifs named, commas between; None where none is."""
    names = tuple(re.split(r"[,;\s]+", known_motifs.strip(" ,;")))
    if names == ("",):
        return None
    return Request.of("known_motif_hits", "", sequence, names=names, release=release)


class KnownMotifs:
    """FIMO hits of the motifs named in ``state.known_motifs``, under a tab's tracks.

    Parameters
    ----------
    place
        Title of the tab it is in.

    Attributes
    ----------
    widget : ipywidgets.Widget
        The row; empty of a figure until there is a hit to draw.
    """

    def __init__(self, state: DashboardState, window: SequenceWindow, place: str) -> None:
        self._state = state
        self._slot = f"known motifs in {place}"
        self._names = W.Text(
            value=state.known_motifs,
            description="Known motifs",
            placeholder="names or ids, e.g. GATA1, MA0035.3",
            continuous_update=False,
            tooltip="Transcription factors or JASPAR matrix ids to look for, with commas between",
            layout={"width": "min(420px, 95%)"},
            style={"description_width": "initial"},
        )
        self._words = W.HTML()
        self._patience = state.patience(self._pale, self._clear)
        self._track = HitsTrack(window.scale)
        self._top = controls(self._names, self._words)
        self.widget = W.VBox([self._top])
        self.unseen = [self._track.figure]
        self._names.observe(self._take_names, "value")

    def refresh(self) -> None:
        """Find and draw the hits in the current sequence."""
        from demo_widgets.motifs import is_warm, warm_up

        if self._names.value != self._state.known_motifs:
            self._names.value = self._state.known_motifs
        request = self._request()
        if request is None:
            self._patience.over()
            self._show("", figure=False)
            return
        if not is_warm():
            self._patience.over()
            self._show("Preparing motif scanning; up to a minute the first time …", figure=False)
            self._state.run_long(self._slot, lambda job, tell: warm_up(tell), self._warmed_up)
            return
        self._patience.start()
        self._state.fetch(
            self._slot, [request], lambda r: self._paint(request, r[request]), later=True
        )

    def _request(self) -> Request | None:
        state = self._state
        return hits_request(state.known_motifs, state.jaspar_release, state.sequence)

    def _pale(self) -> None:
        """Tell that the hits drawn are those of another sequence."""
        self._track.figure.add_class("dw-stale")
        self._words.value = '<span class="dw-note">Scanning …</span>'

    def _clear(self) -> None:
        self._track.figure.remove_class("dw-stale")

    def _warmed_up(self, _, error: Exception | None) -> None:
        if error is None:
            self.refresh()
        else:
            self._show(error_text(error), figure=False)

    def _paint(self, request: Request, found) -> None:
        if request != self._request():
            return
        self._patience.over()
        if isinstance(found, Exception):
            self._show(error_text(found), figure=False)
            return
        hits, release = found.hits, escape(self._state.jaspar_release)
        count = (
            f'<span class="dw-note">{len(hits)} hit{"" if len(hits) == 1 else "s"} at p &lt; '
            f"{HIT_P_VALUE:g} ({release}, FIMO; ▸ forward, ◂ reverse strand)</span>"
            if found.n_motifs
            else ""
        )
        missing = "".join([*map(error_text, found.unknown), *map(info_text, found.hopeless)])
        stays = len(hits) > 0 or self._track.figure in self.widget.children
        self._show(count + missing, figure=stays and found.n_motifs > 0)
        self._track.draw(hits, self._state.length)
        where = (
            f"{hit.motif_name} {hit.start + 1} to {hit.end}, "
            f"{'forward' if hit.strand == '+' else 'reverse'} strand"
            for hit in hits.itertuples()
        )
        describe(self._state, (self._track.figure, "Known motifs", "; ".join(where)))

    def _show(self, words: str, *, figure: bool) -> None:
        self._words.value = words
        children = (self._top, self._track.figure) if figure else (self._top,)
        if self.widget.children != children:
            self.widget.children = children

    def _take_names(self, change) -> None:
        self._state.known_motifs = change.new
