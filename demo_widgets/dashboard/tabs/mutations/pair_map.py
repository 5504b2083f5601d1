"""The pair map: what two substitutions do beyond the sum of each alone."""

from __future__ import annotations

from html import escape

import bqplot
import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.marks import position_axis
from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.page.accessibility import describe
from demo_widgets.dashboard.page.zoom import stretch_of_evidence
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    button,
    controls,
    error_text,
    info_text,
    note,
    ramp_legend,
)
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.errors import Cancelled
from demo_widgets.pictures.palette import SIGNED_RAMP

__all__ = ["PairMap"]

MAX_BASES = 60
_SLOT = "pair map"


class PairMap:
    """A square map over the visible window, for one model, computed on request."""

    def __init__(self, state: DashboardState) -> None:
        self._state = state
        self._result, self._bases, self._name, self._chosen = None, "", "", False
        names = list(state.models)
        self.model = W.Dropdown(
            options=names,
            description="Pair map of",
            tooltip="The model whose pairs of substitutions are computed",
            layout={"width": "220px"},
            style={"description_width": "initial"},
        )
        self.run_button = button(
            "Compute pairs in view",
            f"All pairs of substitutions in the visible window; of more than {MAX_BASES} bases, "
            "those of highest saliency",
            self.run,
            icon="th",
        )
        self.cancel_button = button("Cancel", "Stop computing", self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self._words, self._table = W.HTML(), W.HTML()
        self._build_figure()
        self.downloads = Downloads({"CSV": self._csv})
        self._shown = W.HBox([self.figure, W.VBox([self._table, self.downloads.widget])])
        self._shown.layout.flex_flow = "row wrap"
        self._head = [
            W.HTML('<div class="dw-title dw-part">Pairs of substitutions</div>'),
            note(
                "Effect of two substitutions together minus the sum of their single effects; per "
                "pair of positions, the strongest of the nine. Zero where a model just adds up "
                "its evidence. Brush the sequence in the header, or zoom, to choose the bases."
            ),
            controls(self.model, self.run_button, self.cancel_button),
            self._words,
        ]
        self.widget = W.VBox(self._head)
        self.unseen = [self._shown]

    def _build_figure(self) -> None:
        self._x = bqplot.LinearScale(min=0.5, max=2.5, allow_padding=False)
        self._y = bqplot.LinearScale(min=0.5, max=2.5, allow_padding=False, reverse=True)
        self._colours = bqplot.ColorScale(colors=list(SIGNED_RAMP.colours), min=-1.0, max=1.0)
        self._map = bqplot.HeatMap(
            x=np.array([1.0, 2.0]),
            y=np.array([1.0, 2.0]),
            color=np.zeros((2, 2)),
            scales={"x": self._x, "y": self._y, "color": self._colours},
        )
        axes = [
            position_axis(self._x),
            position_axis(self._y, side="left", label_offset="46px"),
        ]
        self.figure = bqplot.Figure(
            marks=[self._map],
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
        """Compute the pairs of the visible window; of one too wide, those that matter most."""
        if self._state.long.busy(_SLOT):
            return
        start, end = self._state.window
        if end - start > MAX_BASES:
            stretch_of_evidence(self._state, MAX_BASES, self._compute)
        else:
            self._compute(start, end, False)

    def _compute(self, start: int, end: int, chosen: bool) -> None:
        """Compute the pairs from ``start`` to ``end``, ``chosen`` by the models' saliency."""
        from demo_widgets.interpret import pair_mutagenesis

        name, sequence = self.model.value, self._state.sequence
        self.run_button.disabled, self.cancel_button.disabled = True, False
        self._words.value = info_text(waiting_words(self._state.long, _SLOT))

        def work(job, tell):
            with self._state.paint_lock:
                self._words.value = info_text(f"Computing pairs {start + 1} to {end} of {name} …")

            def progress(done: int, total: int) -> None:
                tell(f"Pairs of {name}: {done:,} of {total:,}")

            return pair_mutagenesis(
                self._state.models[name],
                [sequence],
                (start, end),
                on_progress=progress,
                cancel=job.cancel,
            )

        self._chosen = chosen
        self._state.run_long(
            _SLOT, work, lambda result, error: self._finish(name, sequence, result, error)
        )

    def cancel(self) -> None:
        """Ask the computation to stop."""
        self._state.cancel_long(_SLOT, lambda error: self._finish("", "", None, error))

    def forget(self) -> None:
        """The bases have changed: a map of other bases would mislead."""
        if self._result is not None and self._bases != self._state.sequence:
            self._result = None
            self.widget.children = self._head
            self._words.value = ""

    def _finish(self, name: str, sequence: str, result, error: Exception | None) -> None:
        self.run_button.disabled, self.cancel_button.disabled = False, True
        if error is not None:
            cancelled = isinstance(error, Cancelled)
            self._words.value = info_text("Cancelled.") if cancelled else error_text(error)
            return
        if sequence != self._state.sequence:
            self._words.value = info_text("The sequence was changed meanwhile: compute again.")
            return
        self._result, self._bases, self._name = result, sequence, name
        self._draw()

    def _draw(self) -> None:
        result = self._result
        limit = float(np.abs(result.summary).max()) or 1.0
        places = np.arange(result.start, result.end) + 1.0
        with self._x.hold_sync(), self._y.hold_sync(), self._colours.hold_sync():
            for scale in (self._x, self._y):
                scale.min, scale.max = places[0] - 0.5, places[-1] + 0.5
            self._colours.min, self._colours.max = -limit, limit
        values = result.summary
        if len(places) == 1:  # a heat map needs two rows and columns
            places, values = places + np.array([-0.25, 0.25]), np.zeros((2, 2))
        with self._map.hold_sync():
            self._map.x, self._map.y, self._map.color = places, places, values
        legend = ramp_legend(SIGNED_RAMP, f"−{limit:.2g}", f"+{limit:.2g}")
        where = f". Of those in view, the {MAX_BASES} around the highest saliency"
        where = where if self._chosen else ""
        self._words.value = (
            f'<p class="dw-note"><b>{escape(self._name)}</b>, bases {result.start + 1} to '
            f"{result.end}, interaction in S: {legend}{where}</p>"
        )
        self._table.value = self._strongest()
        top = ", ".join(f"{a} with {b} {value:+.3f}" for a, b, value in self._rows()[:3])
        name = f"Pairs of substitutions by {self._name}, bases {result.start + 1} to {result.end}"
        describe(self._state, (self.figure, name, f"Strongest: {top}."))
        self.downloads.clear()
        self.widget.children = [*self._head, self._shown]

    def _rows(self) -> list[tuple[str, str, float]]:
        """Strongest substitution pair of each pair of positions, strongest first."""
        result, bases = self._result, self._bases
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
            for a, b, value in self._rows()[:10]
        )
        return (
            '<table class="dw-table"><tr><th>Strongest pairs</th><th>with</th>'
            f"<th>interaction</th></tr>{lines}</table>"
        )

    def _csv(self) -> tuple[str, str, bytes]:
        lines = ["first,second,interaction", *(f"{a},{b},{v:.6g}" for a, b, v in self._rows())]
        return "pairs.csv", "text/csv", ("\n".join(lines) + "\n").encode()
