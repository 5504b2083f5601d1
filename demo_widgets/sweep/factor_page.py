"""The page of one TF: scores, curves, motifs with their names, and the models to download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from demo_widgets.motifs import Motif, jaspar
from demo_widgets.pictures.html import table
from demo_widgets.pictures.motif_picture import AlignedMatch, motif_picture
from demo_widgets.pictures.page import PAGE_END, page_start, write_page
from demo_widgets.pictures.palette import BASE_PALETTES
from demo_widgets.pictures.view_pictures import saliency_picture
from demo_widgets.sequences import one_hot_encode
from demo_widgets.sweep.curves import curves_picture, network_colour
from demo_widgets.sweep.jobs import Job, folder_name
from demo_widgets.sweep.look import CSS
from demo_widgets.sweep.plan import Plan
from demo_widgets.sweep.records import MODEL, read_interpretation, read_training
from demo_widgets.sweep.summary_tables import METRICS

__all__ = ["factor_page_link", "number", "write_factor_page"]

_COLOURS = BASE_PALETTES["classic"]
_SIGNIFICANT_Q = 0.05


def factor_page_link(factor: str) -> str:
    """Where a TF's page is, from the sweep's folder."""
    return f"factors/{folder_name(factor)}.html"


def number(value: Any, places: int = 4) -> str:
    """A number as text; a dash where there is none."""
    return "–" if value is None or value != value else f"{value:.{places}f}"


def write_factor_page(plan: Plan, rows: list[tuple[Job, Mapping[str, Any] | None]]) -> None:
    """Write the page of a TF.

    Parameters
    ----------
    plan
        The sweep.
    rows
        All trainings of the TF with their rows of the results table; ``None`` where a training
        is not done yet.
    """
    name = rows[0][0].factor
    write_page(plan.out / factor_page_link(name), _parts(plan, rows))


def _parts(plan: Plan, rows) -> Iterator[str]:
    first = rows[0][0]
    records = [(job, record) for job, _ in rows if (record := read_training(job))]
    yield page_start(first.factor, css=CSS)
    yield (
        '<p><a href="../index.html">All TFs</a></p>'
        f'<p class="note">Trained on {escape(Path(first.train).name)}, scored on '
        f"{escape(Path(first.test).name)}"
        f"{_counts(records)}. One strand: the sequences as they are in the file. Both strands: "
        "the mean prediction of a sequence and its reverse complement.</p>"
    )
    yield _failures(rows)
    if not records:
        yield PAGE_END
        return
    yield _scores(rows)
    yield _curves(records)
    for message in dict.fromkeys(m for _, record in records for m in record["messages"]):
        yield f'<div class="dw-info">{escape(message)}</div>'
    yield from _interpretations(plan, [job for job, _ in records])
    yield PAGE_END


def _counts(records) -> str:
    if not records:
        return ""
    record = records[0][1]
    test = record["scores"]["one_strand"]
    return (
        f": {record['n_train']:,} sequences to train on, {test['n_bound']:,} bound and "
        f"{test['n_unbound']:,} unbound ones to test on"
    )


def _failures(rows) -> str:
    reasons: dict[str, list[str]] = {}
    for job, row in rows:
        if row and row["error"]:
            reasons.setdefault(row["error"], []).append(f"{job.network_title} seed {job.seed}")
    return "".join(
        f'<div class="dw-error" role="alert"><b>Failed: {escape(", ".join(which))}.</b> '
        f"{escape(reason)}</div>"
        for reason, which in reasons.items()
    )


def _scores(rows) -> str:
    heads = [
        "Network", "Seed", "AUROC", "AUPRC", "Accuracy", "AUROC both strands",
        "AUPRC both strands", "Accuracy both strands", "Epochs", "Best epoch", "Seconds", "Worker",
        "Model",
    ]  # fmt: skip
    lines = []
    for job, row in rows:
        if row is None or row["auroc"] is None:
            continue
        link = f"../{(job.folder / MODEL).relative_to(job.out).as_posix()}"
        lines.append(
            [
                escape(row["network"]),
                str(row["seed"]),
                *(number(row[metric]) for metric in METRICS),
                *(number(row[f"{metric}_both_strands"]) for metric in METRICS),
                str(row["epochs"]),
                str(row["best_epoch"]),
                number(row["seconds"], 0),
                escape(row["worker"]),
                f'<a href="{escape(link)}">model.keras</a>',
            ]
        )
    return table(heads, lines, "Scores on the test set", sortable=True, marked=True)


def _curves(records) -> str:
    """ROC curves of one strand, and the held-out AUROC by epoch."""
    roc, history = [], []
    for job, record in records:
        network, points, epochs = job.network_title, record["roc"], record["epochs"]
        roc.append((network, points["false_positive_rate"], points["true_positive_rate"]))
        numbers = [epoch["epoch"] for epoch in epochs]
        history.append((network, numbers, [epoch["validation_auroc"] for epoch in epochs]))
    lowest = min(0.5, *(min(auroc) for *_, auroc in history))
    lowest = np.floor(10 * lowest) / 10
    longest = max(len(numbers) for _, numbers, _ in history)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    by_epoch = np.unique(np.linspace(1, max(2, longest), 6).astype(int))
    drawn = curves_picture(
        roc,
        "ROC curves of the test set, one strand",
        ("false positive rate", "true positive rate"),
        (quarters, quarters),
    )
    learnt = curves_picture(
        history,
        "AUROC of the held-out tenth by epoch",
        ("epoch", "AUROC"),
        (by_epoch, np.linspace(lowest, 1, round(10 * (1 - lowest)) + 1)),
    )
    legend = "".join(_legend(name) for name in dict.fromkeys(network for network, *_ in roc))
    return (
        '<div class="charts">'
        f"<figure><figcaption><b>ROC on the test set, one strand</b>{legend}</figcaption>"
        f"{drawn}</figure><figure><figcaption><b>Training: AUROC on the held-out tenth</b>"
        f"{legend}</figcaption>{learnt}</figure></div>"
    )


def _legend(network: str) -> str:
    colour = network_colour(network)
    return f'<span class="legend"><i style="background:{colour}"></i>{escape(network)}</span>'


def _interpretations(plan: Plan, jobs: list[Job]) -> Iterator[str]:
    found = [
        (job, record) for job in jobs if job.interpret and (record := read_interpretation(job))
    ]
    if not found:
        return
    yield _saliency(found)
    yield (
        '<section id="motifs"><h2>Motifs by saliency</h2><p class="note">Each bound test '
        "sequence’s window of highest saliency, aligned on both strands; below each motif its "
        f"nearest in {escape(plan.settings.release)} CORE vertebrates (Tomtom; q is the "
        "Benjamini-Hochberg value over the database).</p>"
    )
    for job, record in found:
        yield f"<h3>{escape(job.network_title)}, seed {job.seed}</h3>"
        for motif in record["motifs"]:
            yield _logo(motif, plan.settings.release)
        if not record["motifs"]:
            yield "<p>No motif.</p>"
        for sentence in record["report"]:
            yield f'<p class="note">{escape(sentence)}</p>'
    yield "</section>"


def _logo(record: Mapping[str, Any], release: str) -> str:
    motif = Motif(record["name"], np.array(record["frequencies"]).T, n_sites=record["n_sites"])
    database = jaspar(release)
    matches = [
        AlignedMatch(
            database[match["target"]],
            match["offset"],
            match["strand"],
            f"{match['target']} {match['name']}  q = {match['q_value']:.2g} ({match['strand']})"
            + (", no match" if match["q_value"] >= _SIGNIFICANT_Q else ""),
        )
        for match in record["matches"]
    ]
    caption = f"{record['consensus']} ({record['n_sites']:,} sites)"
    drawn = motif_picture(motif, matches, caption, _COLOURS, on_page=True)
    return f'<figure class="logo">{drawn}</figure>'


def _saliency(found: list[tuple[Job, Mapping[str, Any]]]) -> str:
    """Saliency of the first bound test sequence, by the first seed of each network."""
    results = {}
    for job, record in found:
        shown = record["saliency"]
        importance = np.array([shown["importance"]])
        results.setdefault(
            job.network_title,
            SimpleNamespace(
                importance=importance,
                contributions=importance[..., None] * one_hot_encode([shown["sequence"]]),
                probabilities=[shown["probability"]],
                scores=[shown["score"]],
            ),
        )
    seed = found[0][0].seed
    title = f"Saliency of {shown['name']}, seed {seed}"
    drawn = saliency_picture(results, title, "|dS/dx| at the base", _COLOURS, compact=True)
    return (
        '<section id="saliency"><h2>Saliency of the first bound test sequence</h2>'
        '<p class="note">The taller a letter, the more the class score S changes when that base '
        "changes.</p>"
        f'<figure class="paper" tabindex="0" aria-label="Saliency maps">{drawn}</figure></section>'
    )
