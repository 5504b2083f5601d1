"""The Compare tab: do the models, the methods and the two strands tell the same story?"""

from __future__ import annotations

from html import escape
from itertools import combinations

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.agreement_track import AgreementTrack
from demo_widgets.dashboard.drawing.tracks import LogoTrack, visible_slice
from demo_widgets.dashboard.engine.computations import Request
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
from demo_widgets.interpret import method_agreement, saturation_warnings
from demo_widgets.interpret.agreement import SATURATION_THRESHOLD
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.alt_text import saliency_summary
from demo_widgets.pictures.scales import shared_limits
from demo_widgets.pictures.view_tables import saliency_table
from demo_widgets.sequences import reverse_complement
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["CompareTab", "mirrored_heights"]

_REFERENCE = "in_silico_mutagenesis"
_ABOUT_STRIP = (
    " The strip under them: red where the models agree on the sign, blue where they differ, the "
    "stronger the more the base matters to one of them."
)


class CompareTab(TrackTab):
    """Both strands of every model on one axis, agreement by position, and tables of numbers."""

    title = "Compare"
    news = frozenset({"subject", "completed"})

    def __init__(self, workspace) -> None:
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
            "In-silico mutagenesis tells whether the gradients can be trusted; of so long a "
            "sequence it is computed when asked for.",
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
                    "Letters above the line: size of each base’s importance as the sequence is "
                    "written; hanging below: the same base pair read on the other strand. A factor "
                    "binds both strands alike, so the two should mirror each other."
                    + ("" if alone else _ABOUT_STRIP)
                ),
                *(row.widget for row in self.rows.values()),
                self.strip_box,
                self.tables,
                self.every.widget,
                self.downloads.widget,
            ]
        )

    def _requests(self) -> dict[tuple[str, str], Request]:
        forward = self.session.sequence
        reverse = reverse_complement(forward)
        wanted = {}
        for name in self.engine.models:
            reference = () if self.every.wanted else (_REFERENCE,)
            for key in dict.fromkeys((self.method.value, "saliency", *reference)):
                wanted[name, key] = Request.of("saliency", name, forward, method=key)
            wanted[name, "reverse"] = Request.of(
                "saliency", name, reverse, method=self.method.value
            )
            wanted[name, "strands"] = Request.of("strand_gap", name, forward)
        return wanted

    def _fetch(self) -> None:
        self.every.refresh()
        if self.method.value == _REFERENCE and self.session.length > UNASKED:
            self._show_nothing()
            return
        self.fetch("comparison", self._requests(), self._paint)

    def _show_nothing(self) -> None:
        """Mutagenesis of both strands of a long sequence takes too long to be unasked."""
        self.inquiry.drop()
        self.results, self.strip_box.children, self.tables.value = {}, (), ""
        self.downloads.clear()
        words = info_text(
            f"In-silico mutagenesis of both strands is drawn for {UNASKED:,} bases at most: choose "
            "another method. The table compares each with mutagenesis once that is computed."
        )
        for row in self.rows.values():
            row.show_reason(words)

    def _paint(self, results: dict[tuple[str, str], object]) -> None:
        self.results = results
        self.method_shown = METHODS[self.method.value]
        self.downloads.clear()
        for name, row in self.rows.items():
            error = self._error(name)
            if error is None:
                row.show(self._title(name))
            else:
                row.show_reason(error_text(error))
        self._describe()
        self._draw()
        self._mark_position()
        self.tables.value = self._model_table() + self._method_table()

    def _describe(self) -> None:
        session, label = self.session, self.method_shown.label
        figures = [
            (
                self.tracks[name].figure,
                f"{label} of {name} on both strands of {session.name}",
                f"As written: {saliency_summary(result.importance[0], session.sequence)} On the "
                "other strand, in its own order: "
                + saliency_summary(
                    self.results[name, "reverse"].importance[0],
                    reverse_complement(session.sequence),
                ),
            )
            for name, result in self.good.items()
        ]
        agreement = (
            self.agreement.figure,
            "Agreement of the models on the sign, by position",
            "The table of models under it gives the share of positions of one sign.",
        )
        self.aria.describe(*figures, agreement)

    def _error(self, name: str) -> Exception | None:
        """Why a model is not drawn, if it is not."""
        drawn = (self.method_shown.key, "reverse", "strands")
        return next((r for r in self._of(name, *drawn) if isinstance(r, Exception)), None)

    def _of(self, name: str, *keys: str) -> list[object]:
        return [self.results[name, key] for key in keys]

    @property
    def good(self) -> dict[str, object]:
        """Attribution of each model that has one, by the chosen method."""
        return {
            name: self.results[name, self.method_shown.key]
            for name in self.engine.models
            if self.results and self._error(name) is None
        }

    def _title(self, name: str) -> str:
        strands = self.results[name, "strands"]
        forward, reverse = float(strands.probabilities[0]), float(strands.reverse_probabilities[0])
        return (
            f" · P(bound) {forward:.3f}, reverse complement {reverse:.3f} · strand gap "
            f"{reverse - forward:+.3f} "
            f"(S {float(strands.score_gap[0]):+.2f})"
        )

    def _draw(self) -> None:
        if not self.inquiry.is_current:
            return
        good = self.good
        pairs = list(combinations(good.values(), 2))
        self.strip_box.children = (self.agreement.figure,) if pairs else ()
        if not good:
            return
        every = [*good.values(), *(self.results[name, "reverse"] for name in good)]
        largest = shared_limits([np.abs(r.importance) for r in every])[1]
        part = visible_slice(self.session.length, self.session.window)
        one_hot = self.session.one_hot
        for name, result in good.items():
            reverse = self.results[name, "reverse"].importance[0]
            heights = mirrored_heights(one_hot, result.importance[0], reverse)
            self.tracks[name].draw(heights[part], part.start, (-largest, largest))
        if pairs:
            signs = np.mean([method_agreement(a, b).same_sign[0] for a, b in pairs], axis=0)
            signs = signs * _weight([r.importance[0] for r in good.values()])
            self.agreement.draw(signs[part], part.start)

    def _model_table(self) -> str:
        """Rank correlation of each pair of models by the chosen method."""
        good = self.good
        if len(good) < 2:
            return ""
        lines = []
        for (a, first), (b, second) in combinations(good.items(), 2):
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

    def _method_table(self) -> str:
        """Each method against mutagenesis, per model, with a badge where a gradient misleads."""
        if not all((name, _REFERENCE) in self.results for name in self.good):
            return ""
        lines, reasons = [], []
        for name in self.good:
            saliency, reference = self._of(name, "saliency", _REFERENCE)
            error = next((r for r in (saliency, reference) if isinstance(r, Exception)), None)
            if error is not None:
                lines.append(f"<tr><td>{escape(name)}</td>{'<td>–</td>' * 4}</tr>")
                reasons.append(f"<div><b>{escape(name)}</b>{error_text(error)}</div>")
                continue
            warning = saturation_warnings(saliency, reference)[0]
            chosen = self.results[name, self.method_shown.key]
            agreement = method_agreement(chosen, reference)
            first = float(method_agreement(saliency, reference).rank_correlation[0])
            badge = '<span class="dw-badge">no sign of it</span>'
            if warning:
                word = "flat" if np.isnan(first) else "saturated?"
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
        good = self.good
        table = saliency_table(good, self.shown_subject.sequence)
        for name in good:
            table[f"{name} reverse"] = self.results[name, "reverse"].importance[0, ::-1]
        content = shown_not_run(table).to_csv(index=False).encode()
        return f"compare_{self.shown_subject.row + 1}.csv", "text/csv", content


def mirrored_heights(
    one_hot: np.ndarray, importance: np.ndarray, reverse_importance: np.ndarray
) -> np.ndarray:
    """Letters up for the strand as written, its paired bases down for the other strand.

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


def _weight(importances: list[np.ndarray]) -> np.ndarray:
    """How much each position matters to any model, 0 to 1: the largest of their shares."""
    sizes = [np.abs(values) for values in importances]
    return np.max([size / (size.max() or 1.0) for size in sizes], axis=0)


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.0f} %"
