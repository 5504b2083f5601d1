"""The Class optimization tab: what each model's ideal bound sequence looks like."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from html import escape

import bqplot
import ipywidgets as W

from demo_widgets.dashboard.drawing.tracks import LogoTrack
from demo_widgets.dashboard.engine.optimization_run import run_optimization
from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.page.accessibility import describe, name_part
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    FigureRow,
    button,
    controls,
    copy_button,
    error_text,
    note,
)
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.optimization.design_panel import DesignPanel
from demo_widgets.dashboard.tabs.optimization.optimization_form import OptimizationForm
from demo_widgets.interpret import cluster_restarts
from demo_widgets.pictures.scales import information_heights
from demo_widgets.pictures.view_pictures import optimization_picture

__all__ = ["ClassOptimizationTab"]

_SLOT = "class optimization"


class ClassOptimizationTab(TabView):
    """Settings, Run and Cancel, progress, and a logo per model with its scores."""

    title = "Class optimization"

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._results: dict[str, object] = {}
        self._scale = bqplot.LinearScale(min=0.5, max=state.length + 0.5, allow_padding=False)
        self.form = OptimizationForm(state.length)
        self._build_viewer()
        self.run_button = button(
            "Run", "Optimise an input for each model", self.run, icon="play", button_style="primary"
        )
        self.cancel_button = button("Cancel", "Stop; keep what is there", self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self.progress = W.FloatProgress(
            value=0.0, min=0.0, max=1.0, layout={"width": "min(320px, 60%)"}
        )
        self._line = W.HTML("Not run yet. Press Run.")
        self._line.add_class("dw-readout")
        self._tracks, self._rows = {}, {}
        for name in state.models:
            track = LogoTrack(
                self._scale, self.colours, height=120, y_label="bits", with_x_axis=True
            )
            self._tracks[name], self._rows[name] = track, FigureRow(name, track.figure)
            self._rows[name].show("", figure=False)
            self.unseen += track.unseen
        self._table = W.HTML()
        self.design = DesignPanel(state, self.chosen_results)
        self.unseen += self.design.unseen
        self.downloads = Downloads({"SVG": self._svg, "CSV": self._csv, "FASTA": self._fasta})
        self.downloads.widget.layout.display = "none"
        self._copy = W.HTML()
        self.widget = W.VBox(
            [
                note(
                    "Gradient ascent looks for the input that each model scores highest: "
                    "S(x) − λ‖x‖², S being the class score, the log-odds of “bound”. The logo is "
                    "that input as a PWM, of the moment when the DNA read off it scored highest; "
                    "that DNA’s score is the honest number. The paper’s way (free, then clamped) "
                    "lets the network see inputs that are no DNA: its relaxed score soars while "
                    "the DNA’s falls."
                ),
                controls(*self.form.controls),
                controls(self.run_button, self.cancel_button, self.progress),
                self._line,
                self._viewer,
                *(row.widget for row in self._rows.values()),
                self._table,
                controls(self.downloads.widget, self._copy),
                self.design.widget,
            ]
        )

    def _build_viewer(self) -> None:
        """Which restart is shown, and when in its run."""
        self.restart = W.Dropdown(
            options=[("best", 0)],
            description="Show restart",
            tooltip="Restarts, best discrete score first",
            layout={"width": "200px"},
            style={"description_width": "initial"},
        )
        self.replay = W.IntSlider(
            value=0,
            min=0,
            max=0,
            description="Replay",
            tooltip="How the input came to be: the PWM at stored points of the run",
            readout=False,
            layout={"width": "min(340px, 70%)"},
            style={"description_width": "initial"},
        )
        name_part(self.state, self.replay, ["Replay"], ".noUi-handle")
        self._moment = W.HTML()
        self._viewer = controls(self.restart, self.replay, self._moment)
        self._viewer.layout.display = "none"
        self.restart.observe(lambda _: self._draw(), "value")
        self.replay.observe(lambda _: self._draw_logos(), "value")

    def run(self) -> None:
        """Start a run with the settings shown; does nothing while one is under way."""
        if self.state.long.busy(_SLOT):
            return
        settings = self.form.settings
        self.run_button.disabled, self.cancel_button.disabled = True, False
        self.progress.value = 0.0
        self._line.value = escape(waiting_words(self.state.long, _SLOT))
        self.progress.bar_style = ""

        self.state.long.submit(
            _SLOT,
            lambda job: self._optimize(settings, job),
            self._finish,
        )

    def _optimize(self, settings, job) -> dict[str, object]:
        self._report("", 0.0, "Starting …")
        return run_optimization(self.state.models, settings, job.cancel, self._report)

    def cancel(self) -> None:
        """Ask the run to stop; what it has so far is shown."""
        if self.state.long.busy(_SLOT):
            self._line.value = "Stopping …"
        self.state.cancel_long(_SLOT, lambda _: self._finish({}, None))

    def refresh(self, changed: frozenset[str]) -> None:
        if "palette" in changed:
            for track in self._tracks.values():
                track.letters.recolour(self.colours)

    def _report(self, name: str, share: float, line: str) -> None:
        with self.state.paint_lock:
            self.progress.value = share
            self._line.value = escape(line)

    def _finish(self, results, error: Exception | None) -> None:
        with self.state.paint_lock:
            self.run_button.disabled, self.cancel_button.disabled = False, True
            if error is not None:
                self.progress.bar_style = "danger"
                self._line.value = error_text(error)
                return
            if not results:
                self._line.value = "Cancelled before anything was computed."
                return
            self._results = results
            stopped = len(results) < len(self.state.models) or any(
                getattr(r, "cancelled", False) for r in results.values()
            )
            failed = len(results) - len(self._good())
            self.progress.value = self.progress.value if stopped else 1.0
            self.progress.bar_style = "danger" if failed else "warning" if stopped else "success"
            if failed:
                self._line.value = f"{failed} of {len(results)} models failed; see why below."
            else:
                self._line.value = "Cancelled; what was reached is shown." if stopped else "Done."
            restarts = max((len(r.discrete_scores) for r in self._good().values()), default=1)
            self.restart.options = [
                ("best" if i == 0 else f"{i + 1} of {restarts}", i) for i in range(restarts)
            ]
            last = max((len(r.snapshots) for r in self._good().values()), default=1) - 1
            with self.replay.hold_trait_notifications():
                self.replay.max, self.replay.value = last, last
            self._viewer.layout.display = "" if self._good() else "none"
            self._draw()

    def _good(self) -> dict[str, object]:
        return {n: r for n, r in self._results.items() if not isinstance(r, Exception)}

    def _restart_of(self, result) -> int:
        order = result.best_first
        return int(order[min(self.restart.value or 0, len(order) - 1)])

    def _draw(self) -> None:
        good = self._good()
        self.state.optimized = self.chosen_results()
        self.downloads.clear()
        self.downloads.widget.layout.display = "" if good else "none"
        if good:
            self._scale.max = max(r.pwm.shape[1] for r in good.values()) + 0.5
        for name, row in self._rows.items():
            result = self._results.get(name)
            if isinstance(result, Exception):
                row.show(f"<b>{escape(name)}</b>{error_text(result)}", figure=False)
            elif result is None:
                row.show(f"<b>{escape(name)}</b> · not reached", figure=False)
            else:
                row.show(self._title(name, result), figure=True)
        self._draw_logos()
        self._table.value = self._scores_table(good)
        shown = {name: [restart] for name, (_, restart) in self.chosen_results().items()}
        self._copy.value = copy_button("Copy as FASTA", self._records(shown)) if good else ""

    def _draw_logos(self) -> None:
        """The PWMs at the moment of the replay slider; at its end, the result."""
        at_end = self.replay.value >= self.replay.max
        logos = []
        for name, result in self._good().items():
            restart = self._restart_of(result)
            moment = min(self.replay.value, len(result.snapshots) - 1)
            pwm = result.pwm[restart] if at_end else result.snapshots[moment, restart]
            heights = information_heights(pwm)
            self._tracks[name].draw(heights, 0, (0.0, 2.0))
            words = f"{heights.sum():.1f} bits in all. Sequence: {result.sequences[restart]}."
            logos.append((self._tracks[name].figure, f"Optimised input of {name}", words))
            self._moment.value = (
                "the result"
                if at_end
                else f"after {int(result.snapshot_iterations[moment]):,} iterations"
            )
        describe(self.state, *logos)

    def _title(self, name: str, result) -> str:
        restart = self._restart_of(result)
        return (
            f'<div class="dw-track-title"><span class="dw-swatch" '
            f'style="background:{self.model_colour(name)}"></span><b>{escape(name)}</b> · '
            f"sequence scores S {result.discrete_scores[restart]:+.2f}, "
            f"P(bound) {result.discrete_probabilities[restart]:.3f}; relaxed input "
            f"{result.relaxed_scores[restart]:+.2f}"
            f'<div class="dw-mono dw-note">{escape(result.sequences[restart])}</div></div>'
        )

    def _scores_table(self, good: dict) -> str:
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
            '<div class="dw-scroll"><table class="dw-table"><tr><th>Model</th><th>Restart</th>'
            "<th>S of the sequence</th><th>P(bound)</th><th>S of the relaxed input</th>"
            '<th title="Restarts of one number found the same pattern">Pattern</th>'
            '<th title="How far off, and on which strand, this restart has its pattern">'
            "shift, strand</th>"
            f"<th>Iteration</th></tr>{''.join(lines)}</table></div>"
        )

    def chosen_results(self) -> dict[str, tuple[object, int]]:
        """Model name -> its result and the restart shown."""
        return {name: (r, self._restart_of(r)) for name, r in self._good().items()}

    def _svg(self) -> tuple[str, str, bytes]:
        drawn = optimization_picture(self.chosen_results(), "Class optimization", self.colours)
        return "class_optimization.svg", "image/svg+xml", drawn.encode()

    def _csv(self) -> tuple[str, str, bytes]:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["model", "restart", "position", *"ACGT"])
        for name, (result, restart) in self.chosen_results().items():
            number = result.rank(restart)
            for i, row in enumerate(result.pwm[restart]):
                table.writerow([name, number, i + 1, *(f"{p:.5f}" for p in row)])
        return "class_optimization.csv", "text/csv", text.getvalue().encode()

    def _fasta(self) -> tuple[str, str, bytes]:
        every = {name: result.best_first for name, result in self._good().items()}
        return "class_optimization.fa", "text/x-fasta", self._records(every).encode()

    def _records(self, restarts: Mapping[str, Iterable[int]]) -> str:
        """The optima of these restarts of each model, as FASTA."""
        good = self._good()
        return "".join(
            f">{' '.join(name.split())} restart {good[name].rank(i)} "
            f"class_score {good[name].discrete_scores[i]:+.3f}\n{good[name].sequences[i]}\n"
            for name, some in restarts.items()
            for i in some
        )
