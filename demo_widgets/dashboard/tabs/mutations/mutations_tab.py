"""The Mutations tab: effects of single substitutions and of pairs."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.mutation_track import MutationTrack
from demo_widgets.dashboard.drawing.tracks import visible_slice
from demo_widgets.dashboard.engine.request import MUTAGENESIS, Answers, Request, Requests
from demo_widgets.dashboard.page.key_catcher import KeyCatcher
from demo_widgets.dashboard.page.zoom import ZoomToEvidence
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    controls,
    ramp_legend,
    window_buttons,
)
from demo_widgets.dashboard.tabs.mutations.every_substitution import EverySubstitution, map_request
from demo_widgets.dashboard.tabs.mutations.pair_map import PairMap
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret.results import MutagenesisResult
from demo_widgets.pictures.alt_text import mutations_summary
from demo_widgets.pictures.palette import SIGNED_RAMP
from demo_widgets.pictures.view_tables import mutagenesis_table
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["MutationsTab"]

MAX_COLUMNS = 150
"""Maximum number of columns drawn, of four hover cells each."""

_FIRST_LOOK = 100  # bases of a sequence with more than MAX_COLUMNS
_BLOCK = 128  # positions computed at once of a long sequence

_ROWS = "ACGT"  # of a map, from above


class MutationsTab(TrackTab[MutationTrack, MutagenesisResult]):
    """One map per model on a shared x axis and colour scale, with the pair map below."""

    title = "Mutations"
    news = frozenset({"subject", "completed"})

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        window = workspace.window
        self._drawn_of: Requests[tuple[str, int], MutagenesisResult] = {}
        self.limit = 1.0
        self._about, self.readout = W.HTML(), W.HTML()
        self.cut, self.tooltip = W.HTML(), W.HTML()
        self._zoomed = ZoomToEvidence(workspace)
        self.every = EverySubstitution(
            workspace,
            self.title,
            "Only the substitutions of the bases in view are computed; other windows are "
            "computed when you move to them.",
        )
        self.unseen += self.every.unseen
        self.readout.add_class("dw-readout")
        self.aria.name_part(self.readout, [""], ".widget-html-content", role="status")
        self._row: int | None = None
        self.keys = KeyCatcher(
            hint="keys: ← → ↑ ↓  Enter",
            label="Keyboard map: arrows select a position and a base, Enter applies it",
            wanted=["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "enter"],
        )
        self.keys.on_key(self._take_key)
        names = list(self.engine.models)
        for name in names:
            track = MutationTrack(
                window.scale,
                self.colours,
                SIGNED_RAMP,
                with_x_axis=name == names[-1],
                on_hover=self._read_out,
                on_click=self._apply,
                tooltip=self.tooltip,
            )
            self._add_row(name, track)
        self.unseen.append(self.tooltip)
        self._mark_edits(0.0, 0.035)  # under the letters
        self.pairs = PairMap(workspace)
        self.unseen += self.pairs.unseen
        self.downloads = Downloads({"CSV": self._csv})
        self.widget = W.VBox(
            [
                controls(*window_buttons(self.window), self.keys),
                self._about,
                self.cut,
                self.every.widget,
                self.readout,
                *(row.widget for row in self.rows.values()),
                self.downloads.widget,
                self.pairs.widget,
            ]
        )

    def _fetch(self) -> None:
        self.pairs.forget()
        self.every.refresh()
        if self._zoomed.is_due(MAX_COLUMNS):
            self._zoomed.zoom(_FIRST_LOOK, self._fetch)
            return
        wanted = self._requests()
        self.fetch("mutations", wanted, lambda results: self._paint(wanted, results))

    def _requests(self) -> Requests[tuple[str, int], MutagenesisResult]:
        """Return ``(model, first position)`` -> request, in blocks for a long sequence."""
        sequence = self.session.sequence
        if not self.every.wanted:
            return {(name, 0): map_request(name, sequence) for name in self.engine.models}
        part = self.drawn_part
        blocks = range(part.start // _BLOCK * _BLOCK, part.stop, _BLOCK)
        ends = {start: min(start + _BLOCK, len(sequence)) for start in blocks}
        return {
            (name, start): Request.of(MUTAGENESIS, name, sequence, positions=(start, end))
            for name in self.engine.models
            for start, end in ends.items()
        }

    def _paint(
        self,
        wanted: Requests[tuple[str, int], MutagenesisResult],
        results: Answers[tuple[str, int], MutagenesisResult],
    ) -> None:
        self._drawn_of = wanted
        parts: dict[str, list[MutagenesisResult | Exception]]
        parts = {name: [] for name in self.engine.models}
        for (name, _), result in results.items():
            parts[name].append(result)
        self.results = {name: _joined(some) for name, some in parts.items()}
        self.downloads.clear()
        self.readout.value = ""  # it belonged to the previous bases
        good = self.good
        largest = [float(np.nanmax(np.abs(r.effects))) for r in good.values()]
        self.limit = max(largest, default=1.0) or 1.0
        legend = ramp_legend(SIGNED_RAMP, f"−{self.limit:.2g}", f"+{self.limit:.2g}")
        self._about.value = (
            '<p class="dw-note">Effect of each single substitution on the class score S (the '
            f"log-odds of “bound”), mutant minus reference: {legend}. Click a cell to apply it, "
            "or select it with the arrow keys and press Enter. Only one base changes at a time: "
            "where two sites are redundant, neither seems to matter.</p>"
        )
        self._show_titles(self._summary)
        self.aria.describe(
            *(
                (
                    self.tracks[name].figure,
                    f"Mutation map of {name} on {self.session.name}",
                    mutations_summary(result.effects[0], self.session.sequence),
                )
                for name, result in good.items()
            ),
        )
        self._draw()
        self._mark_position()

    def _summary(self, name: str, result: MutagenesisResult) -> str:
        """Return the most harmful and the most beneficial substitution as text."""
        effects, sequence = result.effects[0], self.session.sequence
        some = " of those computed" if np.isnan(effects).any() else ""
        parts = []
        for word, flat in (("worst", np.nanargmin(effects)), ("best", np.nanargmax(effects))):
            position, base = divmod(int(flat), 4)
            change = f"{sequence[position]}{position + 1}{'ACGT'[base]}"
            parts.append(f"{word} {change} {effects[position, base]:+.2f}")
        return f" · S {float(result.reference_scores[0]):+.2f} · {' · '.join(parts)}{some}"

    def _draw(self) -> None:
        if not self.inquiry.is_current:
            return
        if self._requests() != self._drawn_of:  # the window has moved to bases not computed yet
            self._fetch()
            return
        part = self.drawn_part
        one_hot = self.session.one_hot[part]
        start, end = self.session.window
        words = self._zoomed.words
        if min(end, self.session.length) > part.stop:
            words = (
                f"{part.start + 1:,} to {part.stop:,} of the {end - start:,} bases in view are "
                "drawn: zoom in for the others."
            )
        self.cut.value = f'<p class="dw-note">{words}</p>' if words else ""
        for name, result in self.good.items():
            self.tracks[name].draw(result.effects[0, part], one_hot, part.start, self.limit)

    @property
    def drawn_part(self) -> slice:
        """Return the positions to draw: those in view with margins, or the first of too many."""
        start, end = self.session.window
        part = visible_slice(self.session.length, (start, min(end, start + MAX_COLUMNS)))
        if part.stop - part.start > MAX_COLUMNS:
            return slice(start, min(end, start + MAX_COLUMNS))
        return part

    def _mark_position(self) -> None:
        for track in self.tracks.values():
            track.choose(self.session.position)
        self._mark_cell()

    def _mark_cell(self) -> None:
        """Frame the cell selected with the keys, and announce it to screen readers."""
        base = None if self._row is None else _ROWS[self._row]
        for track in self.tracks.values():
            track.mark_cell(self.session.position, base)
        if base is not None:
            self._read_out(self.session.position, base)

    def _take_key(self, key: str) -> None:
        session = self.session
        if key in ("undo", "redo"):
            getattr(session, key)()
        elif key == "enter":
            if self._row is not None:
                self._apply(session.position, _ROWS[self._row])
        elif key in ("arrowup", "arrowdown"):
            down = 1 if key == "arrowdown" else -1
            self._row = 0 if self._row is None else min(max(self._row + down, 0), 3)
            self._mark_cell()
        else:
            last = session.length - 1
            steps = {"arrowleft": session.position - 1, "arrowright": session.position + 1}
            wanted = {**steps, "home": 0, "end": last}[key]
            self._row = 0 if self._row is None else self._row
            session.position = min(max(wanted, 0), last)
            self._mark_cell()

    def _read_out(self, position: int, base: str) -> None:
        if not self.inquiry.is_current or position >= self.session.length:
            return
        old = self.session.sequence[position]
        column = "ACGT".index(base)
        values = " · ".join(
            f"{escape(name)} <b>{_change(result.effects[0, position, column])}</b>"
            for name, result in self.good.items()
        )
        text = f"<b>{old}{position + 1}{base}</b> · {values}"
        self.readout.value, self.tooltip.value = text, text.replace(" · ", "<br>")

    def _apply(self, position: int, base: str) -> None:
        if position >= self.session.length:
            return
        self.session.position = position
        self.session.mutate(position, base)

    def _csv(self) -> tuple[str, str, bytes]:
        table = mutagenesis_table(self.good, self.shown_subject.sequence)
        text = shown_not_run(table).to_csv(index=False)
        return f"mutations_{self.shown_subject.row + 1}.csv", "text/csv", text.encode()


def _joined(parts: list[MutagenesisResult | Exception]) -> MutagenesisResult | Exception:
    """Join the blocks of one sequence, NaN where missing; return the first error, if any."""
    joined = parts[0]
    for part in parts:
        if isinstance(joined, Exception) or isinstance(part, Exception):
            return joined if isinstance(joined, Exception) else part
        joined = replace(
            joined, effects=np.where(np.isnan(joined.effects), part.effects, joined.effects)
        )
    return joined


def _change(value: float) -> str:
    return "not computed" if np.isnan(value) else f"{value:+.3f}"
