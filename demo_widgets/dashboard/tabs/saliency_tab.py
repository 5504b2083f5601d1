"""The Saliency tab: which bases made each model say what it says."""

from __future__ import annotations

from html import escape

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.tracks import LogoTrack
from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.page.accessibility import describe, name_part
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    FigureRow,
    controls,
    error_text,
    ramp_legend,
    window_buttons,
)
from demo_widgets.dashboard.parts.known_motifs import KnownMotifs
from demo_widgets.dashboard.parts.method_options import MethodOptions, axis_label
from demo_widgets.dashboard.tabs.base import NEW_BASES
from demo_widgets.dashboard.tabs.mutations.every_substitution import EverySubstitution
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.alt_text import saliency_summary
from demo_widgets.pictures.palette import SALIENCY_RAMP, SIGNED_RAMP
from demo_widgets.pictures.scales import shared_limits
from demo_widgets.pictures.view_pictures import saliency_picture
from demo_widgets.pictures.view_tables import saliency_table

__all__ = ["SaliencyTab"]

LARGEST_GAP = 0.1
"""Relative completeness gap from which integrated gradients are said not to add up."""


class SaliencyTab(TrackTab):
    """One logo track per model on one x axis and one y scale, heat strip under each."""

    title = "Saliency"
    news = NEW_BASES | {"substitutions"}

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._shown: dict[str, object] = {}
        self._method_shown = METHODS["saliency"]
        self.method = W.Dropdown(
            options=[(method.label, key) for key, method in METHODS.items()],
            description="Method",
            tooltip="How a base's importance is computed",
            layout={"width": "270px"},
            style={"description_width": "initial"},
        )
        self._options = W.HBox(layout={"flex_flow": "row wrap"})
        self._option_rows = {
            key: MethodOptions(method, self._fetch) for key, method in METHODS.items()
        }
        self.unseen += [row.widget for row in self._option_rows.values()]
        self.scale = W.Dropdown(
            options=[
                ("shared by the models", "shared"),
                ("shared, kept for all sequences", "kept"),
                ("each model its own", "own"),
            ],
            description="Scale",
            tooltip="Which heights can be compared: across models, across sequences, or neither",
            layout={"width": "270px"},
            style={"description_width": "initial"},
        )
        self.pan = W.ToggleButton(
            description="Pan & zoom",
            icon="arrows-h",
            tooltip="Drag to pan, scroll to zoom. While on, hover and click are off",
            layout={"width": "auto"},
        )
        self.click_mutates = W.ToggleButton(
            description="Click mutates",
            icon="pencil",
            tooltip="While on, a click changes a base to the next of A, C, G, T",
            layout={"width": "auto"},
        )
        self._about, self._readout = W.HTML(), W.HTML()
        self._readout.add_class("dw-readout")
        name_part(state, self._readout, [""], ".widget-html-content", role="status")
        self._tooltip = W.HTML()
        self.unseen.append(self._tooltip)
        self._rows = {}
        names = list(state.models)
        for name in names:
            track = LogoTrack(
                window.scale,
                self.colours,
                strip=SALIENCY_RAMP,
                with_x_axis=name == names[-1],
                on_hover=self._read_out,
                on_click=self._choose,
                tooltip=self._tooltip,
            )
            self._tracks[name], self._rows[name] = track, FigureRow(name, track.figure)
            self.unseen += track.unseen
        self._mark_edits(0.115, 0.15)  # between the strip and the letters
        self._every = EverySubstitution(
            state,
            self.title,
            "In-silico mutagenesis of so long a sequence takes a while: it is computed when asked "
            "for.",
        )
        self.unseen += self._every.unseen
        self._kept_limits: dict[str, tuple[float, float]] = {}
        self._known = KnownMotifs(state, window, self.title)
        self.unseen += self._known.unseen
        self.downloads = Downloads({"SVG": self._svg, "CSV": self._csv})
        self.method.observe(lambda _: self._take_method(), "value")
        self._take_method(fetch=False)
        self.scale.observe(lambda _: self._draw(), "value")
        self.pan.observe(self._set_pan, "value")
        self.widget = W.VBox(
            [
                controls(
                    self.method,
                    *window_buttons(window),
                    self.pan,
                    self.click_mutates,
                    self.scale,
                ),
                self._options,
                self._every.widget,
                self._about,
                self._readout,
                *(row.widget for row in self._rows.values()),
                self._known.widget,
                self.downloads.widget,
            ]
        )

    def _fetch(self) -> None:
        options = self._option_rows[self.method.value].values
        self.state.attribution = (self.method.value, tuple(sorted(options.items())))
        by_mutagenesis = self.method.value == "in_silico_mutagenesis"
        self._every.offer(by_mutagenesis)
        if by_mutagenesis and self._every.wanted:
            self._show_nothing()
            return
        wanted = self._requests()
        self.fetch("saliency", wanted, lambda r: self._paint(wanted, r))

    def _show_nothing(self) -> None:
        """Nothing is computed unasked: the button above the tracks offers it."""
        self.ask_nothing()
        self._shown = {}
        self._about.value = self._readout.value = ""
        self.downloads.clear()
        for name, row in self._rows.items():
            row.show(f"<b>{escape(name)}</b> · not computed yet", figure=False)

    def _take_method(self, *, fetch: bool = True) -> None:
        self._options.children = (self._option_rows[self.method.value].widget,)
        if fetch:
            self._fetch()

    def _requests(self) -> dict[str, Request]:
        sequence = self.state.sequence
        options = self._option_rows[self.method.value].values
        return {
            name: Request.of("saliency", name, sequence, method=self.method.value, **options)
            for name in self.state.models
        }

    def _paint(self, wanted: dict[str, Request], results) -> None:
        if wanted != self._requests():
            return
        self._shown = {name: results[request] for name, request in wanted.items()}
        self.downloads.clear()
        self._method_shown = method = METHODS[self.method.value]
        ramp = SIGNED_RAMP if method.signed else SALIENCY_RAMP
        ends = ("against", "for “bound”") if method.signed else ("none", "highest")
        self._about.value = (
            f'<p class="dw-note">{escape(method.shows)} <b>Misleads:</b> '
            f"{escape(method.misleads)} {ramp_legend(ramp, *ends)}. S is the class "
            "score: for two classes the log-odds of “bound”.</p>"
        )
        for name, track in self._tracks.items():
            result = self._shown[name]
            failed = isinstance(result, Exception)
            track.set_ramp(ramp)
            track.y_axis.label = axis_label(method)
            title = (
                f"<b>{escape(name)}</b>{error_text(result)}"
                if failed
                else self._title(name, result)
            )
            self._rows[name].show(title, figure=not failed)
        describe(
            self.state,
            *(
                (
                    self._tracks[name].figure,
                    f"{method.label} of {name} on {self.state.name}",
                    saliency_summary(result.importance[0], self.state.sequence),
                )
                for name, result in self._good().items()
            ),
        )
        self._draw()
        self._mark_position()

    def _title(self, name: str, result) -> str:
        sequence, importance = self.state.sequence, np.abs(result.importance[0])
        highest = [f"{sequence[i]}{i + 1}" for i in np.argsort(-importance, kind="stable")[:4]]
        return (
            f'<div class="dw-track-title"><span class="dw-swatch" '
            f'style="background:{self.model_colour(name)}"></span><b>{escape(name)}</b>'
            f" · P(bound) {float(result.probabilities[0]):.3f} · S {float(result.scores[0]):+.2f}"
            f" · highest {', '.join(highest)}{_completeness(result)}</div>"
        )

    def _good(self) -> dict[str, object]:
        return {n: r for n, r in self._shown.items() if not isinstance(r, Exception)}

    def _draw(self) -> None:
        if not self.is_current:
            return
        part = self._visible_part()
        for name, result in self._good().items():
            heights = result.contributions[0, part]
            self._tracks[name].draw(heights, part.start, self._limits_of(result))

    def _limits_of(self, result) -> tuple[float, float]:
        """The y scale of a model's track, as the scale control asks."""
        if self.scale.value == "own":
            return shared_limits([result.importance])
        key = self._method_shown.key
        if self.scale.value == "shared" or key not in self._kept_limits:
            every = [r.importance for r in self._good().values()]
            self._kept_limits[key] = shared_limits(every)
        return self._kept_limits[key]

    def _mark_position(self) -> None:
        for track in self._tracks.values():
            track.choose(self.state.position)
        self._read_out(self.state.position)

    def _read_out(self, position: int) -> None:
        if not self.is_current or position >= self.state.length:
            return
        base = self.state.sequence[position]
        values = " · ".join(
            f"{escape(name)} <b>{result.importance[0, position]:+.3f}</b>"
            for name, result in self._good().items()
        )
        text = f"Position <b>{position + 1}</b> · base <b>{base}</b> · {values}"
        self._readout.value = text
        self._tooltip.value = text.replace(" · ", "<br>")

    def _choose(self, position: int) -> None:
        """Choose the base, and change it to the next of A, C, G, T while clicks mutate."""
        if position >= self.state.length:
            return
        self.state.position = position
        if self.click_mutates.value:
            base = self.state.sequence[position]
            self.state.mutate(position, "ACGT"[("ACGT".find(base) + 1) % 4])

    def _set_pan(self, change) -> None:
        for track in self._tracks.values():
            track.set_pan(change.new)

    def _svg(self) -> tuple[str, str, bytes]:
        method, subject = self._method_shown, self.shown_of
        title = f"{method.label} of {subject.name}"
        drawn = saliency_picture(self._good(), title, axis_label(method), self.colours)
        return f"saliency_{subject.row + 1}.svg", "image/svg+xml", drawn.encode()

    def _csv(self) -> tuple[str, str, bytes]:
        text = saliency_table(self._good(), self.shown_of.sequence).to_csv(index=False)
        return f"saliency_{self.shown_of.row + 1}.csv", "text/csv", text.encode()


def _completeness(result) -> str:
    """How far integrated gradients fall short of adding up; empty for other methods."""
    gap = getattr(result, "completeness_gap", None)
    if gap is None:
        return ""
    words = f" · completeness gap {float(gap[0]):+.3f}"
    if abs(float(result.relative_gap[0])) > LARGEST_GAP:
        words += ' <span class="dw-badge dw-edited">the shares do not add up</span>'
    return words
