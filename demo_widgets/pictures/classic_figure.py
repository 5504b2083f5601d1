"""The paper's stacked figure of one sequence, at print size.

Sequence, one saliency strip a model, forward and backward temporal strips of each recurrent
model on one x axis; under them the optimised input of each model as a logo. After figures 2
to 4 of Lanchantin et al. 2017 (PSB 22:254).

Drawn in units of a twelfth of the text size, so that parts of the other pictures fit: text of 12
units is ``FigureWidth.text_pt`` points in print, and no text is below 10.4 units.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.figure_content import FigureContent, FigureWidth
from demo_widgets.pictures.palette import EDIT_COLOUR, SALIENCY_RAMP, SCORE_RAMP, SIGNED_RAMP, Ramp
from demo_widgets.pictures.scales import information_heights, shared_limits
from demo_widgets.pictures.svg import Panel, Picture
from demo_widgets.pictures.text_width import fitted, text_width, wrapped
from demo_widgets.sequences import as_one_hot

__all__ = ["base_width_pt", "classic_figure"]

_FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_SMALL = 10.5
_LEFT, _RIGHT, _TOP = 6.0, 12.0, 6.0
_HEADING, _AXIS = 40.0, 38.0
_LETTERS, _STRIP, _GAP = 17.0, 15.0, 4.0
_LOGO = 40.0
_SIDE = 34.0  # room for "fwd", "bwd" or an axis between a model's name and its row
_FRAME = "#9a9a9a"
_LABELS = {1: "bound", 0: "unbound", None: "not known"}


def classic_figure(content: FigureContent, width: FigureWidth, colours: dict[str, str]) -> str:
    """Draw the figure.

    Parameters
    ----------
    content
        What to show.
    width
        A value of :data:`FIGURE_WIDTHS`, or another.
    colours
        Base -> colour.

    Returns
    -------
    str
        An SVG document whose width and height are in millimetres.
    """
    return _ClassicFigure(content, width, colours).draw()


def base_width_pt(content: FigureContent, width: FigureWidth) -> float:
    """Width of one base of the sequence in print, in points."""
    return _ClassicFigure(content, width, {}).column * width.unit_pt


class _ClassicFigure:
    """Lays out the panels from top to bottom and draws them."""

    def __init__(self, content: FigureContent, width: FigureWidth, colours: dict[str, str]) -> None:
        self.content, self.width, self.colours = content, width, colours
        names = {*content.saliency, *content.temporal, *content.optimized}
        longest = max((text_width(name, 12) for name in names), default=0.0)
        self.names = min(longest, 0.28 * width.units)
        self.left = _LEFT + self.names + _SIDE
        self.plot = width.units - self.left - _RIGHT
        start, end = content.window
        self.column = self.plot / (end - start)
        self.x_range = (start + 0.5, end + 0.5)

    def draw(self) -> str:
        content = self.content
        panels: list[tuple[float, Callable[[float], None]]] = []
        saliency, temporal, logos = content.saliency, content.temporal, content.optimized
        strips = _LETTERS + _GAP + len(saliency) * (_STRIP + _GAP)
        heading = _HEADING if saliency else 12.0
        panels.append((heading + strips + (0 if temporal else _AXIS), self._saliency))
        if temporal:
            rows = len(temporal) * (2 * _STRIP + 2 * _GAP + 1)
            panels.append((_HEADING + rows + _AXIS, self._temporal))
        if logos:
            rows = len(logos) * (_LOGO + 2 * _GAP)
            panels.append((_HEADING - 10 + rows + _AXIS, self._logos))
        lines = self._heading_lines()
        top = _TOP + 16 + 15 * len(lines)
        height = top + sum(size for size, _ in panels)
        title = f"Deep Motif Dashboard figure of {content.name}"
        self.picture = Picture(self.width.units, height, title)
        self._to_print_size(height)
        self._write_heading(lines)
        self.letters = iter("abc")
        for size, draw in panels:
            draw(top)
            top += size
        return self.picture.to_string()

    def _to_print_size(self, height: float) -> None:
        mm = self.width.unit_pt * 25.4 / 72
        self.picture.root.set("width", f"{self.width.mm:g}mm")
        self.picture.root.set("height", f"{height * mm:.2f}mm")
        self.picture.root.set("font-family", _FONTS)

    def _heading_lines(self) -> list[str]:
        scores = [f"{name} {p:.3f}" for name, p in self.content.probabilities.items()]
        if scores:
            scores[0] = f"P(bound): {scores[0]}"
        start, end = self.content.window
        whole = (start, end) == (0, len(self.content.sequence))
        span = f"{len(self.content.sequence):,} bp"
        if not whole:
            span = f"positions {start + 1:,}–{end:,} of {span}"
        label = f"label{' before the edits' if self.content.edited else ''}"
        pieces = [f"{label}: {_LABELS[self.content.label]}", span, *scores]
        return wrapped(pieces, 12, self.width.units - _LEFT - _RIGHT)

    def _write_heading(self, lines: list[str]) -> None:
        edited = " (edited)" if self.content.edited else ""
        room = self.width.units - _LEFT - _RIGHT - text_width(edited, 14.5)
        name = fitted(self.content.name, 14.5, room) + edited
        self.picture.text(_LEFT, _TOP + 13, name, **{"font-weight": "bold", "font-size": "14"})
        for row, line in enumerate(lines):
            self.picture.text(_LEFT, _TOP + 30 + 15 * row, line)

    def _saliency(self, top: float) -> None:
        content = self.content
        results = content.saliency
        ramp = SALIENCY_RAMP
        if results:
            _, high = shared_limits([r.importance for r in results.values()])
            words, short, unit = "Saliency maps", "Saliency", "|dS/dx|"
            method = METHODS[next(iter(results.values())).method]
            if method.signed:
                words = short = method.label
                ramp, unit = SIGNED_RAMP, "evidence in S"
            words = f"{words}: the bases that the score depends on"
            self._panel_heading(top, words, short, ramp, unit, high)
        y = top + (_HEADING if results else 12.0)
        one_hot = as_one_hot([content.sequence])[0][content.part]
        panel = self._row(y, _LETTERS)
        panel.logo(one_hot, self.colours, content.part.start)
        self._underline_edits(panel, y + _LETTERS + 1)
        y += _LETTERS + _GAP
        for name, result in results.items():
            self._name(name, y, _STRIP)
            panel = self._strip(y, result.importance[0] / high, ramp)
            y += _STRIP + _GAP
        if not content.temporal:
            panel.x_axis("position (bp)", spacing=45)

    def _underline_edits(self, panel: Panel, top: float) -> None:
        start, end = self.content.window
        for position in self.content.edited_positions:
            if start <= position < end:
                left = float(panel.x(position + 0.6))
                right = float(panel.x(position + 1.4))
                self.picture.rect(left, top, right - left, 2, EDIT_COLOUR)

    def _temporal(self, top: float) -> None:
        words = "Temporal output scores, read forward (fwd) and backward (bwd)"
        self._panel_heading(top, words, "Temporal scores", SCORE_RAMP, "P(bound)", 1.0)
        y = top + _HEADING
        for name, result in self.content.temporal.items():
            self._name(name, y, 2 * _STRIP + 1)
            for side, values in (("fwd", result.forward[0]), ("bwd", result.backward[0])):
                self.picture.text(
                    self.left - 5, y + _STRIP / 2 + 3.7, side,
                    anchor="end", **{"font-size": f"{_SMALL}"},
                )  # fmt: skip
                self._strip(y, values, SCORE_RAMP)
                y += _STRIP + 1
            y += 2 * _GAP - 1
        self._row(y - 2 * _GAP, _GAP).x_axis("position (bp)", spacing=45)

    def _logos(self, top: float) -> None:
        self._panel_letter(top + 18)
        words = "Class optimization: the input each model scores highest"
        room = self.width.units - _LEFT - 18 - _RIGHT
        short = words if text_width(words, 12) <= room else "Class optimization"
        self.picture.text(_LEFT + 16, top + 18, short)
        y = top + _HEADING - 10
        length = max(result.pwm.shape[1] for result, _ in self.content.optimized.values())
        for name, (result, restart) in self.content.optimized.items():
            self._name(name, y, _LOGO - 12)
            score = fitted(f"S {result.discrete_scores[restart]:+.1f}", _SMALL, self.names)
            self.picture.text(_LEFT, y + _LOGO / 2 + 11, score, **{"font-size": f"{_SMALL}"})
            panel = Panel(
                self.picture, (self.left, y, self.plot, _LOGO), (0.5, length + 0.5), (0, 2)
            )
            self._bits_axis(panel, y)
            panel.logo(information_heights(result.pwm[restart]), self.colours)
            y += _LOGO + 2 * _GAP
        panel.x_axis("position in the optimised input (bp)", spacing=45)

    def _bits_axis(self, panel: Panel, top: float) -> None:
        self.picture.line(self.left - 2, top, self.left - 2, top + _LOGO, _FRAME, 0.8)
        for tick, words in ((0.0, "0"), (1.0, "bits"), (2.0, "2")):
            y = float(panel.y(tick))
            if tick != 1.0:
                self.picture.line(self.left - 5, y, self.left - 2, y, _FRAME, 0.8)
            self.picture.text(
                self.left - 7, y + 4 * tick, words,
                anchor="end", **{"font-size": f"{_SMALL}"},
            )  # fmt: skip

    def _row(self, top: float, height: float) -> Panel:
        return Panel(self.picture, (self.left, top, self.plot, height), self.x_range, (0, 1))

    def _strip(self, top: float, values: np.ndarray, ramp: Ramp) -> Panel:
        """Draw one cell per position of the window, in a thin frame."""
        panel = self._row(top, _STRIP)
        panel.strip(values[self.content.part], ramp, 0.0, 1.0, start=self.content.part.start)
        self.picture.frame(self.left, top, self.plot, _STRIP, _FRAME)
        return panel

    def _name(self, name: str, top: float, height: float) -> None:
        self.picture.text(_LEFT, top + height / 2 + 4.2, fitted(name, 12, self.names))

    def _panel_letter(self, y: float) -> None:
        self.picture.text(
            _LEFT, y, next(self.letters), **{"font-weight": "bold", "font-size": "14"}
        )

    def _panel_heading(
        self, top: float, words: str, short: str, ramp: Ramp, unit: str, high: float
    ) -> None:
        """Draw a panel's letter and title at left, its colour bar with numbers at right."""
        y = top + 21
        bar = 0.2 * self.width.units
        left = self.width.units - _RIGHT - bar
        unit_room = text_width(unit, 12) + 12
        room = left - unit_room - _LEFT - 16
        self._panel_letter(y)
        self.picture.text(_LEFT + 16, y, words if text_width(words, 12) <= room else short)
        self.picture.text(left - 6, y, unit, anchor="end")
        cells = Panel(self.picture, (left, y - 9, bar, 9), (0.5, 48.5), (0, 1))
        cells.strip(np.linspace(ramp.low, ramp.high, 48), ramp, 0.0, 1.0)
        self.picture.frame(left, y - 9, bar, 9, _FRAME)
        for place, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            at = left + place * bar
            value = high * (ramp.low + place * (ramp.high - ramp.low))
            self.picture.line(at, y, at, y + 2.5, _FRAME, 0.8)
            self.picture.text(
                at, y + 12, f"{value:.3g}", anchor=anchor, **{"font-size": f"{_SMALL}"}
            )
