"""Write the report: one page that works offline, written completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from demo_widgets.dashboard.engine.request import PREDICTION, Prediction, Request
from demo_widgets.dashboard.report.appendix import (
    models_table,
    optimization_part,
    provenance_table,
    settings_table,
)
from demo_widgets.dashboard.report.chapter import Chapter, chapter_of
from demo_widgets.dashboard.report.model_results import ModelResults, results_of, results_wanted
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.pictures.page_parts import Cell, CsvFile, Table
from demo_widgets.pictures.static_page import write_page

__all__ = ["save_report"]

_AT_ONCE = 96
"""Sequences times models computed together, so that their results fit into the cache."""


def save_report(
    path: str | os.PathLike[str],
    source: ReportSource,
    subjects: Sequence[Subject],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a report of ``subjects`` to ``path``.

    Parameters
    ----------
    path
        An ``.html`` file; its folder must exist.
    source
        Models, sequences and settings; missing results are computed.
    subjects
        The sequences, in the order of the report.
    progress
        Called with the number of sequences written so far and the total.

    Raises
    ------
    DemoWidgetsError
        The folder does not exist or cannot be written to.
    Cancelled
        The source's ``cancel`` was set; nothing is written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise DemoWidgetsError(
            f"cannot save {os.fspath(path)!r}: the folder {folder!r} does not exist; create it or "
            "choose another path"
        )
    predictions = _predictions(source, subjects)
    about = subjects[0].name if len(subjects) == 1 else f"{len(subjects):,} sequences"
    write_page(
        path,
        "report.html",
        title=f"Deep Motif Dashboard: {about}",
        n_models=len(source.models),
        dataset=source.dataset.name or "the dataset",
        contents=_contents(source, subjects, predictions) if len(subjects) > 1 else None,
        predictions=_predictions_file(source, subjects, predictions),
        chapters=_chapters(source, subjects, predictions, progress),
        optimization=optimization_part(source),
        models=models_table(source),
        settings=settings_table(source),
        provenance=provenance_table(source),
    )


def _predictions(
    source: ReportSource, subjects: Sequence[Subject]
) -> list[ModelResults[Prediction]]:
    predictions: list[ModelResults[Prediction]] = []
    for some in _chunks(source, subjects):
        source.results.compute_ahead(
            [Request.of(PREDICTION, name, s.sequence) for s in some for name in source.models],
            source.cancel,
        )
        predictions += [results_of(source, PREDICTION, s.sequence) for s in some]
    return predictions


def _chapters(
    source: ReportSource,
    subjects: Sequence[Subject],
    predictions: Sequence[ModelResults[Prediction]],
    progress: Callable[[int, int], None] | None,
) -> Iterator[Chapter]:
    """Yield the chapters one after another, so that a long report is never fully in memory."""
    done = 0
    for some in _chunks(source, subjects):
        wanted = [request for s in some for request in results_wanted(source, s.sequence)]
        source.results.compute_ahead(wanted, source.cancel)
        for subject in some:
            yield chapter_of(source, subject, predictions[done])
            done += 1
            if progress is not None:
                progress(done, len(subjects))


def _chunks(source: ReportSource, subjects: Sequence[Subject]) -> Iterator[Sequence[Subject]]:
    size = max(1, _AT_ONCE // len(source.models))
    return (subjects[i : i + size] for i in range(0, len(subjects), size))


def _predictions_file(
    source: ReportSource,
    subjects: Sequence[Subject],
    predictions: Sequence[ModelResults[Prediction]],
) -> CsvFile:
    frame = pd.DataFrame(
        {
            "row": [s.row + 1 for s in subjects],
            "name": [s.name for s in subjects],
            "label": [s.label_words for s in subjects],
            "sequence": [s.sequence for s in subjects],
        }
    )
    for name in source.models:
        good = [results.good.get(name) for results in predictions]
        frame[f"{name} P(bound)"] = [p.probability if p else float("nan") for p in good]
        frame[f"{name} class score"] = [p.score if p else float("nan") for p in good]
    return CsvFile.of(frame, "predictions.csv")


def _contents(
    source: ReportSource,
    subjects: Sequence[Subject],
    predictions: Sequence[ModelResults[Prediction]],
) -> Table:
    """Return the table of contents with the predictions."""
    rows: list[list[str | Cell]] = [
        [
            str(s.row + 1),
            Cell(s.name, href=f"#sequence-{s.row + 1}"),
            s.label_words,
            *(_probability(results.good.get(name)) for name in source.models),
        ]
        for s, results in zip(subjects, predictions, strict=True)
    ]
    heads = ["Row", "Sequence", "Label", *(f"{name} P(bound)" for name in source.models)]
    return Table(heads, rows, "Sequences of this report", sortable=True)


def _probability(prediction: Prediction | None) -> str:
    return "–" if prediction is None else f"{prediction.probability:.3f}"
