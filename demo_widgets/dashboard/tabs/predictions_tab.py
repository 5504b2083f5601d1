"""The Predictions tab: all sequences with their scores, ROC curves and metrics."""

from __future__ import annotations

from html import escape

import ipywidgets as W
import numpy as np
import pandas as pd

from demo_widgets.dashboard.drawing.roc_plot import RocPlot, line_style
from demo_widgets.dashboard.engine.dataset_predictions import LABEL, NAME
from demo_widgets.dashboard.parts.elements import Downloads, controls, error_text, info_text, note
from demo_widgets.dashboard.parts.fields import choice, text_field
from demo_widgets.dashboard.parts.row_table import RowTable
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.pictures.view_tables import own_column
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["NUMBER", "PredictionsTab"]

NUMBER, _BOUND, _CALLS = "\0number", "\0bound", "\0calls"
"""Columns of the table other than those of the models and of ``DatasetPredictions``."""

_OUTCOMES = {"any": None, "correct": True, "wrong": False}
_EDITED = (
    "The sequence in the header is edited; its scores are shown there. The table lists the rows "
    "of the dataset; “Add as new row” under “Edits & sequence” adds the edited sequence."
)
_TYPED = (
    "The sequence in the header was pasted; its scores are shown there, and it has no row here."
)


class PredictionsTab(TabView):
    """Table of the sequences, whose selected row is shown in every tab, ROC curves and metrics."""

    title = "Predictions"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._labelled = self.session.dataset.labels is not None
        self._revision = self.engine.revision
        self._frame = self.engine.predictions.to_frame()
        names = list(self.engine.models)
        self.search = text_field(
            "Search",
            "name or bases, e.g. GATAA",
            "Show sequences whose name or bases contain this",
            "260px",
        )
        self.label = choice(
            "Label", ["all", "bound", "unbound"], "Show sequences with this label", "140px"
        )
        self.outcome = choice(
            "Prediction",
            list(_OUTCOMES),
            "Show sequences that are predicted correctly, or wrongly",
            "165px",
        )
        self.judge = choice(
            "of",
            ["any model", *names],
            "Model whose predictions are compared with the labels",
            "170px",
        )
        filters = [self.search]
        if self._labelled:
            filters += [self.label, self.outcome, self.judge]
        for control in filters:
            control.observe(lambda _: self._filter(), "value")
        columns = [(NUMBER, "#", "44px", "d"), (NAME, "Name", "minmax(80px, 1fr)", "")]
        if self._labelled:
            columns += [(_BOUND, "Label", "64px", "")]
        columns += [(name, name, "minmax(76px, 88px)", ".3f") for name in names]
        if self._labelled:
            columns += [(_CALLS, "Correct", f"{max(52, 18 * len(names))}px", "")]
        self.table = RowTable(columns, self._choose)
        self._message, self._about_edits = W.HTML(), W.HTML()
        self.metrics = W.HTML()
        self.downloads = Downloads({"CSV": self._csv})
        self.roc = RocPlot([self.model_colour(name) for name in names])
        heading = W.HTML('<div class="dw-title">ROC curves</div>')
        side = W.VBox([heading, self.roc.figure, self.metrics])
        side.layout.width, side.layout.flex = "380px", "0 1 380px"
        left = W.VBox([controls(*filters), self.table.widget, self.downloads.widget])
        left.layout.flex, left.layout.min_width = "1 1 520px", "0"
        body = W.HBox([left, side] if self._labelled else [left])
        body.layout.flex_flow = "row wrap"
        self.widget = W.VBox(
            [
                note(
                    "Each model’s probability of “bound” for every sequence. Click a row to show "
                    "it in all tabs; click a heading to sort."
                ),
                self._message,
                self._about_edits,
                body,
            ]
        )

    def refresh(self, changed: frozenset[str]) -> None:
        revision = self.engine.revision
        if "dataset" in changed or revision != self._revision:
            self._revision = revision
            self._take_predictions()
            self._predict_missing()
        if "subject" in changed:
            if self.table.chosen != self.session.sequence_index:
                self.table.choose(self.session.sequence_index)
            words = _TYPED if self.session.subject.is_typed else _EDITED
            self._about_edits.value = info_text(words) if self.session.is_edited else ""

    def _predict_missing(self) -> None:
        if self.engine.predictions.complete:
            self._finish()
            return
        self.engine.predict_dataset(self._take_predictions, self._finish)

    def listed_rows(self) -> list[int]:
        if len(self._frame) != len(self.session.dataset):  # added while another tab was open
            self._take_predictions()
        return self.table.rows.index.tolist()

    def _choose(self, index: int) -> None:
        self.session.sequence_index = int(index)

    def _take_predictions(self) -> None:
        self._frame = self.engine.predictions.to_frame()
        self._filter(keep_page=True)

    def _finish(self) -> None:
        self._take_predictions()
        self.table.choose(self.session.sequence_index)
        errors = self.engine.predictions.errors
        self._message.value = "".join(
            f"<div><b>{escape(name)}</b>{error_text(error)}</div>" for name, error in errors.items()
        )
        if self._labelled:
            self._show_metrics()

    def _filter(self, keep_page: bool = False) -> None:
        frame = self._frame
        shown = frame.assign(**{NUMBER: np.arange(1, len(frame) + 1)})
        for name in self.engine.predictions.errors:
            shown[name] = "–"
        keep = np.ones(len(frame), dtype=bool)
        if self.search.value.strip():
            keep &= self._matches(self.search.value.strip())
        if self._labelled:
            right = self._right(frame)
            known = frame[list(self.engine.models)].notna().to_numpy()
            marks = np.where(known, np.where(right, "✓", "✗"), "…")
            shown[_CALLS] = ["".join(row) for row in marks] if len(frame) else ""
            shown[_BOUND] = np.where(frame[LABEL] == 1, "bound", "unbound")
            if self.label.value != "all":
                keep &= (frame[LABEL] == (self.label.value == "bound")).to_numpy()
            keep &= self._judged(right, known)
        self.table.show(shown[keep], keep_page=keep_page)

    def _matches(self, text: str) -> np.ndarray:
        names = self._frame[NAME].astype(str).str.contains(text, case=False, regex=False)
        bases = pd.Series(list(self.session.dataset.sequences)).str.contains(
            text.upper(), regex=False
        )
        return (names.to_numpy() | bases.to_numpy()).astype(bool)

    def _right(self, frame: pd.DataFrame) -> np.ndarray:
        """Return whether each model predicts each sequence correctly at 0.5, ``(n, models)``."""
        probabilities = frame[list(self.engine.models)].to_numpy()
        return (probabilities >= 0.5) == (frame[LABEL].to_numpy()[:, None] == 1)

    def _judged(self, right: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Return the rows that pass the filter by correct or wrong prediction."""
        wanted = _OUTCOMES[self.outcome.value]
        if wanted is None:
            return np.ones(len(right), dtype=bool)
        judge = self.judge.index
        answers = (right == wanted) & known
        return (answers if judge == 0 else answers[:, [judge - 1]]).any(axis=1)

    def _show_metrics(self) -> None:
        from demo_widgets.models.evaluation import binary_metrics

        labels = self._frame[LABEL].to_numpy()
        if len(np.unique(labels)) < 2:
            self.metrics.value = info_text(
                "All sequences have one label: ROC curves and AUROC need both bound and unbound."
            )
            self.roc.figure.layout.display = "none"
            return
        lines, scores, areas = [], [], []
        for name in self.engine.models:
            values = self._frame[name].to_numpy()
            missing = int(np.isnan(values).sum())
            scores.append(None if missing else values)
            if not missing:
                metrics = binary_metrics(labels, values)
                lines.append(self._metric_line(name, metrics))
                areas.append(f"{name} {metrics['auroc']:.3f}")
            elif name not in self.engine.predictions.errors:
                lines.append(
                    f'<tr><td>{escape(name)}</td><td colspan="3">no probability for '
                    f"{missing:,} sequences</td></tr>"
                )
        self.roc.draw(scores, labels)
        text = f"Area under the curve: {', '.join(areas)}; chance level is 0.5."
        self.aria.describe((self.roc.figure, "ROC curves of the models", text))
        bound = int((labels == 1).sum())
        self.metrics.value = (
            '<table class="dw-table"><tr><th>Model</th><th>AUROC</th><th>AUPRC</th>'
            f"<th>Accuracy</th></tr>{''.join(lines)}</table>"
            f'<p class="dw-note">{len(labels):,} sequences, {bound:,} bound; '
            "accuracy at P(bound) = 0.5. These values are optimistic for sequences "
            "that a model was trained on.</p>"
        )

    def _metric_line(self, name: str, metrics: dict[str, float]) -> str:
        cells = "".join(f"<td>{metrics[key]:.3f}</td>" for key in ("auroc", "auprc", "accuracy"))
        swatch = _line_swatch(self.model_colour(name), list(self.engine.models).index(name))
        named = (
            f'<td class="dw-name" title="{escape(name, quote=True)}">{swatch}{escape(name)}</td>'
        )
        return f"<tr>{named}{cells}</tr>"

    def _csv(self) -> tuple[str, str, bytes]:
        shown = self.table.rows[self._frame.columns]
        taken = set(self.engine.models)
        shown = shown.rename(columns={c: own_column(c[1:], taken) for c in (NAME, LABEL)})
        return "predictions.csv", "text/csv", shown_not_run(shown).to_csv(index=False).encode()


def _line_swatch(colour: str, model: int) -> str:
    """Return a swatch in a model's colour, or a piece of its line if it is dashed."""
    style = line_style(model)
    if style == "solid":
        return f'<span class="dw-swatch" style="background:{colour}"></span>'
    dashes = {"dashed": "5 3", "dotted": "2 3", "dash_dotted": "5 2 2 2"}[style]
    return (
        '<svg width="26" height="8" style="margin-right:5px"><line x1="0" y1="4" x2="26" y2="4" '
        f'stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"/></svg>'
    )
