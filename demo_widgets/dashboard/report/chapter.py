"""One sequence of the report: its pictures and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.interpret.methods import METHODS
from demo_widgets.sequences import as_one_hot

from ..computations import Request
from ..drawing.palette import BASE_PALETTES, SALIENCY_RAMP, SCORE_RAMP, SIGNED_RAMP
from ..drawing.pictures import saliency_picture, temporal_picture
from ..known_motifs import hits_request
from ..method_options import axis_label
from ..parts import error_text, info_text, ramp_legend
from ..state import DashboardState
from ..tables import own_column, saliency_table, temporal_table
from .html import csv_link, file_name, table
from .subjects import Subject

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


def answers_of(state: DashboardState, kind: str, sequence: str, **options: Any) -> Answers:
    """Ask every model, in this thread, for one kind of result."""
    requests = {name: Request.of(kind, name, sequence, **options) for name in state.models}
    results = state.results_now(list(requests.values()))
    return Answers({name: results[request] for name, request in requests.items()})


def needed(state: DashboardState, sequence: str) -> list[Request]:
    """What the pictures of one sequence are drawn from."""
    kinds = {"saliency": attribution_options(state), "temporal": {}}
    return [
        Request.of(kind, name, sequence, **options)
        for kind, options in kinds.items()
        for name in state.models
    ]


def attribution_options(state: DashboardState) -> dict[str, Any]:
    """Method of the Saliency tab and its settings, as keywords."""
    method, settings = state.attribution
    return {"method": method, **dict(settings)}


def chapter(state: DashboardState, subject: Subject, predictions: Answers) -> str:
    """Return the section of one sequence."""
    saliency = answers_of(state, "saliency", subject.sequence, **attribution_options(state))
    temporal = answers_of(state, "temporal", subject.sequence)
    return (
        f'<section class="chapter" id="sequence-{subject.row + 1}">'
        f"<h2>{subject.row + 1} · {escape(subject.name)}</h2>{_summary(subject, predictions)}"
        f"{_saliency(state, subject, saliency)}{_temporal(state, subject, temporal)}"
        f"{_hits(state, subject)}{_values(state, subject, saliency, temporal)}</section>\n"
    )


def _summary(subject: Subject, predictions: Answers) -> str:
    rows = [
        [name, f"{p.probability:.4f}", f"{p.score:+.3f}"] for name, p in predictions.good.items()
    ]
    edits = subject.edits
    edited = f"<p><b>Edited</b> (original{'→'}new): {escape(edits)}.</p>" if edits else ""
    label = f"Label{' of the original' if edits else ''}: {subject.label_words}"
    bases = subject.sequence
    groups = " ".join(bases[i : i + _BASES_A_GROUP] for i in range(0, len(bases), _BASES_A_GROUP))
    return (
        f"<p>{len(bases):,} bases. {label}.</p>{edited}"
        f'<p class="bases">{escape(groups)}</p>'
        + table(["Model", "P(bound)", "Class score S"], rows, "Predictions", sortable=True)
        + predictions.messages
    )


def _saliency(state: DashboardState, subject: Subject, answers: Answers) -> str:
    method, drawn = METHODS[state.attribution[0]], ""
    if answers.good:
        title, colours = f"{method.label} of {subject.name}", BASE_PALETTES[state.palette]
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


def _temporal(state: DashboardState, subject: Subject, answers: Answers) -> str:
    drawn = ""
    if answers.good:
        title = f"Temporal scores of {subject.name}"
        colours, one_hot = BASE_PALETTES[state.palette], as_one_hot([subject.sequence])[0]
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


def _hits(state: DashboardState, subject: Subject) -> str:
    request = hits_request(state, subject.sequence)
    if request is None:
        return ""
    found = state.results_now([request])[request]
    title = f"<h3>Known motifs ({escape(state.jaspar_release)})</h3>"
    if isinstance(found, Exception):
        return title + error_text(found)
    hits = found.hits
    missing = "".join([*map(error_text, found.unknown), *map(info_text, found.too_short)])
    if not len(hits):
        return f'{title}{missing}<p class="note">No hit of {escape(state.known_motifs)}.</p>'
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


def _values(state: DashboardState, subject: Subject, saliency: Answers, temporal: Answers) -> str:
    word = METHODS[state.attribution[0]].label.lower()
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
