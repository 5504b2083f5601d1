"""The Saliency tab: importance of each base for each model's score."""

from __future__ import annotations

from html import escape

import ipywidgets as W
import numpy as np
from traitlets import Bunch

from demo_widgets.dashboard.drawing.tracks import LogoTrack
from demo_widgets.dashboard.engine.request import SALIENCY, Answers
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    controls,
    ramp_legend,
    window_buttons,
)
from demo_widgets.dashboard.parts.fields import choice, switch
from demo_widgets.dashboard.parts.known_motifs import KnownMotifs
from demo_widgets.dashboard.parts.method_options import MethodOptions
from demo_widgets.dashboard.tabs.mutations.every_substitution import EverySubstitution
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret.methods import METHODS, AttributionMethod
from demo_widgets.interpret.results import IntegratedGradientsResult, SaliencyResult
from demo_widgets.pictures.alt_text import saliency_summary
from demo_widgets.pictures.model_tracks import axis_label, saliency_picture
from demo_widgets.pictures.palette import SALIENCY_RAMP, SIGNED_RAMP
from demo_widgets.pictures.scales import shared_limits
from demo_widgets.pictures.view_tables import saliency_table
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["SaliencyTab"]

LARGEST_GAP = 0.1
"""Relative completeness gap above which integrated gradients are marked as not adding up."""


class SaliencyTab(TrackTab[LogoTrack, SaliencyResult]):
    """One logo track per model on a shared x axis and y scale, each with a heat strip."""

    title = "Saliency"
    news = frozenset({"subject", "attribution", "completed"})

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        window = workspace.window
        self._method_shown = METHODS["saliency"]
        self.method = choice(
            "Method",
            [(method.label, key) for key, method in METHODS.items()],
            "How a base's importance is computed",
            "270px",
        )
        self.options_box = W.HBox(layout={"flex_flow": "row wrap"})
        self.options = {
            key: MethodOptions(method, self._take_method) for key, method in METHODS.items()
        }
        self.unseen += [row.widget for row in self.options.values()]
        self.scale = choice(
            "Scale",
            [
                ("shared by all models", "shared"),
                ("shared, fixed across sequences", "kept"),
                ("one per model", "own"),
            ],
            "Whether heights compare across models or sequences",
            "270px",
        )
        self.pan = self._pan_switch("Drag to pan, scroll to zoom; disables hover and click")
        self.click_mutates = switch(
            "Click mutates", "Clicking a base changes it to the next letter", "pencil"
        )
        self._about, self.readout = W.HTML(), W.HTML()
        self.readout.add_class("dw-readout")
        self.aria.name_part(self.readout, [""], ".widget-html-content", role="status")
        self.tooltip = W.HTML()
        self.unseen.append(self.tooltip)
        names = list(self.engine.models)
        for name in names:
            track = LogoTrack(
                window.scale,
                self.colours,
                strip=SALIENCY_RAMP,
                with_x_axis=name == names[-1],
                on_hover=self._read_out,
                on_click=self._choose,
                tooltip=self.tooltip,
            )
            self._add_row(name, track)
        self._mark_edits(0.115, 0.15)  # between the strip and the letters
        self.every = EverySubstitution(
            workspace,
            self.title,
            "In-silico mutagenesis of a sequence of this length is slow, so it runs on request.",
        )
        self.unseen += self.every.unseen
        self.kept_limits: dict[str, tuple[float, float]] = {}
        self.known = KnownMotifs(workspace, self.title)
        self.unseen += self.known.unseen
        self.downloads = Downloads({"SVG": self._svg, "CSV": self._csv})
        self.method.observe(self._take_choice, "value")
        self._show_method()
        self.scale.observe(lambda _: self._draw(), "value")
        self.widget = W.VBox(
            [
                controls(
                    self.method,
                    *window_buttons(self.window),
                    self.pan,
                    self.click_mutates,
                    self.scale,
                ),
                self.options_box,
                self.every.widget,
                self._about,
                self.readout,
                *(row.widget for row in self.rows.values()),
                self.known.widget,
                self.downloads.widget,
            ]
        )

    def refresh(self, changed: frozenset[str]) -> None:
        if "attribution" in changed:
            self._show_method()
        super().refresh(changed)

    def _fetch(self) -> None:
        method, options = self.session.attribution
        by_mutagenesis = method == "in_silico_mutagenesis"
        self.every.offer(by_mutagenesis)
        if by_mutagenesis and self.every.wanted:
            self._show_nothing()
            return
        wanted = self.of_each_model(SALIENCY, method=method, **dict(options))
        self.fetch("saliency", wanted, lambda results: self._paint(METHODS[method], results))

    def _show_nothing(self) -> None:
        """Show the button above the tracks; the computation runs on request only."""
        self.inquiry.drop()
        self.results = {}
        self._about.value = self.readout.value = ""
        self.downloads.clear()
        for row in self.rows.values():
            row.show_reason(" · not computed yet")

    def _take_method(self) -> None:
        """Apply the method and options chosen by the user."""
        method = self.method.value
        self.session.attribution = (method, tuple(sorted(self.options[method].values.items())))

    def _take_choice(self, change: Bunch) -> None:
        if change.new != self.session.attribution[0]:
            self._take_method()

    def _show_method(self) -> None:
        """Set the controls to the current method."""
        method, options = self.session.attribution
        self.options[method].show(dict(options))
        self.method.value = method
        self.options_box.children = (self.options[method].widget,)

    def _paint(self, method: AttributionMethod, results: Answers[str, SaliencyResult]) -> None:
        self.results, self._method_shown = results, method
        self.downloads.clear()
        ramp = SIGNED_RAMP if method.signed else SALIENCY_RAMP
        ends = ("against", "for “bound”") if method.signed else ("none", "highest")
        self._about.value = (
            f'<p class="dw-note">{escape(method.shows)} <b>Caution:</b> '
            f"{escape(method.misleads)} {ramp_legend(ramp, *ends)}. S is the class "
            "score: for two classes the log-odds of “bound”.</p>"
        )
        for track in self.tracks.values():
            track.set_ramp(ramp)
            track.y_axis.label = axis_label(method)
        self._show_titles(self._title)
        self.aria.describe(
            *(
                (
                    self.tracks[name].figure,
                    f"{method.label} of {name} on {self.session.name}",
                    saliency_summary(result.importance[0], self.session.sequence),
                )
                for name, result in self.good.items()
            ),
        )
        self._draw()
        self._mark_position()

    def _title(self, name: str, result: SaliencyResult) -> str:
        sequence, importance = self.session.sequence, np.abs(result.importance[0])
        highest = [f"{sequence[i]}{i + 1}" for i in np.argsort(-importance, kind="stable")[:4]]
        return (
            f" · P(bound) {float(result.probabilities[0]):.3f} · S {float(result.scores[0]):+.2f}"
            f" · highest {', '.join(highest)}{_completeness(result)}"
        )

    def _draw(self) -> None:
        if not self.inquiry.is_current:
            return
        part = self._visible_part()
        for name, result in self.good.items():
            heights = result.contributions[0, part]
            self.tracks[name].draw(heights, part.start, self._limits_of(result))

    def _limits_of(self, result: SaliencyResult) -> tuple[float, float]:
        """Return the y scale of a model's track, by the scale control."""
        if self.scale.value == "own":
            return shared_limits([result.importance])
        key = self._method_shown.key
        if self.scale.value == "shared" or key not in self.kept_limits:
            every = [r.importance for r in self.good.values()]
            self.kept_limits[key] = shared_limits(every)
        return self.kept_limits[key]

    def _mark_position(self) -> None:
        for track in self.tracks.values():
            track.choose(self.session.position)
        self._read_out(self.session.position)

    def _read_out(self, position: int) -> None:
        if not self.inquiry.is_current or position >= self.session.length:
            return
        base = self.session.sequence[position]
        values = " · ".join(
            f"{escape(name)} <b>{result.importance[0, position]:+.3f}</b>"
            for name, result in self.good.items()
        )
        text = f"Position <b>{position + 1}</b> · base <b>{base}</b> · {values}"
        self.readout.value = text
        self.tooltip.value = text.replace(" · ", "<br>")

    def _choose(self, position: int) -> None:
        """Select the base; if clicks mutate, change it to the next of A, C, G, T."""
        if position >= self.session.length:
            return
        self.session.position = position
        if self.click_mutates.value:
            base = self.session.sequence[position]
            self.session.mutate(position, "ACGT"[("ACGT".find(base) + 1) % 4])

    def _svg(self) -> tuple[str, str, bytes]:
        method, subject = self._method_shown, self.shown_subject
        title = f"{method.label} of {subject.name}"
        drawn = saliency_picture(self.good, title, axis_label(method), self.colours)
        return f"saliency_{subject.row + 1}.svg", "image/svg+xml", drawn.encode()

    def _csv(self) -> tuple[str, str, bytes]:
        table = saliency_table(self.good, self.shown_subject.sequence)
        text = shown_not_run(table).to_csv(index=False)
        return f"saliency_{self.shown_subject.row + 1}.csv", "text/csv", text.encode()


def _completeness(result: SaliencyResult) -> str:
    """Return the completeness gap of integrated gradients as text; empty for other methods."""
    if not isinstance(result, IntegratedGradientsResult):
        return ""
    words = f" · completeness gap {float(result.completeness_gap[0]):+.3f}"
    if abs(float(result.relative_gap[0])) > LARGEST_GAP:
        words += ' <span class="dw-badge dw-edited">the shares do not add up</span>'
    return words
