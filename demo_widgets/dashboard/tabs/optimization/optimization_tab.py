"""The Class optimization tab: each model's ideal bound sequence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from html import escape

import bqplot
import ipywidgets as W
from traitlets import Bunch

from demo_widgets.dashboard.drawing.tracks import LogoTrack
from demo_widgets.dashboard.engine.optima import shown_optima
from demo_widgets.dashboard.engine.request import CLASS_OPTIMIZATION, Answers, Request, good_results
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    FigureRow,
    controls,
    copy_button,
    error_text,
    note,
)
from demo_widgets.dashboard.parts.fields import choice, slider
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.optimization.design_panel import DesignPanel
from demo_widgets.dashboard.tabs.optimization.optimization_form import OptimizationForm
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret import cluster_restarts
from demo_widgets.interpret.results import OptimizationResult
from demo_widgets.pictures.model_tracks import optimization_picture
from demo_widgets.pictures.scales import information_heights
from demo_widgets.spreadsheet import as_cell

__all__ = ["ClassOptimizationTab"]


class ClassOptimizationTab(TabView):
    """Settings, Run and Cancel, progress, and a logo per model with its scores."""

    title = "Class optimization"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        length = self.session.length
        self._scale = bqplot.LinearScale(min=0.5, max=length + 0.5, allow_padding=False)
        self.form = OptimizationForm(length)
        self._build_viewer()
        self.job = LongJob(
            self.engine,
            "class optimization",
            cancel_tooltip="Stop and keep partial results",
            idle="Not run yet. Press Run.",
            has_bar=True,
        )
        self.run_button = self.job.button(
            "Run", "Optimise an input for each model", self.run, icon="play", button_style="primary"
        )
        self.job.line.add_class("dw-readout")
        self.tracks: dict[str, LogoTrack] = {}
        self.rows: dict[str, FigureRow] = {}
        for name in self.engine.models:
            track = LogoTrack(
                self._scale, self.colours, height=120, y_label="bits", with_x_axis=True
            )
            self.tracks[name] = track
            self.rows[name] = FigureRow(name, self.model_colour(name), track.figure)
            self.rows[name].widget.layout.display = "none"
            self.unseen += track.unseen
        self.table = W.HTML()
        self.design = DesignPanel(workspace)
        self.unseen += self.design.unseen
        self.downloads = Downloads({"SVG": self._svg, "CSV": self._csv, "FASTA": self._fasta})
        self.downloads.widget.layout.display = "none"
        self.copy = W.HTML()
        self.widget = W.VBox(
            [
                note(
                    "Gradient ascent searches for the input that each model scores highest: S(x) "
                    "− λ‖x‖², where S is the class score, the log-odds of “bound”. The logo "
                    "shows that input as a PWM, at the iteration whose DNA sequence scored "
                    "highest; cite the score of that sequence. The paper’s parametrization "
                    "(unconstrained, then clamped) gives the network non-DNA inputs: the score "
                    "of the relaxed input rises while that of the sequence falls."
                ),
                controls(*self.form.controls),
                controls(self.run_button, self.job.cancel_button, self.job.bar),
                self.job.line,
                self._viewer,
                *(row.widget for row in self.rows.values()),
                self.table,
                controls(self.downloads.widget, self.copy),
                self.design.widget,
            ]
        )

    def _build_viewer(self) -> None:
        """Build the choice of restart and of iteration."""
        self.restart = choice(
            "Show restart", [("best", 0)], "Restarts, best discrete score first", "200px"
        )
        self.replay = slider(
            "Replay",
            0,
            0,
            "The PWM at stored iterations of the run",
            "min(340px, 70%)",
            readout=False,
        )
        self.aria.name_part(self.replay, ["Replay"], ".noUi-handle")
        self._moment = W.HTML()
        self._viewer = controls(self.restart, self.replay, self._moment)
        self._viewer.layout.display = "none"
        self.restart.observe(self._take_restart, "value")
        self.replay.observe(lambda _: self._draw_logos(), "value")

    def run(self) -> None:
        """Start a run with the chosen settings; no effect while one runs."""
        settings = self.form.settings
        requests = {
            name: Request.of(CLASS_OPTIMIZATION, name, "", **settings)
            for name in self.engine.models
        }
        self.job.run(requests, self._keep)

    def _keep(self, found: Answers[str, OptimizationResult]) -> None:
        """Keep the results of a run, which are drawn here, in the figure and in the report."""
        self.session.restart_rank = 0
        self.engine.optimized = found

    def _take_restart(self, change: Bunch) -> None:
        if change.new is not None:
            self.session.restart_rank = change.new

    def refresh(self, changed: frozenset[str]) -> None:
        if "palette" in changed:
            for track in self.tracks.values():
                track.letters.recolour(self.colours)
        if "optimized" in changed:
            self._offer_restarts()
        if changed & {"optimized", "restart_rank"}:
            self._draw()

    def _offer_restarts(self) -> None:
        """Set the available restarts and iterations."""
        good = self.good
        restarts = max((len(r.discrete_scores) for r in good.values()), default=1)
        self.restart.options = [
            ("best" if i == 0 else f"{i + 1} of {restarts}", i) for i in range(restarts)
        ]
        last = max((len(r.snapshots) for r in good.values()), default=1) - 1
        with self.replay.hold_trait_notifications():
            self.replay.max, self.replay.value = last, last
        self._viewer.layout.display = "" if good else "none"

    @property
    def good(self) -> dict[str, OptimizationResult]:
        """Model name -> result of the last run; without failed models."""
        return good_results(self.engine.optimized)

    @property
    def optima(self) -> dict[str, tuple[OptimizationResult, int]]:
        """Model name -> its result and the shown restart."""
        return shown_optima(self.engine.optimized, self.session.restart_rank)

    def _draw(self) -> None:
        optima = self.optima
        if self.restart.value != self.session.restart_rank:
            self.restart.value = self.session.restart_rank
        self.downloads.clear()
        self.downloads.widget.layout.display = "" if optima else "none"
        if optima:
            self._scale.max = max(r.pwm.shape[1] for r, _ in optima.values()) + 0.5
        if self.engine.optimized:
            for name, row in self.rows.items():
                result = self.engine.optimized.get(name)
                row.widget.layout.display = ""
                if name in optima:
                    row.show(self._title(*optima[name]))
                else:
                    row.show_reason(" · not run" if result is None else error_text(result))
        self._draw_logos()
        self.table.value = self._scores_table(self.good)
        shown = {name: [restart] for name, (_, restart) in optima.items()}
        self.copy.value = copy_button("Copy as FASTA", self._records(shown)) if optima else ""

    def _draw_logos(self) -> None:
        """Return the PWMs at the iteration of the replay slider; the result at its end."""
        at_end = self.replay.value >= self.replay.max
        logos = []
        for name, (result, restart) in self.optima.items():
            moment = min(self.replay.value, len(result.snapshots) - 1)
            pwm = result.pwm[restart] if at_end else result.snapshots[moment, restart]
            heights = information_heights(pwm)
            self.tracks[name].draw(heights, 0, (0.0, 2.0))
            words = f"{heights.sum():.1f} bits in all. Sequence: {result.sequences[restart]}."
            logos.append((self.tracks[name].figure, f"Optimised input of {name}", words))
            self._moment.value = (
                "the result"
                if at_end
                else f"after {int(result.snapshot_iterations[moment]):,} iterations"
            )
        self.aria.describe(*logos)

    @staticmethod
    def _title(result: OptimizationResult, restart: int) -> str:
        return (
            f" · sequence scores S {result.discrete_scores[restart]:+.2f}, "
            f"P(bound) {result.discrete_probabilities[restart]:.3f}; relaxed input "
            f"{result.relaxed_scores[restart]:+.2f}"
            f'<div class="dw-mono dw-note">{escape(result.sequences[restart])}</div>'
        )

    def _scores_table(self, good: dict[str, OptimizationResult]) -> str:
        if not good:
            return ""
        lines = []
        for name, result in good.items():
            found = cluster_restarts(result)
            for place, i in enumerate(result.best_first):
                kept = f"{int(result.kept_iterations[i]):,} of {result.iterations_done:,}"
                lines.append(
                    f"<tr><td>{escape(name)}</td><td>{place + 1}</td>"
                    f"<td>{result.discrete_scores[i]:+.2f}</td>"
                    f"<td>{result.discrete_probabilities[i]:.3f}</td>"
                    f"<td>{result.relaxed_scores[i]:+.2f}</td>"
                    f"<td>{int(found.clusters[i]) + 1}</td>"
                    f"<td>{int(found.shifts[i]):+d} {found.strands[i]}</td>"
                    f"<td>{kept}</td></tr>"
                )
        return (
            '<div class="dw-scroll"><table '
            'class="dw-table"><tr><th>Model</th><th>Restart</th><th>S of the '
            'sequence</th><th>P(bound)</th><th>S of the relaxed input</th><th title="Restarts '
            'with the same number found the same pattern">Pattern</th><th title="Offset and '
            'strand of the pattern in this restart">shift, '
            f"strand</th><th>Iteration</th></tr>{''.join(lines)}</table></div>"
        )

    def _svg(self) -> tuple[str, str, bytes]:
        drawn = optimization_picture(self.optima, "Class optimization", self.colours)
        return "class_optimization.svg", "image/svg+xml", drawn.encode()

    def _csv(self) -> tuple[str, str, bytes]:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["model", "restart", "position", *"ACGT"])
        for name, (result, restart) in self.optima.items():
            number = result.rank(restart)
            for i, row in enumerate(result.pwm[restart]):
                table.writerow([as_cell(name), number, i + 1, *(f"{p:.5f}" for p in row)])
        return "class_optimization.csv", "text/csv", text.getvalue().encode()

    def _fasta(self) -> tuple[str, str, bytes]:
        every = {name: result.best_first for name, result in self.good.items()}
        return "class_optimization.fa", "text/x-fasta", self._records(every).encode()

    def _records(self, restarts: Mapping[str, Iterable[int]]) -> str:
        """Return the optimised sequences of these restarts of each model as FASTA."""
        good = self.good
        return "".join(
            f">{' '.join(name.split())} restart {good[name].rank(i)} "
            f"class_score {good[name].discrete_scores[i]:+.3f}\n{good[name].sequences[i]}\n"
            for name, some in restarts.items()
            for i in some
        )
