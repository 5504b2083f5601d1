"""The chapter about one sequence: its pictures and their values."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from demo_widgets.dashboard.engine.known_motif_hits import hits_request
from demo_widgets.dashboard.engine.request import SALIENCY, TEMPORAL, Prediction
from demo_widgets.dashboard.report.model_results import (
    ModelResults,
    importance_options,
    results_of,
)
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import error_words
from demo_widgets.interpret.methods import METHODS, AttributionMethod
from demo_widgets.interpret.results import SaliencyResult, TemporalResult
from demo_widgets.pictures.model_tracks import axis_label, saliency_picture, temporal_picture
from demo_widgets.pictures.page_parts import CsvFile, Message, Table, file_name
from demo_widgets.pictures.palette import (
    BASE_PALETTES,
    SALIENCY_RAMP,
    SCORE_RAMP,
    SIGNED_RAMP,
    Ramp,
)
from demo_widgets.pictures.view_tables import own_column, saliency_table, temporal_table
from demo_widgets.sequences import as_one_hot

__all__ = ["Chapter", "chapter_of"]

MAX_TABLE_ROWS = 1000
"""Longer sequences have their values in the CSV file only."""


@dataclass(frozen=True)
class Tracks:
    """A picture with one row per model.

    Attributes
    ----------
    drawn
        SVG; empty if no model has a result.
    messages
        Reasons of models without a result.
    ramp, ends
        The colours of the strips, and the labels of the two ends.
    method
        How importance was computed; None for temporal scores.
    """

    drawn: str
    messages: tuple[Message, ...]
    ramp: Ramp
    ends: tuple[str, str]
    method: AttributionMethod | None = None


@dataclass(frozen=True)
class Hits:
    """Known motifs in the sequence.

    Attributes
    ----------
    names, release
        The names as entered, and the JASPAR release.
    messages
        Motifs that could not be scanned for, or cannot have hits here.
    table
        The hits; None if there are none.
    searched
        Whether the search succeeded.
    """

    names: str
    release: str
    messages: tuple[Message, ...]
    table: Table | None = None
    searched: bool = True


@dataclass(frozen=True)
class Chapter:
    """Data that ``report_chapter.html`` shows for one sequence."""

    subject: Subject
    predictions: Table
    failed_predictions: tuple[Message, ...]
    importance: Tracks
    temporal: Tracks
    hits: Hits | None
    values_file: CsvFile
    values_table: Table | None


def chapter_of(
    source: ReportSource, subject: Subject, predictions: ModelResults[Prediction]
) -> Chapter:
    """Return the chapter about one sequence."""
    saliency = results_of(source, SALIENCY, subject.sequence, **importance_options(source))
    temporal = results_of(source, TEMPORAL, subject.sequence)
    rows = [
        [name, f"{p.probability:.4f}", f"{p.score:+.3f}"] for name, p in predictions.good.items()
    ]
    values = _values(source, subject, saliency, temporal)
    return Chapter(
        subject,
        Table(["Model", "P(bound)", "Class score S"], rows, "Predictions", sortable=True),
        predictions.messages,
        _importance_tracks(source, subject, saliency),
        _temporal_tracks(source, subject, temporal),
        _hits(source, subject),
        CsvFile.of(values, f"values_{subject.row + 1}_{file_name(subject.name)}.csv"),
        None if len(values) > MAX_TABLE_ROWS else _values_table(values),
    )


def _importance_tracks(
    source: ReportSource, subject: Subject, results: ModelResults[SaliencyResult]
) -> Tracks:
    method, drawn = METHODS[source.attribution[0]], ""
    if results.good:
        title, colours = f"{method.label} of {subject.name}", BASE_PALETTES[source.palette]
        drawn = saliency_picture(results.good, title, axis_label(method), colours, compact=True)
    ramp, ends = SALIENCY_RAMP, ("none", "highest")
    if method.signed:
        ramp, ends = SIGNED_RAMP, ("against", "for “bound”")
    return Tracks(drawn, results.messages, ramp, ends, method)


def _temporal_tracks(
    source: ReportSource, subject: Subject, results: ModelResults[TemporalResult]
) -> Tracks:
    drawn = ""
    if results.good:
        title, colours = f"Temporal scores of {subject.name}", BASE_PALETTES[source.palette]
        one_hot = as_one_hot([subject.sequence])[0]
        drawn = temporal_picture(results.good, one_hot, title, colours, compact=True)
    return Tracks(drawn, results.messages, SCORE_RAMP, ("unbound", "bound"))


def _hits(source: ReportSource, subject: Subject) -> Hits | None:
    names, release = source.known_motifs, source.jaspar_release
    request = hits_request(names, release, subject.sequence)
    if request is None:
        return None
    found = source.results.all_of([request])[request]
    if isinstance(found, Exception):
        failure = Message(error_words(found), is_error=True)
        return Hits(names, release, (failure,), searched=False)
    messages = (
        *(Message(error_words(error), is_error=True) for error in found.unknown),
        *(Message(words) for words in found.without_hits),
    )
    if not len(found.hits):
        return Hits(names, release, messages)
    heads = ["Motif", "Matrix", "Start", "End", "Strand", "Score (log2 odds)", "p-value"]
    rows = [
        [
            str(hit["motif_name"]),
            str(hit["motif"]),
            str(hit["start"] + 1),
            str(hit["end"]),
            {"+": "forward", "-": "reverse"}[hit["strand"]],
            f"{hit['score']:.2f}",
            f"{hit['p_value']:.1e}",
        ]
        for hit in found.hits.to_dict("records")
    ]
    caption = "FIMO hits; first and last base, 1-based"
    return Hits(names, release, messages, Table(heads, rows, caption, sortable=True))


def _values(
    source: ReportSource,
    subject: Subject,
    saliency: ModelResults[SaliencyResult],
    temporal: ModelResults[TemporalResult],
) -> pd.DataFrame:
    """Return importance and temporal scores of each base, one column per model and score."""
    word = METHODS[source.attribution[0]].label.lower()
    named = {f"{name} {word}": result for name, result in saliency.good.items()}
    frame = saliency_table(named, subject.sequence)
    scores = temporal_table(temporal.good, subject.sequence).drop(columns=["position", "base"])
    scores = scores.rename(columns={name: own_column(str(name), frame) for name in scores})
    return pd.concat([frame, scores], axis=1)


def _values_table(frame: pd.DataFrame) -> Table:
    rows = [
        [cell if isinstance(cell, str) else f"{cell:.4g}" for cell in row]
        for row in frame.itertuples(index=False)
    ]
    return Table(list(frame.columns), rows, "Values at each position", sortable=True)
