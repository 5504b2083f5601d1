"""The Temporal tab: the prediction of a recurrent network as it reads the sequence."""

from __future__ import annotations

import ipywidgets as W
from traitlets import Bunch

from demo_widgets.dashboard.drawing.temporal_track import TemporalTrack, reading_cursor
from demo_widgets.dashboard.engine.request import TEMPORAL, Answers
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    controls,
    error_text,
    info_text,
    ramp_legend,
    window_buttons,
)
from demo_widgets.dashboard.parts.known_motifs import KnownMotifs
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import ModelError
from demo_widgets.interpret.results import TemporalResult
from demo_widgets.interpret.steepest import steepest_change
from demo_widgets.pictures.alt_text import temporal_summary
from demo_widgets.pictures.model_tracks import BACKWARD_COLOUR, FORWARD_COLOUR, temporal_picture
from demo_widgets.pictures.palette import SCORE_RAMP
from demo_widgets.pictures.view_tables import temporal_table
from demo_widgets.sequences import as_one_hot
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["TemporalTab"]


class TemporalTab(TrackTab[TemporalTrack, TemporalResult]):
    """Forward and backward curves and strips of each recurrent model, with a reading slider."""

    title = "Temporal"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.slider = W.IntSlider(
            value=self.session.position + 1,
            min=1,
            max=self.session.length,
            description="Reading position",
            tooltip="Forward scores end here; backward scores start here",
            layout={"width": "min(560px, 70%)", "min_width": "200px"},
            style={"description_width": "initial"},
        )
        self.play = W.Play(
            value=self.slider.value,
            min=1,
            max=self.session.length,
            interval=80,
            show_repeat=False,
            tooltip="Play",
        )
        self.pan = self._pan_switch("Drag to pan, scroll to zoom")
        self.unseen = [W.jslink((self.play, "value"), (self.slider, "value"))]
        self.aria.name_part(self.play, ["Play or pause the reading", "Back to the start"], "button")
        self.aria.name_part(self.slider, ["Reading position"], ".noUi-handle")
        self.aria.name_part(
            self.slider, ["Reading position, as a number"], ".widget-readout", role="textbox"
        )
        self.cursor = reading_cursor(workspace.window.scale)
        self.unseen.append(W.jsdlink((self.slider, "value"), (self.cursor, "x")))
        self._scores: dict[str, W.Dropdown] = {}
        for name in self.engine.models:
            self._build_row(name)
        self._mark_edits(0.104, 0.123)  # between the letters and the strips
        self._list = W.VBox([row.widget for row in self.rows.values()])
        self.known = KnownMotifs(workspace, self.title)
        self.unseen += self.known.unseen
        self.downloads = Downloads({"SVG": self._svg, "CSV": self._csv})
        self.slider.observe(self._take_position, "value")
        self.widget = W.VBox(
            [
                controls(
                    self.play,
                    self.slider,
                    *window_buttons(self.window),
                    self.pan,
                ),
                W.HTML(self._about()),
                self._list,
                self.known.widget,
                self.downloads.widget,
            ]
        )

    def _build_row(self, name: str) -> None:
        track = TemporalTrack(self.window.scale, self.colours, self.cursor)
        scores = W.Dropdown(
            options=["–"],
            index=0,
            tooltip=f"Scores of {name} at the reading position; choose a position to go there",
            layout={"width": "min(460px, 90%)"},
        )
        scores.add_class("dw-jump")
        self.aria.name_part(scores, [f"Scores of {name} by position"], "select")
        self.unseen.append(W.jslink((self.slider, "value"), (scores, "index")))
        self._scores[name] = scores
        self._add_row(name, track, scores)
        self.unseen.append(scores)

    @staticmethod
    def _about() -> str:
        swatch = '<span class="dw-swatch" style="background:{}"></span>'
        return (
            '<p class="dw-note">The whole model scores the bases read so far: '
            f"{swatch.format(FORWARD_COLOUR)}forward, from the left end to each position; "
            f"{swatch.format(BACKWARD_COLOUR)}backward, from each position to the right end. A "
            "jump marks bases that change the prediction; ◆ marks the steepest change. Upper "
            "strip: forward; lower strip: backward: "
            f"{ramp_legend(SCORE_RAMP, 'unbound 0', '1 bound')}</p>"
        )

    def _fetch(self) -> None:
        self.fetch("temporal scores", self.of_each_model(TEMPORAL), self._paint)

    def _paint(self, results: Answers[str, TemporalResult]) -> None:
        self.results = results
        self.downloads.clear()
        for name, result in results.items():
            if isinstance(result, Exception):
                self._show_reason(name, result)
            else:
                self._show_scores(name, result)
        self._describe()
        self._put_recurrent_first()
        self._draw()
        length = self.session.length
        with self.slider.hold_sync(), self.play.hold_sync():
            self.slider.max = self.play.max = length
        self._mark_position()

    def _describe(self) -> None:
        """Describe the curves as text, and the slider's positions with their scores."""
        good = self.good
        figures = []
        for name, result in good.items():
            rise = int(steepest_change(result.forward)[0])
            fall = int(steepest_change(result.backward, backward=True)[0])
            words = temporal_summary(result.forward[0], result.backward[0], rise, fall)
            title = f"Temporal scores of {name} on {self.session.name}"
            figures.append((self.tracks[name].figure, title, words))
        self.aria.describe(*figures)
        self.aria.name_values(
            self.slider,
            [
                ", ".join(
                    [
                        f"base {i + 1}, {base}",
                        *(f"{name} score {r.forward[0, i]:.2f}" for name, r in good.items()),
                    ]
                )
                for i, base in enumerate(self.session.sequence)
            ],
        )

    def _put_recurrent_first(self) -> None:
        """Move models without temporal scores below those that have them."""
        names = sorted(self.rows, key=lambda name: name not in self.good)
        ordered = tuple(self.rows[name].widget for name in names)
        if self._list.children != ordered:
            self._list.children = ordered

    def _show_reason(self, name: str, error: Exception) -> None:
        """Show the reason for a model without temporal scores instead of its plot."""
        words = info_text(str(error)) if isinstance(error, ModelError) else error_text(error)
        self.rows[name].show_reason(words)

    def _show_scores(self, name: str, result: TemporalResult) -> None:
        forward, backward = result.forward[0], result.backward[0]
        sequence = self.session.sequence
        rise = int(steepest_change(result.forward)[0])
        fall = int(steepest_change(result.backward, backward=True)[0])
        self.rows[name].show(
            f" · P(bound) {float(result.prediction[0]):.3f}"
            f" · steepest: forward at {rise + 1} ({sequence[rise]}),"
            f" backward at {fall + 1} ({sequence[fall]})",
            tooltip=result.algorithm,
        )
        lines = (
            f"{i} {base}:  forward {f:.3f} · backward {b:.3f}"
            for i, (base, f, b) in enumerate(zip(sequence, forward, backward, strict=True), 1)
        )
        with self._scores[name].hold_sync():
            self._scores[name].options = ["–", *lines]
            self._scores[name].index = self.session.position + 1

    def _draw(self) -> None:
        if not self.inquiry.is_current:
            return
        part = self._visible_part()
        one_hot = self.session.one_hot
        for name, result in self.good.items():
            self.tracks[name].draw(result, one_hot, part)

    def _mark_position(self) -> None:
        self.slider.value = min(self.session.position + 1, self.slider.max)

    def _take_position(self, change: Bunch) -> None:
        """Follow the slider, unless the position was chosen elsewhere since it last moved.

        The browser holds back a slider's next move while the kernel handles the previous one, so it
        may arrive after the user has opened another tab.
        """
        is_late = change.old != self.session.position + 1
        if change.new <= self.session.length and not is_late:
            self.session.position = change.new - 1

    def _svg(self) -> tuple[str, str, bytes]:
        subject = self.shown_subject
        title, one_hot = f"Temporal scores of {subject.name}", as_one_hot([subject.sequence])[0]
        drawn = temporal_picture(self.good, one_hot, title, self.colours)
        return f"temporal_{subject.row + 1}.svg", "image/svg+xml", drawn.encode()

    def _csv(self) -> tuple[str, str, bytes]:
        table = temporal_table(self.good, self.shown_subject.sequence)
        text = shown_not_run(table).to_csv(index=False)
        return f"temporal_{self.shown_subject.row + 1}.csv", "text/csv", text.encode()
