"""All substitutions of a long sequence, computed on request because they are slow."""

from __future__ import annotations

from html import escape

import ipywidgets as W

from demo_widgets.dashboard.engine.request import MUTAGENESIS, Request, Requests
from demo_widgets.dashboard.parts.elements import controls
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret.results import MutagenesisResult

__all__ = ["UNASKED", "EverySubstitution", "map_request"]

UNASKED = 1000
"""Longest sequence whose substitutions are computed without a request.

There are three mutants per base, and a recurrent network reads each of them to the end, so the work
grows with the square of the length.
"""


def map_request(model: str, sequence: str) -> Request[MutagenesisResult]:
    """Return the request for all substitutions of a sequence."""
    return Request.of(MUTAGENESIS, model, sequence)


class EverySubstitution:
    """A button that computes all substitutions of the current sequence in the background.

    Views of the results are refreshed through the engine's ``completed``.

    Parameters
    ----------
    workspace
        What the views share.
    place
        Title of the tab it is in.
    why
        A sentence on their purpose.

    Attributes
    ----------
    widget : ipywidgets.Widget
        Empty while there is nothing to compute.
    """

    def __init__(self, workspace: Workspace, place: str, why: str) -> None:
        self._session, self._engine = workspace.session, workspace.engine
        self._why = f'<p class="dw-note">{escape(why)}</p>'
        self._is_offered = True
        self.job = LongJob(
            self._engine,
            f"all substitutions for {place}",
            cancel_tooltip="Stop; finished models are kept",
            on_end=self._offer_the_rest,
        )
        self.run_button = self.job.button(
            "", "Compute all substitutions for every model", self.run, icon="play"
        )
        self._content = (controls(self.run_button, self.job.cancel_button), self.job.line)
        self.unseen = [*self._content, *self.job.unseen]
        self.widget = W.VBox()

    @property
    def wanted(self) -> bool:
        """Whether the current sequence is long and has uncomputed substitutions."""
        return self._session.length > UNASKED and bool(self._missing())

    def _missing(self) -> Requests[str, MutagenesisResult]:
        """Return model name -> request, for results not computed yet."""
        requests = {n: map_request(n, self._session.sequence) for n in self._engine.models}
        return {n: r for n, r in requests.items() if self._engine.results.known(r) is None}

    def offer(self, offered: bool) -> None:
        """Refresh; the button is shown only if ``offered``."""
        self._is_offered = offered
        self.refresh()

    def refresh(self) -> None:
        """Show the button if substitutions of the current sequence are missing."""
        if self.job.is_busy:
            return
        if not (self._is_offered and self.wanted):
            self.widget.children = ()
            return
        self.run_button.description = f"Compute all {self._session.length:,} bases"
        self.job.line.value = self._why
        self.widget.children = self._content

    def _offer_the_rest(self) -> None:
        """Show the button for missing results, and the outcome of the job."""
        how_it_ended = self.job.line.value
        self.refresh()
        self.job.line.value = how_it_ended

    def run(self) -> None:
        """Compute all substitutions; no effect while a job runs."""
        self.job.run(self._missing(), lambda _: None)
