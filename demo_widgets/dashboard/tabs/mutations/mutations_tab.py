"""The Mutations tab: every single substitution, and what two do together."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.mutation_track import MutationTrack
from demo_widgets.dashboard.drawing.tracks import visible_slice
from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.page.accessibility import describe, name_part
from demo_widgets.dashboard.page.key_catcher import KeyCatcher
from demo_widgets.dashboard.page.zoom import ZoomToEvidence
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    FigureRow,
    controls,
    error_text,
    ramp_legend,
    window_buttons,
)
from demo_widgets.dashboard.tabs.base import NEW_BASES
from demo_widgets.dashboard.tabs.mutations.every_substitution import EverySubstitution, map_request
from demo_widgets.dashboard.tabs.mutations.pair_map import PairMap
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.pictures.alt_text import mutations_summary
from demo_widgets.pictures.palette import SIGNED_RAMP
from demo_widgets.pictures.view_tables import mutagenesis_table

__all__ = ["MutationsTab"]

MAX_COLUMNS = 150
"""Columns drawn at once: each is four cells to hover."""

_FIRST_LOOK = 100  # bases of a sequence with more than MAX_COLUMNS
_BLOCK = 128  # positions computed at once of a long sequence

_ROWS = "ACGT"  # of a map, from above


class MutationsTab(TrackTab):
    """One map per model on one x axis and one colour scale; the pair map under them."""

    title = "Mutations"
    news = NEW_BASES | {"substitutions"}

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._shown: dict[str, object] = {}
        self._asked: dict[tuple[str, int], Request] = {}
        self._drawn_of = self._asked
        self._limit = 1.0
        self._about, self._readout = W.HTML(), W.HTML()
        self._cut, self._tooltip = W.HTML(), W.HTML()
        self._zoomed = ZoomToEvidence(state)
        self._every = EverySubstitution(
            state,
            self.title,
            "So far the substitutions of the bases in view are computed. Those of another "
            "window follow when you move there.",
        )
        self.unseen += self._every.unseen
        self._readout.add_class("dw-readout")
        name_part(state, self._readout, [""], ".widget-html-content", role="status")
        self._row: int | None = None
        self.keys = KeyCatcher(
            hint="keys: ← → ↑ ↓  Enter",
            label="Map by key: arrows choose a position and a base, Enter puts the base there",
            wanted=["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "enter"],
        )
        self.keys.on_key(self._take_key)
        self._rows = {}
        names = list(state.models)
        for name in names:
            track = MutationTrack(
                window.scale,
                self.colours,
                SIGNED_RAMP,
                with_x_axis=name == names[-1],
                on_hover=self._read_out,
                on_click=self._apply,
                tooltip=self._tooltip,
            )
            self._tracks[name], self._rows[name] = track, FigureRow(name, track.figure)
            self.unseen += track.unseen
        self.unseen.append(self._tooltip)
        self._mark_edits(0.0, 0.035)  # under the letters
        self._pairs = PairMap(state)
        self.unseen += self._pairs.unseen
        self.downloads = Downloads({"CSV": self._csv})
        self.widget = W.VBox(
            [
                controls(*window_buttons(window), self.keys),
                self._about,
                self._cut,
                self._every.widget,
                self._readout,
                *(row.widget for row in self._rows.values()),
                self.downloads.widget,
                self._pairs.widget,
            ]
        )

    def _fetch(self) -> None:
        self._pairs.forget()
        self._every.refresh()
        if self._zoomed.is_due(MAX_COLUMNS):
            self._zoomed.zoom(_FIRST_LOOK, self._fetch)
            return
        self._asked = wanted = self._requests()
        self.fetch("mutations", wanted, lambda r: self._paint(wanted, r))

    def _requests(self) -> dict[tuple[str, int], Request]:
        """``(model, first position)`` -> what the map needs: of a long sequence, blocks."""
        sequence = self.state.sequence
        if not self._every.wanted:
            return {(name, 0): map_request(name, sequence) for name in self.state.models}
        part = self._drawn_part()
        blocks = range(part.start // _BLOCK * _BLOCK, part.stop, _BLOCK)
        ends = {start: min(start + _BLOCK, len(sequence)) for start in blocks}
        return {
            (name, start): Request.of("mutagenesis", name, sequence, positions=(start, end))
            for name in self.state.models
            for start, end in ends.items()
        }

    def _paint(self, wanted: dict[tuple[str, int], Request], results) -> None:
        sequence = next(iter(wanted.values())).sequence
        if wanted is not self._asked or sequence != self.state.sequence:
            return
        self._drawn_of = wanted
        parts: dict[str, list] = {name: [] for name in self.state.models}
        for (name, _), request in wanted.items():
            parts[name].append(results[request])
        self._shown = {name: _joined(some) for name, some in parts.items()}
        self.downloads.clear()
        self._readout.value = ""  # it told of the bases before
        good = self._good()
        largest = [float(np.nanmax(np.abs(r.effects))) for r in good.values()]
        self._limit = max(largest, default=1.0) or 1.0
        legend = ramp_legend(SIGNED_RAMP, f"−{self._limit:.2g}", f"+{self._limit:.2g}")
        self._about.value = (
            '<p class="dw-note">What each single substitution would do to the class score S (the '
            "log-odds of “bound”), "
            f"mutant minus reference: {legend}. Click a cell to apply it, or choose it by the "
            "arrow keys and press Enter. One base at a time: "
            "where two sites stand in for each other, neither seems to matter.</p>"
        )
        for name, result in self._shown.items():
            failed = isinstance(result, Exception)
            words = error_text(result) if failed else self._summary(result)
            self._rows[name].show(
                f'<div class="dw-track-title"><span class="dw-swatch" style="background:'
                f'{self.model_colour(name)}"></span><b>{escape(name)}</b>{words}</div>',
                figure=not failed,
            )
        describe(
            self.state,
            *(
                (
                    self._tracks[name].figure,
                    f"Mutation map of {name} on {self.state.name}",
                    mutations_summary(result.effects[0], self.state.sequence),
                )
                for name, result in good.items()
            ),
        )
        self._draw()
        self._mark_position()

    def _summary(self, result) -> str:
        """The substitution that costs most and the one that gains most, in words."""
        effects, sequence = result.effects[0], self.state.sequence
        some = " of those computed" if np.isnan(effects).any() else ""
        parts = []
        for word, flat in (("worst", np.nanargmin(effects)), ("best", np.nanargmax(effects))):
            position, base = divmod(int(flat), 4)
            change = f"{sequence[position]}{position + 1}{'ACGT'[base]}"
            parts.append(f"{word} {change} {effects[position, base]:+.2f}")
        return f" · S {float(result.reference_scores[0]):+.2f} · {' · '.join(parts)}{some}"

    def _good(self) -> dict[str, object]:
        return {n: r for n, r in self._shown.items() if not isinstance(r, Exception)}

    def _draw(self) -> None:
        if not self.is_current:
            return
        if self._requests() != self._drawn_of:  # the window has moved to bases not computed yet
            self._fetch()
            return
        part = self._drawn_part()
        one_hot = self.state.one_hot[part]
        start, end = self.state.window
        words = self._zoomed.words
        if min(end, self.state.length) > part.stop:
            words = (
                f"{part.start + 1:,} to {part.stop:,} of the {end - start:,} bases in view are "
                "drawn: zoom in for the others."
            )
        self._cut.value = f'<p class="dw-note">{words}</p>' if words else ""
        for name, result in self._good().items():
            self._tracks[name].draw(result.effects[0, part], one_hot, part.start, self._limit)

    def _drawn_part(self) -> slice:
        """Positions to draw: those in view and some beside them, or the first of too many."""
        start, end = self.state.window
        part = visible_slice(self.state.length, (start, min(end, start + MAX_COLUMNS)))
        if part.stop - part.start > MAX_COLUMNS:
            return slice(start, min(end, start + MAX_COLUMNS))
        return part

    def _mark_position(self) -> None:
        for track in self._tracks.values():
            track.choose(self.state.position)
        self._mark_cell()

    def _mark_cell(self) -> None:
        """Frame the cell that Enter applies, once the keys have chosen one, and tell of it."""
        base = None if self._row is None else _ROWS[self._row]
        for track in self._tracks.values():
            track.mark_cell(self.state.position, base)
        if base is not None:
            self._read_out(self.state.position, base)

    def _take_key(self, key: str) -> None:
        state = self.state
        if key in ("undo", "redo"):
            getattr(state, key)()
        elif key == "enter":
            if self._row is not None:
                self._apply(state.position, _ROWS[self._row])
        elif key in ("arrowup", "arrowdown"):
            down = 1 if key == "arrowdown" else -1
            self._row = 0 if self._row is None else min(max(self._row + down, 0), 3)
            self._mark_cell()
        else:
            last = state.length - 1
            steps = {"arrowleft": state.position - 1, "arrowright": state.position + 1}
            wanted = {**steps, "home": 0, "end": last}[key]
            self._row = 0 if self._row is None else self._row
            state.position = min(max(wanted, 0), last)
            self._mark_cell()

    def _read_out(self, position: int, base: str) -> None:
        if not self.is_current or position >= self.state.length:
            return
        old = self.state.sequence[position]
        column = "ACGT".index(base)
        values = " · ".join(
            f"{escape(name)} <b>{_change(result.effects[0, position, column])}</b>"
            for name, result in self._good().items()
        )
        text = f"<b>{old}{position + 1}{base}</b> · {values}"
        self._readout.value, self._tooltip.value = text, text.replace(" · ", "<br>")

    def _apply(self, position: int, base: str) -> None:
        if position >= self.state.length:
            return
        self.state.position = position
        self.state.mutate(position, base)

    def _csv(self) -> tuple[str, str, bytes]:
        text = mutagenesis_table(self._good(), self.shown_of.sequence).to_csv(index=False)
        return f"mutations_{self.shown_of.row + 1}.csv", "text/csv", text.encode()


def _joined(parts: list) -> object:
    """The results of blocks of one sequence as one, NaN where none is; the first error if any."""
    error = next((part for part in parts if isinstance(part, Exception)), None)
    if error is not None or len(parts) == 1:
        return error or parts[0]
    effects = parts[0].effects
    for part in parts[1:]:
        effects = np.where(np.isnan(effects), part.effects, effects)
    return replace(parts[0], effects=effects)


def _change(value: float) -> str:
    return "not computed" if np.isnan(value) else f"{value:+.3f}"
