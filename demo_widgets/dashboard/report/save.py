"""Write the report: one page that needs no network, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from html import escape

import pandas as pd

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.report.background import (
    models_section,
    optimization_section,
    settings_section,
)
from demo_widgets.dashboard.report.chapter import Answers, answers_of, chapter, needed
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.pictures.html import csv_link, table
from demo_widgets.pictures.page import PAGE_END, page_start, write_page

__all__ = ["save_report"]

_AT_ONCE = 96
"""Sequences times models computed together: their results fit into the state's cache."""


def save_report(
    path: str | os.PathLike,
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
        Models, sequences and settings; its results compute what is missing.
    subjects
        The sequences, in the order of the report.
    progress
        Called with the number of sequences written so far and of all.

    Raises
    ------
    DemoWidgetsError
        The folder does not exist or cannot be written to.
    Cancelled
        The source's ``cancel`` was set; nothing is written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise DemoWidgetsError(f"cannot save {os.fspath(path)!r}: there is no folder {folder!r}")
    write_page(path, _parts(source, subjects, progress))


def _parts(source, subjects, progress) -> Iterator[str]:
    """The page, piece by piece, so that a long report is never all in memory."""
    together = max(1, _AT_ONCE // len(source.models))
    predictions = []
    for some in _chunks(subjects, together):
        source.results.compute_ahead(
            [Request.of("prediction", name, s.sequence) for s in some for name in source.models],
            source.cancel,
        )
        predictions += [answers_of(source, "prediction", s.sequence) for s in some]
    yield _head(source, subjects)
    yield _contents(source, subjects, predictions, bool(source.optimized))
    predicted, done = iter(predictions), 0
    for some in _chunks(subjects, together):
        source.results.compute_ahead(
            [request for s in some for request in needed(source, s.sequence)], source.cancel
        )
        for subject in some:
            yield chapter(source, subject, next(predicted))
            done += 1
            if progress is not None:
                progress(done, len(subjects))
    yield optimization_section(source)
    yield models_section(source)
    yield settings_section(source)
    yield PAGE_END


def _chunks(subjects: Sequence[Subject], size: int) -> Iterator[Sequence[Subject]]:
    return (subjects[i : i + size] for i in range(0, len(subjects), size))


def _head(source: ReportSource, subjects: Sequence[Subject]) -> str:
    about = subjects[0].name if len(subjects) == 1 else f"{len(subjects):,} sequences"
    title = f"Deep Motif Dashboard: {about}"
    dataset = escape(str(source.dataset.name or "the dataset"))
    return (
        f"{page_start(title)}"
        f'<p class="note">Which bases made {len(source.models)} '
        f"network{'' if len(source.models) == 1 else 's'} call DNA of {dataset} “bound”. "
        "P(bound) is a probability; the class score S is what the attributions explain (see "
        '<a href="#models">Models</a> and <a href="#settings">Settings</a>).</p>\n'
    )


def _contents(
    source: ReportSource,
    subjects: Sequence[Subject],
    predictions: Sequence[Answers],
    optimized: bool,
) -> str:
    """Table of contents and of predictions, with all predictions as a CSV file."""
    frame = pd.DataFrame(
        {
            "row": [s.row + 1 for s in subjects],
            "name": [s.name for s in subjects],
            "label": [s.label_words for s in subjects],
            "sequence": [s.sequence for s in subjects],
        }
    )
    for name in source.models:
        good = [answers.good.get(name) for answers in predictions]
        frame[f"{name} P(bound)"] = [p.probability if p else float("nan") for p in good]
        frame[f"{name} class score"] = [p.score if p else float("nan") for p in good]
    link = f'<p class="files">Predictions: {csv_link(frame, "predictions.csv")}</p>\n'
    if len(subjects) == 1:
        return link
    rows = [
        [
            str(s.row + 1),
            f'<a href="#sequence-{s.row + 1}">{escape(s.name)}</a>',
            s.label_words,
            *(_probability(answers.good.get(name)) for name in source.models),
        ]
        for s, answers in zip(subjects, predictions, strict=True)
    ]
    heads = ["Row", "Sequence", "Label", *(f"{name} P(bound)" for name in source.models)]
    after = '<a href="#class-optimization">Class optimization</a> · ' if optimized else ""
    return (
        '<nav aria-label="Contents"><h2>Contents</h2>'
        + table(heads, rows, "Sequences of this report", sortable=True, marked=True)
        + f'<p>{after}<a href="#models">Models</a> · '
        f'<a href="#settings">Settings, data and versions</a></p></nav>{link}'
    )


def _probability(prediction) -> str:
    return "–" if prediction is None else f"{prediction.probability:.3f}"
