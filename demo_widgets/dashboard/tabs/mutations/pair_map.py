"""The pair map: interactions of two substitutions beyond the sum of their effects."""

from __future__ import annotations

from html import escape

import bqplot
import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.marks import position_axis
from demo_widgets.dashboard.engine.freshness import Latest, Question
from demo_widgets.dashboard.engine.request import PAIRS, Request
from demo_widgets.dashboard.page.zoom import EvidenceSpan
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    controls,
    note,
    ramp_legend,
)
from demo_widgets.dashboard.parts.fields import choice
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret.results import PairMutagenesisResult
from demo_widgets.pictures.palette import SIGNED_RAMP

__all__ = ["PairMap"]

MAX_BASES = 60


class PairMap:
    """Square map of the visible window for one model, computed on request.

    Attributes
    ----------
    result : PairMutagenesisResult or None
        The result shown.
    shown : ipywidgets.Widget
        The map, the table and the files; on the page while there is a result.
    """

    def __init__(self, workspace: Workspace) -> None:
        session = self._session = workspace.session
        self._engine, self._aria = workspace.engine, workspace.aria
        self._span = EvidenceSpan(workspace)
        self._latest = Latest(lambda: session.subject)
        self.result: PairMutagenesisResult | None = None
        self._about = session.subject
        names = list(self._engine.models)
        self.model = choice(
            "Pair map of", names, "Model whose pairs of substitutions are computed", "220px"
        )
        self.job = LongJob(self._engine, "the map of pairs", cancel_tooltip="Stop computing")
        self.run_button = self.job.button(
            "Compute pairs in view",
            f"Compute all pairs in view, of at most {MAX_BASES} bases",
            self.run,
            icon="th",
        )
        self._table = W.HTML()
        self._build_figure()
        self.downloads = Downloads({"CSV": self._csv})
        self.shown = W.HBox([self.figure, W.VBox([self._table, self.downloads.widget])])
        self.shown.layout.flex_flow = "row wrap"
        self._head = [
            W.HTML('<div class="dw-title dw-part">Pairs of substitutions</div>'),
            note(
                "Effect of two substitutions together minus the sum of their single effects; "
                "each cell shows the strongest of the nine pairs of bases. Zero where the "
                "effects are additive. Brush the sequence in the header, or zoom, to select the "
                "bases."
            ),
            controls(self.model, self.run_button, self.job.cancel_button),
            self.job.line,
        ]
        self.widget = W.VBox(self._head)
        self.unseen = [self.shown, *self.job.unseen]

    def _build_figure(self) -> None:
        self.x_scale = bqplot.LinearScale(min=0.5, max=2.5, allow_padding=False)
        self.y_scale = bqplot.LinearScale(min=0.5, max=2.5, allow_padding=False, reverse=True)
        self._colours = bqplot.ColorScale(colors=list(SIGNED_RAMP.colours), min=-1.0, max=1.0)
        self.map = bqplot.HeatMap(
            x=np.array([1.0, 2.0]),
            y=np.array([1.0, 2.0]),
            color=np.zeros((2, 2)),
            scales={"x": self.x_scale, "y": self.y_scale, "color": self._colours},
        )
        axes = [
            position_axis(self.x_scale),
            position_axis(self.y_scale, side="left", label_offset="46px"),
        ]
        self.figure = bqplot.Figure(
            marks=[self.map],
            axes=axes,
            fig_margin={"top": 10, "bottom": 44, "left": 64, "right": 14},
            animation_duration=0,
            display_toolbar=False,
            padding_x=0,
            padding_y=0,
            layout={"width": "420px", "height": "400px", "min_width": "0"},
        )
        self.figure.add_class("dw-figure")

    def run(self) -> None:
        """Compute the pairs of the visible window, limited to the bases of highest saliency."""
        start, end = self._session.window
        if end - start > MAX_BASES:
            self._span.find(MAX_BASES, self._compute)
        else:
            self._compute(start, end, False)

    def _compute(self, start: int, end: int, is_chosen: bool) -> None:
        """Compute the pairs from ``start`` to ``end``, chosen by saliency or by the window."""
        if self.job.is_busy:
            return
        name, question = self.model.value, self._latest.ask()
        request = Request.of(PAIRS, name, self._session.sequence, positions=(start, end))
        self.job.run_one(request, lambda result: self._finish(name, result, question, is_chosen))

    def forget(self) -> None:
        """Remove the map of the previous bases."""
        if self.result is not None and self._about != self._session.subject:
            self.result = None
            self.widget.children = self._head
            if not self.job.is_busy:
                self.job.say("")

    def _finish(
        self, name: str, result: PairMutagenesisResult, question: Question, is_chosen: bool
    ) -> None:
        if not question.is_wanted:
            self.job.say("The sequence has changed: compute the pairs again.")
            return
        self.result, self._about = result, question.about
        self._draw(name, result, is_chosen)

    def _draw(self, name: str, result: PairMutagenesisResult, is_chosen: bool) -> None:
        limit = float(np.abs(result.summary).max()) or 1.0
        places = np.arange(result.start, result.end) + 1.0
        with self.x_scale.hold_sync(), self.y_scale.hold_sync(), self._colours.hold_sync():
            for scale in (self.x_scale, self.y_scale):
                scale.min, scale.max = places[0] - 0.5, places[-1] + 0.5
            self._colours.min, self._colours.max = -limit, limit
        values: np.ndarray = result.summary
        if len(places) == 1:  # a heat map needs two rows and columns
            places, values = places + np.array([-0.25, 0.25]), np.zeros((2, 2))
        with self.map.hold_sync():
            self.map.x, self.map.y, self.map.color = places, places, values
        legend = ramp_legend(SIGNED_RAMP, f"−{limit:.2g}", f"+{limit:.2g}")
        where = f". Of those in view, the {MAX_BASES} around the highest saliency"
        where = where if is_chosen else ""
        self.job.line.value = (
            f'<p class="dw-note"><b>{escape(name)}</b>, bases {result.start + 1} to '
            f"{result.end}, interaction in S: {legend}{where}</p>"
        )
        self._table.value = self._strongest()
        top = ", ".join(f"{a} with {b} {value:+.3f}" for a, b, value in self.rows()[:3])
        title = f"Pairs of substitutions by {name}, bases {result.start + 1} to {result.end}"
        self._aria.describe((self.figure, title, f"Strongest: {top}."))
        self.downloads.clear()
        self.widget.children = [*self._head, self.shown]

    def rows(self) -> list[tuple[str, str, float]]:
        """Return the strongest pair of substitutions of each pair of positions, strongest first."""
        result, bases = self.result, self._about.sequence
        if result is None:
            return []
        rows = []
        for i in range(len(result.summary)):
            for j in range(i + 1, len(result.summary)):
                flat = int(np.abs(result.interactions[i, j]).argmax())
                a, b = divmod(flat, 4)
                at, to = result.start + i, result.start + j
                first = f"{bases[at]}{at + 1}{'ACGT'[a]}"
                second = f"{bases[to]}{to + 1}{'ACGT'[b]}"
                rows.append((first, second, float(result.interactions[i, j, a, b])))
        return sorted(rows, key=lambda row: -abs(row[2]))

    def _strongest(self) -> str:
        lines = "".join(
            f"<tr><td>{escape(a)}</td><td>{escape(b)}</td><td>{value:+.3f}</td></tr>"
            for a, b, value in self.rows()[:10]
        )
        return (
            '<table class="dw-table"><tr><th>Strongest pairs</th><th>with</th>'
            f"<th>interaction</th></tr>{lines}</table>"
        )

    def _csv(self) -> tuple[str, str, bytes]:
        lines = ["first,second,interaction", *(f"{a},{b},{v:.6g}" for a, b, v in self.rows())]
        return "pairs.csv", "text/csv", ("\n".join(lines) + "\n").encode()
