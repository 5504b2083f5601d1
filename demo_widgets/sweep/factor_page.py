"""The page of one TF: scores, curves, motifs with their matches, and models to download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from demo_widgets.motifs import Motif
from demo_widgets.motifs.jaspar import jaspar
from demo_widgets.pictures.aligned_logos import SIGNIFICANT_Q, AlignedMatch, motif_picture
from demo_widgets.pictures.model_tracks import saliency_picture
from demo_widgets.pictures.page_parts import Cell, Message, Table
from demo_widgets.pictures.palette import BASE_PALETTES
from demo_widgets.pictures.static_page import write_page
from demo_widgets.sequences import one_hot_encode
from demo_widgets.sweep.curves import curves_picture, network_colour
from demo_widgets.sweep.jobs import TrainingJob, folder_name
from demo_widgets.sweep.plan import Plan
from demo_widgets.sweep.summary_tables import METRICS
from demo_widgets.sweep.training_records import MODEL, read_interpretation, read_training

__all__ = ["factor_page_link", "number", "write_factor_page"]

_COLOURS = BASE_PALETTES["classic"]
_Record = Mapping[str, Any]


def factor_page_link(factor: str) -> str:
    """Return the path of a TF's page, relative to the sweep's folder."""
    return f"factors/{folder_name(factor)}.html"


def number(value: Any, places: int = 4) -> str:
    """Return a number as text; a dash if missing."""
    return "–" if value is None or value != value else f"{value:.{places}f}"


def write_factor_page(plan: Plan, rows: Sequence[tuple[TrainingJob, _Record | None]]) -> None:
    """Write the page of a TF.

    Parameters
    ----------
    plan
        The sweep.
    rows
        All trainings of the TF with their rows of the results table; ``None`` for unfinished ones.
    """
    first = rows[0][0]
    trained = [(job, record) for job, _ in rows if (record := read_training(job))]
    interpreted = [
        (job, record)
        for job, _ in trained
        if job.interpret and (record := read_interpretation(job))
    ]
    content: dict[str, Any] = {"counts": None, "scores": None, "interpreted": None}
    if trained:
        content |= {"counts": _counts(trained[0][1]), "scores": _scores_table(rows)}
        content |= _curves(trained)
    if interpreted:
        content |= {
            "saliency": _saliency(interpreted),
            "release": plan.settings.release,
            "interpreted": [_motifs(*each, plan.settings.release) for each in interpreted],
        }
    write_page(
        plan.out / factor_page_link(first.factor),
        "sweep_factor.html",
        title=first.factor,
        train_file=Path(first.train).name,
        test_file=Path(first.test).name,
        failures=_failures(rows),
        notes=[Message(m) for m in dict.fromkeys(m for _, r in trained for m in r["messages"])],
        **content,
    )


def _counts(record: _Record) -> tuple[int, int, int]:
    """Return the numbers of training sequences, and of bound and unbound test sequences."""
    test = record["scores"]["one_strand"]
    return record["n_train"], test["n_bound"], test["n_unbound"]


def _failures(rows: Sequence[tuple[TrainingJob, _Record | None]]) -> list[tuple[str, list[str]]]:
    """Return each reason with the trainings that failed for it."""
    reasons: dict[str, list[str]] = {}
    for job, row in rows:
        if row and row["error"]:
            reasons.setdefault(row["error"], []).append(f"{job.network_title} seed {job.seed}")
    return list(reasons.items())


def _scores_table(rows: Sequence[tuple[TrainingJob, _Record | None]]) -> Table:
    heads = [
        "Network", "Seed", "AUROC", "AUPRC", "Accuracy", "AUROC both strands",
        "AUPRC both strands", "Accuracy both strands", "Epochs", "Best epoch", "Seconds", "Worker",
        "Model",
    ]  # fmt: skip
    lines: list[list[str | Cell]] = []
    for job, row in rows:
        if row is None or row["auroc"] is None:
            continue
        link = f"../{(job.folder / MODEL).relative_to(job.out).as_posix()}"
        lines.append(
            [
                row["network"],
                str(row["seed"]),
                *(number(row[metric]) for metric in METRICS),
                *(number(row[f"{metric}_both_strands"]) for metric in METRICS),
                str(row["epochs"]),
                str(row["best_epoch"]),
                number(row["seconds"], 0),
                row["worker"],
                Cell("model.keras", href=link),
            ]
        )
    return Table(heads, lines, "Scores on the test set", sortable=True)


def _curves(records: Sequence[tuple[TrainingJob, _Record]]) -> dict[str, Any]:
    """Return ROC curves of one strand, held-out AUROC by epoch, and colours of the networks."""
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
    by_epoch = np.unique(np.linspace(1, max(2, longest), 6).astype(int)).tolist()
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
        (by_epoch, np.linspace(lowest, 1, round(10 * (1 - lowest)) + 1).tolist()),
    )
    legend = {network: network_colour(network) for network, *_ in roc}
    return {"roc": drawn, "history": learnt, "legend": list(legend.items())}


def _motifs(job: TrainingJob, record: _Record, release: str) -> SimpleNamespace:
    """Return the motifs of one network as logos, and what was left out."""
    return SimpleNamespace(
        title=job.network_title,
        seed=job.seed,
        logos=[_logo(motif, release) for motif in record["motifs"]],
        report=record["report"],
    )


def _logo(record: _Record, release: str) -> str:
    motif = Motif(record["name"], np.array(record["frequencies"]).T, n_sites=record["n_sites"])
    database = jaspar(release)
    matches = [
        AlignedMatch(
            database[match["target"]],
            match["offset"],
            match["strand"],
            f"{match['target']} {match['name']}  q = {match['q_value']:.2g} ({match['strand']})"
            + (", no match" if match["q_value"] >= SIGNIFICANT_Q else ""),
        )
        for match in record["matches"]
    ]
    caption = f"{record['consensus']} ({record['n_sites']:,} sites)"
    return motif_picture(motif, matches, caption, _COLOURS, on_page=True)


def _saliency(found: Sequence[tuple[TrainingJob, _Record]]) -> str:
    """Draw the saliency of the first bound test sequence, by the first seed of each network."""
    results: dict[str, Any] = {}
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
    return saliency_picture(results, title, "|dS/dx| at the base", _COLOURS, compact=True)
