"""The header: the sequence, each model's prediction, and the visible window."""

from __future__ import annotations

from html import escape

import bqplot
import ipywidgets as W
import numpy as np
from traitlets import Bunch

from demo_widgets.dashboard.drawing.marks import LetterMark, RegionMark, figure, position_axis
from demo_widgets.dashboard.engine.freshness import Inquiry
from demo_widgets.dashboard.engine.request import PREDICTION, Answers, Prediction, Request
from demo_widgets.dashboard.page.edit_bar import EditBar
from demo_widgets.dashboard.parts.elements import button, controls
from demo_widgets.dashboard.parts.fields import choice, number, text_field
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.pictures.palette import BASE_PALETTES, EDIT_COLOUR, MODEL_COLOURS

__all__ = ["Header"]

_SITES_COLOUR = "#8a63c9"


class Header:
    """Shows the session and the controls that change it."""

    def __init__(self, workspace: Workspace) -> None:
        self._session, self._engine = workspace.session, workspace.engine
        self._window, self._aria = workspace.window, workspace.aria
        session = workspace.session
        self._setting_brush = False  # by the window; the brush then only follows
        self._own_rows = len(session.dataset)  # rows after these were added by the user
        self.number = number(
            "Sequence",
            session.sequence_index + 1,
            1,
            len(session.dataset),
            "Number of the sequence",
            "150px",
        )
        self.search = text_field(
            "Find", "part of a name", "Go to the next sequence whose name contains this", "170px"
        )
        self.palette = choice(
            "Colours", list(BASE_PALETTES), "Colours of the bases", "180px", value=session.palette
        )
        self.title, self.count, self.scores = W.HTML(), W.HTML(), W.HTML()
        self.scores.layout.flex = "1 1 auto"
        self._inquiry = Inquiry(
            self._engine,
            lambda: session.subject,
            lambda: self.scores.add_class("dw-waiting"),
            lambda: self.scores.remove_class("dw-waiting"),
        )
        self._build_strip()
        self.number.observe(self._take_number, "value")
        self.search.observe(lambda change: self._find(change.new), "value")
        self.palette.observe(self._take_palette, "value")
        steps = W.HBox(
            [
                button("", "Previous sequence", lambda: self._step(-1), icon="chevron-left"),
                self.number,
                self.count,
                button("", "Next sequence", lambda: self._step(1), icon="chevron-right"),
            ],
            layout={"flex": "0 0 auto", "align_items": "center"},
        )
        top = controls(self.title, steps, self.search, self.palette)
        self.edit_bar = EditBar(workspace)
        self.widget = W.VBox([top, self.scores, self.strip, self.sites, self.edit_bar.widget])
        self.widget.add_class("dw-header")
        session.observe(self._show, ["subject", "dataset"])
        session.observe(self._show_window, "window")
        session.observe(self._recolour, "palette")
        self._show()

    @property
    def unseen(self) -> list[W.Widget]:
        """Widgets to close with the header that are not on the page."""
        return [self._window.scale, *self.edit_bar.unseen]

    def _build_strip(self) -> None:
        """Build the overview strip: the sequence, its known sites, and a brush for the window."""
        self._x = bqplot.LinearScale(min=0.5, max=1.5, allow_padding=False)
        y = bqplot.LinearScale(min=-0.42, max=1.0, allow_padding=False)
        self.letters = LetterMark(self._x, y, BASE_PALETTES[self._session.palette])
        self._regions = RegionMark(self._x, y, _SITES_COLOUR, 0.85)
        self.edited = RegionMark(self._x, y, EDIT_COLOUR, 1.0, stroke=2)
        self.brush = bqplot.interacts.BrushIntervalSelector(scale=self._x, color="#2c6fd1")
        axis = position_axis(self._x, "")
        self.strip = figure(
            [self._regions.mark, self.letters.mark, self.edited.mark],
            [axis],
            height=66,
            bottom=24,
            label="dw-strip",
        )
        self.strip.add_class("dw-plain")
        self.strip.interaction = self.brush
        self.sites = W.HTML()
        self.brush.observe(self._take_brush, "selected")

    def _show(self, _: Bunch | None = None) -> None:
        session, edited = self._session, self._session.edits.edited_positions
        with self.number.hold_trait_notifications():
            self.number.max = len(session.dataset)
            self.number.value = session.sequence_index + 1
        self.count.value = f"of {len(session.dataset):,}"
        label = {1: ("bound", "dw-bound"), 0: ("unbound", "dw-unbound"), None: ("no label", "")}
        words, css = label[session.label]
        badge = ""
        if session.is_edited and not session.subject.is_typed:
            badge = ' <span class="dw-badge dw-edited">edited</span>'
        self.title.value = (
            f'<span class="dw-title" title="{escape(session.name, quote=True)}">'
            f"{escape(_short(session.dataset.name or 'Sequences', 28))} · "
            f'{escape(_short(session.name, 36))}</span> <span class="dw-badge {css}">{words}</span>'
            f"{badge}"
        )
        with self._x.hold_sync():
            self._x.max = session.length + 0.5
        self.letters.draw(session.one_hot, 0)
        self.edited.draw(np.array([(i + 0.6, i + 1.4, -0.09, -0.02) for i in edited]))
        words = self._show_sites()
        edits = ", ".join(f"{i + 1}" for i in edited)
        text = f"{session.sequence}. {words}.{f' Edited positions: {edits}.' if edits else ''}"
        title = f"Sequence of {session.name}, {session.length:,} bases"
        self._aria.describe((self.strip, title, text))
        self._fetch_scores()

    def _show_sites(self) -> str:
        """Draw and list the planted sites; return them as text."""
        session, truth = self._session, self._session.dataset.truth
        boxes, words = np.zeros((0, 4)), ""
        if truth is not None and len(truth):
            here = truth[truth["sequence_index"] == session.sequence_index]
            listed = ", ".join(
                f"{row['motif']} {row['start'] + 1}–{row['end']} ({row['strand']})"
                for row in here.to_dict("records")
            )
            if session.subject.is_typed:
                words = "Pasted sequence: planted sites are not known"
            elif session.sequence_index >= self._own_rows:
                words = "Added row: planted sites are known only for the original rows"
            elif listed:
                words = (
                    f"Planted sites{' (before the edits)' if session.is_edited else ''}: {listed}"
                )
                boxes = np.array(
                    [(s + 0.5, e + 0.5, -0.36, -0.1) for s, e in here[["start", "end"]].values]
                )
            else:
                words = "No planted sites in this sequence"
        self._regions.draw(boxes)
        lines = [words, *self._ambiguous()]
        self.sites.value = "".join(
            f'<p class="dw-note">{escape(line)}</p>' for line in lines if line
        )
        self.sites.layout.display = "" if self.sites.value else "none"
        return words or "Planted sites are not known"

    def _ambiguous(self) -> list[str]:
        """Explain missing letters, if there are any."""
        empty = int((~self._session.one_hot.any(axis=1)).sum())
        if not empty:
            return []
        bases = "1 base is" if empty == 1 else f"{empty:,} bases are"
        return [f"{bases} N or another ambiguous code: encoded as zeros and drawn without a letter"]

    def _fetch_scores(self) -> None:
        sequence = self._session.sequence
        wanted = {name: Request.of(PREDICTION, name, sequence) for name in self._engine.models}
        self._inquiry.fetch("prediction", wanted, self._show_scores)

    def _show_scores(self, predictions: Answers[str, Prediction]) -> None:
        parts = []
        for i, (name, result) in enumerate(predictions.items()):
            swatch = MODEL_COLOURS[i % len(MODEL_COLOURS)]
            if isinstance(result, Exception):
                value = f'<span title="{escape(str(result), quote=True)}">cannot predict</span>'
            else:
                call = "bound" if result.probability >= 0.5 else "unbound"
                wrong = self._session.label is not None and (call == "bound") != self._session.label
                value = f"<b>{result.probability:.3f}</b> {call}{' ✗' if wrong else ''}"
            parts.append(
                f'<span class="dw-score"><span class="dw-swatch" style="background:{swatch}">'
                f"</span>{escape(name)} {value}</span>"
            )
        self.scores.value = (
            f'<div class="dw-scores"><span class="dw-note">P(bound):</span>{"".join(parts)}</div>'
        )

    def _show_window(self, _: Bunch) -> None:
        start, end = self._session.window
        whole = (start, end) == (0, self._session.length)
        wanted = None if whole else np.array([start + 0.5, end + 0.5])
        current = self.brush.selected
        if wanted is None and (current is None or len(current) != 2):
            return
        unset = wanted is None or current is None or len(current) != 2
        if unset or np.abs(np.asarray(current, float) - wanted).max() > 1.0:
            self._setting_brush = True
            try:
                self.brush.selected = wanted
            finally:
                self._setting_brush = False

    def _take_brush(self, change: Bunch) -> None:
        chosen = change.new
        if self._setting_brush:
            return
        if chosen is None or len(chosen) != 2:
            self._window.reset()
            return
        low, high = sorted(float(v) for v in chosen)
        self._session.window = (round(low - 0.5), max(round(low - 0.5) + 4, round(high - 0.5)))

    def _step(self, by: int) -> None:
        self._session.sequence_index = (self._session.sequence_index + by) % len(
            self._session.dataset
        )

    def _take_number(self, change: Bunch) -> None:
        self._session.sequence_index = change.new - 1

    def _find(self, name: str) -> None:
        text = name.strip().lower()
        if not text:
            return
        names, n = self._session.dataset.names, len(self._session.dataset)
        for step in range(1, n + 1):
            index = (self._session.sequence_index + step) % n
            if text in str(names[index]).lower():
                self._session.sequence_index = index
                return
        self._engine.say("page", f"No sequence name contains “{name.strip()}”.")

    def _take_palette(self, change: Bunch) -> None:
        self._session.palette = change.new

    def _recolour(self, change: Bunch) -> None:
        self.palette.value = change.new
        self.letters.recolour(BASE_PALETTES[change.new])


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
