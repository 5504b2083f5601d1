"""The Compare tab: agreement of the models, the methods and the two strands."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.agreement_track import AgreementTrack
from demo_widgets.dashboard.drawing.tracks import LogoTrack, visible_slice
from demo_widgets.dashboard.engine.request import SALIENCY, STRAND_GAP, Request, Requests
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    controls,
    error_text,
    info_text,
    note,
    window_buttons,
)
from demo_widgets.dashboard.parts.fields import choice
from demo_widgets.dashboard.tabs.mutations.every_substitution import UNASKED, EverySubstitution
from demo_widgets.dashboard.tabs.track_tab import TrackTab
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.interpret import method_agreement, saturation_warnings
from demo_widgets.interpret.agreement import SATURATION_THRESHOLD
from demo_widgets.interpret.methods import METHODS
from demo_widgets.interpret.results import SaliencyResult, StrandGapResult
from demo_widgets.pictures.alt_text import saliency_summary
from demo_widgets.pictures.scales import shared_limits
from demo_widgets.pictures.view_tables import saliency_table
from demo_widgets.sequences import reverse_complement
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["CompareTab", "mirrored_heights"]

_REFERENCE = "in_silico_mutagenesis"
_ABOUT_STRIP = (
    " The strip below: red where the models agree on the sign, blue where they differ; the "
    "colour is stronger where the base matters more to one of them."
)


@dataclass(frozen=True)
class BothStrands:
    """What one model makes of a sequence and of its reverse complement.

    Attributes
    ----------
    forward, reverse
        Importance by the chosen method, each in its own order.
    gap
        The scores of both.
    """

    forward: SaliencyResult
    reverse: SaliencyResult
    gap: StrandGapResult


class CompareTab(TrackTab[LogoTrack, BothStrands]):
    """Both strands of every model on one axis, agreement by position, and tables of numbers."""

    title = "Compare"
    news = frozenset({"subject", "completed"})

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.method_shown = METHODS["input_x_gradient"]
        self.method = choice(
            "Method",
            [(method.label, key) for key, method in METHODS.items()],
            "How a base's importance is computed",
            "270px",
            value=self.method_shown.key,
        )
        alone = len(self.engine.models) == 1  # then no strip carries the axis of positions
        for name in self.engine.models:
            track = LogoTrack(
                self.window.scale,
                self.colours,
                height=120,
                y_label="size",
                with_x_axis=alone,
                on_click=self._choose,
            )
            self._add_row(name, track)
        self._mark_edits(0.0, 0.035)
        self.agreement = AgreementTrack(self.window.scale)
        self.strip_box = W.VBox()
        self.unseen.append(self.agreement.figure)
        self.tables = W.HTML()
        self.every = EverySubstitution(
            workspace,
            self.title,
            "In-silico mutagenesis shows whether the gradients can be trusted; for a sequence of "
            "this length it runs on request.",
        )
        self.unseen += self.every.unseen
        self.downloads = Downloads({"CSV": self._csv})
        self.method.observe(lambda _: self._fetch(), "value")
        self.widget = W.VBox(
            [
                controls(
                    self.method,
                    *window_buttons(self.window),
                ),
                note(
                    "Letters above the line: importance of each base on the strand as given; "
                    "below the line: importance of the same base pair on the reverse complement. "
                    "A factor binds both strands, so the two should mirror each other."
                    + ("" if alone else _ABOUT_STRIP)
                ),
                *(row.widget for row in self.rows.values()),
                self.strip_box,
                self.tables,
                self.every.widget,
                self.downloads.widget,
            ]
        )

    def _requests(self) -> Requests[tuple[str, str], Any]:
        """``(model, method)`` -> attribution; ``"reverse"`` and ``"gap"`` as in `BothStrands`."""
        forward = self.session.sequence
        reverse = reverse_complement(forward)
        wanted: dict[tuple[str, str], Request[Any]] = {}
        for name in self.engine.models:
            reference = () if self.every.wanted else (_REFERENCE,)
            for key in dict.fromkeys((self.method.value, "saliency", *reference)):
                wanted[name, key] = Request.of(SALIENCY, name, forward, method=key)
            wanted[name, "reverse"] = Request.of(SALIENCY, name, reverse, method=self.method.value)
            wanted[name, "gap"] = Request.of(STRAND_GAP, name, forward)
        return wanted

    def _fetch(self) -> None:
        self.every.refresh()
        if self.method.value == _REFERENCE and self.session.length > UNASKED:
            self._show_nothing()
            return
        self.fetch("comparison", self._requests(), self._paint)

    def _show_nothing(self) -> None:
        """Whether mutagenesis of both strands takes too long to run without a request."""
        self.inquiry.drop()
        self.results, self.strip_box.children, self.tables.value = {}, (), ""
        self.downloads.clear()
        words = info_text(
            f"In-silico mutagenesis of both strands is drawn for {UNASKED:,} bases at most: "
            "choose another method. The table compares each method with mutagenesis once that is "
            "computed."
        )
        for row in self.rows.values():
            row.show_reason(words)

    def _paint(self, results: dict[tuple[str, str], Any]) -> None:
        self.method_shown = METHODS[self.method.value]
        for name in self.engine.models:
            found = [results[name, key] for key in (self.method_shown.key, "reverse", "gap")]
            self.results[name] = _first_error(*found) or BothStrands(*found)
        self.downloads.clear()
        self._show_titles(self._title)
        self._describe()
        self._draw()
        self._mark_position()
        self.tables.value = self._model_table() + self._method_table(results)

    def _describe(self) -> None:
        session, label = self.session, self.method_shown.label
        figures = [
            (
                self.tracks[name].figure,
                f"{label} of {name} on both strands of {session.name}",
                f"As written: {saliency_summary(both.forward.importance[0], session.sequence)} On "
                "the reverse complement, in its own order: "
                + saliency_summary(
                    both.reverse.importance[0], reverse_complement(session.sequence)
                ),
            )
            for name, both in self.good.items()
        ]
        agreement = (
            self.agreement.figure,
            "Agreement of the models on the sign, by position",
            "The table of models below it gives the share of positions with the same sign.",
        )
        self.aria.describe(*figures, agreement)

    @property
    def forward(self) -> dict[str, SaliencyResult]:
        """Return the attribution of the sequence as written by each model that is drawn."""
        return {name: both.forward for name, both in self.good.items()}

    def _title(self, name: str, both: BothStrands) -> str:
        gap = both.gap
        forward, reverse = float(gap.probabilities[0]), float(gap.reverse_probabilities[0])
        return (
            f" · P(bound) {forward:.3f}, reverse complement {reverse:.3f} · strand gap "
            f"{reverse - forward:+.3f} "
            f"(S {float(gap.score_gap[0]):+.2f})"
        )

    def _draw(self) -> None:
        if not self.inquiry.is_current:
            return
        good, forward = self.good, list(self.forward.values())
        pairs = list(combinations(forward, 2))
        self.strip_box.children = (self.agreement.figure,) if pairs else ()
        if not good:
            return
        every = [*forward, *(both.reverse for both in good.values())]
        largest = shared_limits([np.abs(r.importance) for r in every])[1]
        part = visible_slice(self.session.length, self.session.window)
        one_hot = self.session.one_hot
        for name, both in good.items():
            heights = mirrored_heights(
                one_hot, both.forward.importance[0], both.reverse.importance[0]
            )
            self.tracks[name].draw(heights[part], part.start, (-largest, largest))
        if pairs:
            signs = np.mean([method_agreement(a, b).same_sign[0] for a, b in pairs], axis=0)
            signs = signs * _weight([r.importance[0] for r in forward])
            self.agreement.draw(signs[part], part.start)

    def _model_table(self) -> str:
        """Return the table of rank correlations of all pairs of models by the chosen method."""
        forward = self.forward
        if len(forward) < 2:
            return ""
        lines = []
        for (a, first), (b, second) in combinations(forward.items(), 2):
            agreement = method_agreement(first, second)
            lines.append(
                f"<tr><td>{escape(a)} – {escape(b)}</td>"
                f"<td>{_number(agreement.rank_correlation[0])}</td>"
                f"<td>{_share(agreement.sign_agreement[0])}</td></tr>"
            )
        label = self.method_shown.label
        return (
            '<div class="dw-scroll"><table class="dw-table dw-wraps"><tr><th>'
            f"Models, by {escape(label)}</th><th>rank correlation</th><th>same sign</th></tr>"
            f"{''.join(lines)}</table></div>"
        )

    def _method_table(self, results: dict[tuple[str, str], Any]) -> str:
        """Return the table of methods against mutagenesis, with badges for unreliable gradients."""
        forward = self.forward
        if not all((name, _REFERENCE) in results for name in forward):
            return ""
        lines, reasons = [], []
        for name, chosen in forward.items():
            saliency, reference = results[name, "saliency"], results[name, _REFERENCE]
            error = _first_error(saliency, reference)
            if error is not None:
                lines.append(f"<tr><td>{escape(name)}</td>{'<td>–</td>' * 4}</tr>")
                reasons.append(f"<div><b>{escape(name)}</b>{error_text(error)}</div>")
                continue
            warning = saturation_warnings(saliency, reference)[0]
            agreement = method_agreement(chosen, reference)
            first = float(method_agreement(saliency, reference).rank_correlation[0])
            badge = '<span class="dw-badge">none detected</span>'
            if warning:
                word = "flat" if np.isnan(first) else "possibly saturated"
                badge = f'<span class="dw-badge dw-edited">{word}</span>'
                reasons.append(f'<p class="dw-note"><b>{escape(name)}</b> {escape(warning)}</p>')
            lines.append(
                f"<tr><td>{escape(name)}</td><td>{_number(first)}</td>"
                f"<td>{_number(agreement.rank_correlation[0])}</td>"
                f"<td>{_share(agreement.sign_agreement[0])}</td><td>{badge}</td></tr>"
            )
        label = escape(self.method_shown.label)
        return (
            '<div class="dw-scroll"><table class="dw-table dw-wraps"><tr>'
            "<th>Against in-silico mutagenesis</th><th>rank correlation of saliency</th>"
            f"<th>of {label}</th><th>same sign</th>"
            f"<th>saturation (saliency under {SATURATION_THRESHOLD:g})</th></tr>"
            f"{''.join(lines)}</table></div>"
            f"{''.join(reasons)}"
        )

    def _mark_position(self) -> None:
        for track in self.tracks.values():
            track.choose(self.session.position)

    def _choose(self, position: int) -> None:
        self.session.position = position

    def _csv(self) -> tuple[str, str, bytes]:
        table = saliency_table(self.forward, self.shown_subject.sequence)
        for name, both in self.good.items():
            table[f"{name} reverse"] = both.reverse.importance[0, ::-1]
        content = shown_not_run(table).to_csv(index=False).encode()
        return f"compare_{self.shown_subject.row + 1}.csv", "text/csv", content


def mirrored_heights(
    one_hot: np.ndarray, importance: np.ndarray, reverse_importance: np.ndarray
) -> np.ndarray:
    """Return letter heights: up for the given strand, down for the paired bases.

    Parameters
    ----------
    one_hot
        The sequence, ``(length, 4)``.
    importance
        Of its bases, ``(length,)``.
    reverse_importance
        Of the bases of its reverse complement, in that strand's own order, ``(length,)``.

    Returns
    -------
    numpy.ndarray
        Heights ``(length, 4)``; base and paired base never share a channel.
    """
    up = one_hot * np.abs(importance)[:, None]
    down = one_hot[:, ::-1] * np.abs(reverse_importance[::-1])[:, None]
    return up - down


def _first_error(*results: Any) -> Exception | None:
    return next((result for result in results if isinstance(result, Exception)), None)


def _weight(importances: list[np.ndarray]) -> np.ndarray:
    """Return the largest relative importance over the models at each position, 0 to 1."""
    sizes = [np.abs(values) for values in importances]
    return np.max([size / (size.max() or 1.0) for size in sizes], axis=0)


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.0f} %"
