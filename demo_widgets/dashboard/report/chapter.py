"""One sequence of the report: its pictures and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.parts.elements import error_text, info_text, ramp_legend
from demo_widgets.dashboard.parts.known_motifs import hits_request
from demo_widgets.dashboard.parts.method_options import axis_label
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.html import csv_link, file_name, table
from demo_widgets.pictures.palette import BASE_PALETTES, SALIENCY_RAMP, SCORE_RAMP, SIGNED_RAMP
from demo_widgets.pictures.view_pictures import saliency_picture, temporal_picture
from demo_widgets.pictures.view_tables import own_column, saliency_table, temporal_table
from demo_widgets.sequences import as_one_hot

__all__ = ["Answers", "answers_of", "attribution_options", "chapter", "needed"]

MAX_TABLE_ROWS = 1000
"""Longer sequences have their values in the CSV file alone."""

_BASES_A_GROUP = 10


class Answers:
    """Results of one kind by model, and the messages of the models that have none."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.good: dict[str, Any] = {}
        self.messages = ""
        for name, answer in answers.items():
            if isinstance(answer, DemoWidgetsError):
                self.messages += info_text(f"{name}: {answer}")
            elif isinstance(answer, Exception):
                self.messages += f"<p><b>{escape(name)}</b></p>{error_text(answer)}"
            else:
                self.good[name] = answer


def answers_of(source: ReportSource, kind: str, sequence: str, **options: Any) -> Answers:
    """Ask every model, in this thread, for one kind of result."""
    requests = {name: Request.of(kind, name, sequence, **options) for name in source.models}
    results = source.results.all_of(list(requests.values()), source.cancel)
    return Answers({name: results[request] for name, request in requests.items()})


def needed(source: ReportSource, sequence: str) -> list[Request]:
    """What the pictures of one sequence are drawn from."""
    kinds = {"saliency": attribution_options(source), "temporal": {}}
    return [
        Request.of(kind, name, sequence, **options)
        for kind, options in kinds.items()
        for name in source.models
    ]


def attribution_options(source: ReportSource) -> dict[str, Any]:
    """Method of the Saliency tab and its settings, as keywords."""
    method, settings = source.attribution
    return {"method": method, **dict(settings)}


def chapter(source: ReportSource, subject: Subject, predictions: Answers) -> str:
    """Return the section of one sequence."""
    saliency = answers_of(source, "saliency", subject.sequence, **attribution_options(source))
    temporal = answers_of(source, "temporal", subject.sequence)
    return (
        f'<section class="chapter" id="sequence-{subject.row + 1}">'
        f"<h2>{subject.row + 1} · {escape(subject.name)}</h2>{_summary(subject, predictions)}"
        f"{_saliency(source, subject, saliency)}{_temporal(source, subject, temporal)}"
        f"{_hits(source, subject)}{_values(source, subject, saliency, temporal)}</section>\n"
    )


def _summary(subject: Subject, predictions: Answers) -> str:
    rows = [
        [name, f"{p.probability:.4f}", f"{p.score:+.3f}"] for name, p in predictions.good.items()
    ]
    edits = subject.edits
    edited = f"<p><b>Edited</b> (original{'→'}new): {escape(edits)}.</p>" if edits else ""
    if subject.is_typed:
        edited = f"<p><b>Typed in</b>, in the place of row {subject.row + 1}.</p>"
    label = f"Label{' of the original' if edits else ''}: {subject.label_words}"
    bases = subject.sequence
    groups = " ".join(bases[i : i + _BASES_A_GROUP] for i in range(0, len(bases), _BASES_A_GROUP))
    return (
        f"<p>{len(bases):,} bases. {label}.</p>{edited}"
        f'<p class="bases">{escape(groups)}</p>'
        + table(["Model", "P(bound)", "Class score S"], rows, "Predictions", sortable=True)
        + predictions.messages
    )


def _saliency(source: ReportSource, subject: Subject, answers: Answers) -> str:
    method, drawn = METHODS[source.attribution[0]], ""
    if answers.good:
        title, colours = f"{method.label} of {subject.name}", BASE_PALETTES[source.palette]
        drawn = _figure(
            saliency_picture(answers.good, title, axis_label(method), colours, compact=True),
            f"{method.label} of each model",
        )
    ramp, ends = SALIENCY_RAMP, ("none", "highest")
    if method.signed:
        ramp, ends = SIGNED_RAMP, ("against", "for “bound”")
    return (
        f"<h3>{escape(method.label)}: which bases the score hangs on</h3>"
        f'<p class="note">{escape(method.shows)} S is the class score. One scale for all models. '
        f"{ramp_legend(ramp, *ends)}</p>{drawn}{answers.messages}"
    )


def _temporal(source: ReportSource, subject: Subject, answers: Answers) -> str:
    drawn = ""
    if answers.good:
        title = f"Temporal scores of {subject.name}"
        colours, one_hot = BASE_PALETTES[source.palette], as_one_hot([subject.sequence])[0]
        drawn = _figure(
            temporal_picture(answers.good, one_hot, title, colours, compact=True),
            "Temporal output scores",
        )
    return (
        "<h3>Temporal scores: what a recurrent network believes as it reads</h3>"
        '<p class="note">The whole model applied to the bases read so far, from the left '
        "(forward, upper strip) and from the right (backward, lower strip). "
        f"{ramp_legend(SCORE_RAMP, 'unbound', 'bound')}</p>{drawn}{answers.messages}"
    )


def _hits(source: ReportSource, subject: Subject) -> str:
    request = hits_request(source.known_motifs, source.jaspar_release, subject.sequence)
    if request is None:
        return ""
    found = source.results.all_of([request])[request]
    title = f"<h3>Known motifs ({escape(source.jaspar_release)})</h3>"
    if isinstance(found, Exception):
        return title + error_text(found)
    hits = found.hits
    missing = "".join([*map(error_text, found.unknown), *map(info_text, found.without_hits)])
    if not len(hits):
        return f'{title}{missing}<p class="note">No hit of {escape(source.known_motifs)}.</p>'
    heads = ["Motif", "Matrix", "Start", "End", "Strand", "Score (log2 odds)", "p-value"]
    rows = [
        [
            str(hit.motif_name),
            str(hit.motif),
            str(hit.start + 1),
            str(hit.end),
            {"+": "forward", "-": "reverse"}[hit.strand],
            f"{hit.score:.2f}",
            f"{hit.p_value:.1e}",
        ]
        for hit in hits.itertuples()
    ]
    return (
        title
        + missing
        + table(heads, rows, "FIMO hits; first and last base, 1-based", sortable=True)
    )


def _values(source: ReportSource, subject: Subject, saliency: Answers, temporal: Answers) -> str:
    word = METHODS[source.attribution[0]].label.lower()
    named = {f"{name} {word}": result for name, result in saliency.good.items()}
    frame = saliency_table(named, subject.sequence)
    read = temporal_table(temporal.good, subject.sequence).drop(columns=["position", "base"])
    read = read.rename(columns={name: own_column(name, frame) for name in read})
    frame = pd.concat([frame, read], axis=1)
    name = f"values_{subject.row + 1}_{file_name(subject.name)}.csv"
    link = f'<p class="files">Values at each position: {csv_link(frame, name)}</p>'
    if len(frame) > MAX_TABLE_ROWS:
        return link
    rows = (
        [cell if isinstance(cell, str) else f"{cell:.4g}" for cell in row]
        for row in frame.itertuples(index=False)
    )
    body = table(list(frame.columns), rows, "Values at each position", sortable=True)
    return f"{link}<details><summary>Values as a table</summary>{body}</details>"


def _figure(svg: str, label: str) -> str:
    return f'<figure tabindex="0" aria-label="{label}">{svg}</figure>'
