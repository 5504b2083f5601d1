"""The row of known motifs: hits of JASPAR matrices in the sequence."""

from __future__ import annotations

from html import escape

import ipywidgets as W
from traitlets import Bunch

from demo_widgets.dashboard.drawing.hits_track import HitsTrack
from demo_widgets.dashboard.engine.freshness import Inquiry
from demo_widgets.dashboard.engine.known_motif_hits import (
    HIT_P_VALUE,
    KnownMotifHits,
    hits_request,
    is_scanning_ready,
)
from demo_widgets.dashboard.engine.request import SCANNING_WARM_UP, Request
from demo_widgets.dashboard.parts.elements import controls, error_text, info_text
from demo_widgets.dashboard.parts.fields import text_field
from demo_widgets.dashboard.workspace import Workspace

__all__ = ["KnownMotifs"]


class KnownMotifs:
    """FIMO hits of the motifs named in ``session.known_motifs``, under a tab's tracks.

    Parameters
    ----------
    workspace
        What the views share.
    place
        Title of its tab.

    Attributes
    ----------
    field : ipywidgets.Text
        The names, as typed.
    message : ipywidgets.HTML
        The number of hits, and motifs that could not be scanned for.
    track : HitsTrack
        The hits; its figure is on the page only if there are hits.
    widget : ipywidgets.Widget
        The row.
    """

    def __init__(self, workspace: Workspace, place: str) -> None:
        self._session, self._engine = workspace.session, workspace.engine
        self._aria = workspace.aria
        self._slot = f"known motifs in {place}"
        self.field = text_field(
            "Known motifs",
            "names or ids, e.g. GATA1, MA0035.3",
            "TF names or JASPAR matrix ids, separated by commas",
            "min(420px, 95%)",
            value=self._session.known_motifs,
        )
        self.message = W.HTML()
        self.track = HitsTrack(workspace.window.scale)
        self._inquiry = Inquiry(
            self._engine, self._request, self._hide_old_hits, self._show_hits_again
        )
        self._top = controls(self.field, self.message)
        self.widget = W.VBox([self._top])
        self.unseen = [self.track.figure]
        self.field.observe(self._take_names, "value")

    def refresh(self) -> None:
        """Find and draw the hits in the current sequence."""
        if self.field.value != self._session.known_motifs:
            self.field.value = self._session.known_motifs
        request = self._request()
        if request is None:
            self._inquiry.drop()
            self._show("", figure=False)
        elif not is_scanning_ready():
            self._inquiry.drop()
            self._show("Preparing motif scanning; up to a minute the first time …", figure=False)
            self._warm_up()
        else:
            self._inquiry.fetch(
                self._slot, {"hits": request}, lambda found: self._paint(found["hits"]), later=True
            )

    def _warm_up(self) -> None:
        slot = f"the preparation of {self._slot}"
        if not self._engine.long.busy(slot):
            self._engine.run_requests(
                slot,
                {"ready": Request.of(SCANNING_WARM_UP, "", "")},
                lambda share, words: self._engine.say("job", words),
                lambda found, error: self._finish_warm_up(error or found.get("ready")),
            )

    def _request(self) -> Request[KnownMotifHits] | None:
        session = self._session
        return hits_request(session.known_motifs, session.jaspar_release, session.sequence)

    def _hide_old_hits(self) -> None:
        """Hide the hits of the previous sequence."""
        self.track.figure.add_class("dw-stale")
        self.message.value = '<span class="dw-note">Scanning …</span>'

    def _show_hits_again(self) -> None:
        self.track.figure.remove_class("dw-stale")

    def _finish_warm_up(self, ready: float | Exception | None) -> None:
        if isinstance(ready, Exception):
            self._show(error_text(ready), figure=False)
        else:
            self.refresh()

    def _paint(self, found: KnownMotifHits | Exception) -> None:
        if isinstance(found, Exception):
            self._show(error_text(found), figure=False)
            return
        hits, release = found.hits, escape(self._session.jaspar_release)
        count = (
            f'<span class="dw-note">{len(hits)} hit{"" if len(hits) == 1 else "s"} at p &lt; '
            f"{HIT_P_VALUE:g} ({release}, FIMO; ▸ forward, ◂ reverse strand)</span>"
            if found.n_motifs
            else ""
        )
        missing = "".join([*map(error_text, found.unknown), *map(info_text, found.without_hits)])
        stays = len(hits) > 0 or self.track.figure in self.widget.children
        self._show(count + missing, figure=stays and found.n_motifs > 0)
        self.track.draw(hits, self._session.length)
        where = (
            f"{hit['motif_name']} {hit['start'] + 1} to {hit['end']}, "
            f"{'forward' if hit['strand'] == '+' else 'reverse'} strand"
            for hit in hits.to_dict("records")
        )
        self._aria.describe((self.track.figure, "Known motifs", "; ".join(where)))

    def _show(self, words: str, *, figure: bool) -> None:
        self.message.value = words
        children = (self._top, self.track.figure) if figure else (self._top,)
        if self.widget.children != children:
            self.widget.children = children

    def _take_names(self, change: Bunch) -> None:
        self._session.known_motifs = change.new
