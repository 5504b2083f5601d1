"""The Figure tab: the paper's stacked figure and the report."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.engine.optima import shown_optima
from demo_widgets.dashboard.engine.request import PREDICTION, SALIENCY, TEMPORAL, Requests
from demo_widgets.dashboard.parts.elements import Downloads, controls, error_text, info_text, note
from demo_widgets.dashboard.parts.fields import choice
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.figure.report_panel import ReportPanel
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import ModelError
from demo_widgets.interpret.results import OptimizationResult
from demo_widgets.pictures.classic_figure import base_width_pt, classic_figure
from demo_widgets.pictures.export import svg_to_pdf, svg_to_png
from demo_widgets.pictures.figure_content import FIGURE_WIDTHS, FigureContent, FigureWidth
from demo_widgets.pictures.logo import MAX_LETTERS
from demo_widgets.pictures.palette import BASE_PALETTES

__all__ = ["FigureTab"]

_ROWS = {
    "saliency": "Importance of bases",
    "temporal": "Temporal scores",
    "optimized": "Optimised logos",
}
_READABLE_PT = 3.0  # letters narrower than this get a warning
_CARD = '<div class="dw-print" style="max-width:{width}px">{svg}</div>'


class FigureTab(TabView):
    """Settings of the figure, a preview at print size, and its files."""

    title = "Figure"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._picture = ""  # SVG; empty while there is none
        self.models = {name: _tick(name, "Include this model") for name in self.engine.models}
        self.rows = {key: _tick(words, f"Include: {words}") for key, words in _ROWS.items()}
        self.width = _choice(
            "Width", list(FIGURE_WIDTHS), "Printed width; text is drawn at print size", 270
        )
        self.palette = _choice("Bases", list(BASE_PALETTES), "Colours of the bases", 190)
        self.palette.value = self.session.palette
        self.span = _choice(
            "Positions", ["whole sequence", "visible window"], "Which positions to show", 240
        )
        self.messages, self.card = W.HTML(), W.HTML()
        self.card.add_class("dw-scroll")
        self.downloads = Downloads({"SVG": self._svg, "PNG": self._png, "PDF": self._pdf})
        self.downloads.widget.layout.display = "none"
        self.report = ReportPanel(workspace)
        self.unseen += self.report.unseen
        for tick in self.models.values():
            tick.observe(lambda _: self._fetch(), "value")
        for control in (*self.rows.values(), self.width, self.palette, self.span):
            control.observe(lambda _: self._fetch(), "value")
        self.widget = W.VBox(
            [
                note(
                    "The paper’s figure of the current sequence at print size. Text and shapes "
                    "stay editable in SVG and PDF; PNG has 600 dots per inch (slide: 300). The "
                    "importance of bases is computed by the method chosen in the Saliency tab."
                ),
                controls(W.HTML("Models"), *self.models.values()),
                controls(W.HTML("Rows"), *self.rows.values()),
                controls(self.width, self.palette, self.span),
                self.messages,
                self.card,
                self.downloads.widget,
                self.report.widget,
            ]
        )

    def refresh(self, changed: frozenset[str]) -> None:
        if changed - {"position", "window"}:
            self.report.forget()
        if "palette" in changed and self.palette.value != self.session.palette:
            self.palette.value = self.session.palette
            return
        if changed == {"window"} and self.span.index == 0:
            return
        if changed != {"position"}:
            self._fetch()

    def _chosen(self) -> list[str]:
        return [name for name, tick in self.models.items() if tick.value]

    def _requests(self) -> Requests[tuple[str, str], Any]:
        """``(kind, model)`` -> requests for the figure with the chosen settings."""
        method, settings = self.session.attribution
        wanted: list[Requests[str, Any]] = [self.of_each_model(PREDICTION)]
        if self.rows[SALIENCY].value:
            wanted.append(self.of_each_model(SALIENCY, method=method, **dict(settings)))
        if self.rows[TEMPORAL].value:
            wanted.append(self.of_each_model(TEMPORAL))
        chosen = self._chosen()
        return {(r[name].kind, name): r[name] for r in wanted for name in chosen}

    def _fetch(self) -> None:
        self.downloads.clear()
        if not self._chosen():
            self._show_nothing(info_text("Select at least one model."))
            return
        if not self._picture:
            self.messages.value = '<p class="dw-note">Computing the figure …</p>'
        self.fetch("the figure", self._requests(), self._paint)

    def _paint(self, results: dict[tuple[str, str], Any]) -> None:
        self.downloads.clear()
        good: dict[str, dict[str, Any]] = {PREDICTION: {}, SALIENCY: {}, TEMPORAL: {}}
        messages, timeless = [], []
        for (kind, name), answer in results.items():
            if not isinstance(answer, Exception):
                good[kind][name] = answer
            elif kind == TEMPORAL and not self.engine.models[name].can("prefixes"):
                timeless.append(name)
            elif kind == TEMPORAL and isinstance(answer, ModelError):
                messages.append(info_text(f"{name} has no temporal strips: {answer}"))
            else:
                messages.append(f"<b>{escape(name)}</b>{error_text(answer)}")
        if timeless:
            messages.append(_about_timeless(timeless))
        messages.append(self._about_logos())
        self._draw(good, messages)

    def _optima(self) -> dict[str, tuple[OptimizationResult, int]]:
        return shown_optima(self.engine.optimized, self.session.restart_rank)

    def _about_logos(self) -> str:
        if not self.rows["optimized"].value:
            return ""
        missing = [name for name in self._chosen() if name not in self._optima()]
        if not missing:
            return ""
        return info_text(
            f"Left out: the optimised logo of {', '.join(missing)}. "
            "Run class optimization in its tab first."
        )

    def _draw(self, good: dict[str, dict[str, Any]], messages: list[str]) -> None:
        session = self.session
        if not any(good.values()):
            self._show_nothing("".join(messages))
            return
        optima = self._optima() if self.rows["optimized"].value else {}
        edited = session.is_edited and not session.subject.is_typed
        content = FigureContent(
            name=session.name,
            edited=edited,
            edited_positions=tuple(session.edits.edited_positions) if edited else (),
            label=session.label,
            sequence=session.sequence,
            window=(0, session.length) if self.span.index == 0 else session.window,
            probabilities={name: p.probability for name, p in good[PREDICTION].items()},
            saliency=good[SALIENCY],
            temporal=good[TEMPORAL],
            optimized={name: optima[name] for name in self._chosen() if name in optima},
        )
        self._picture = classic_figure(content, self._width, BASE_PALETTES[self.palette.value])
        messages.append(self._about_letters(content))
        shown = int(96 / 25.4 * self._width.mm * (1.6 if self._width.text_pt < 10 else 1.0))
        self.messages.value = "".join(messages)
        self.card.value = _CARD.format(width=shown, svg=self._picture)
        self.downloads.widget.layout.display = ""

    def _about_letters(self, content: FigureContent) -> str:
        start, end = content.window
        if end - start > MAX_LETTERS:
            return info_text(
                f"{end - start:,} positions are too many for letters: coloured bars are drawn "
                "instead. Zoom in and choose “visible window”."
            )
        size = base_width_pt(content, self._width)
        if size >= _READABLE_PT:
            return ""
        return info_text(
            f"A base is {size:.1f} pt wide in print: hard to read as a letter. Choose a wider "
            "figure, or zoom in and choose “visible window”."
        )

    def _show_nothing(self, message: str) -> None:
        self._picture = ""
        self.messages.value, self.card.value = message, ""
        self.downloads.widget.layout.display = "none"

    @property
    def _width(self) -> FigureWidth:
        return FIGURE_WIDTHS[self.width.value]

    def _file(self, suffix: str) -> str:
        return f"figure_{self.shown_subject.row + 1}.{suffix}"

    def _svg(self) -> tuple[str, str, bytes]:
        return self._file("svg"), "image/svg+xml", self._picture.encode()

    def _png(self) -> tuple[str, str, bytes]:
        png = svg_to_png(self._picture, self.shown_subject.name, dpi=self._width.dpi)
        return self._file("png"), "image/png", png

    def _pdf(self) -> tuple[str, str, bytes]:
        pdf = svg_to_pdf(self._picture, self.shown_subject.name)
        return self._file("pdf"), "application/pdf", pdf


def _about_timeless(names: list[str]) -> str:
    """Name in one sentence the models without a recurrent layer."""
    if len(names) == 1:
        return info_text(f"{names[0]} has no temporal strips: it has no recurrent layer.")
    every = f"{', '.join(names[:-1])} and {names[-1]}"
    return info_text(f"{every} have no temporal strips: they have no recurrent layer.")


def _tick(words: str, tooltip: str) -> W.Checkbox:
    made = W.Checkbox(value=True, description=words, tooltip=tooltip, indent=False)
    made.layout.width = "auto"
    return made


def _choice(words: str, options: list[str], tooltip: str, width: int) -> W.Dropdown:
    return choice(words, options, tooltip, f"{width}px")
