"""The tables of a sweep: one row per training, and performance of the networks over all TFs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demo_widgets.models.network_table import NETWORKS
from demo_widgets.sweep.jobs import TrainingJob
from demo_widgets.sweep.training_records import read_interpretation, read_training

__all__ = ["METRICS", "RESULT_COLUMNS", "result_row", "results_table", "summary_table"]

METRICS = ("auroc", "auprc", "accuracy")
_BOTH = "_both_strands"
RESULT_COLUMNS = [
    "tf", "network", "seed", *METRICS, *(f"{metric}{_BOTH}" for metric in METRICS),
    "epochs", "best_epoch", "seconds", "worker", "top_motif", "top_match", "top_match_q", "error",
]  # fmt: skip


def result_row(job: TrainingJob, error: str = "") -> dict[str, Any] | None:
    """Return the row of a training; ``None`` if it is neither done nor failed."""
    row: dict[str, Any] = dict.fromkeys(RESULT_COLUMNS)
    row |= {"tf": job.factor, "network": job.network_title, "seed": job.seed, "error": error}
    training = read_training(job)
    if training is None:
        return row if error else None
    for metric in METRICS:
        row[metric] = training["scores"]["one_strand"][metric]
        row[metric + _BOTH] = training["scores"]["both_strands"][metric]
    row["epochs"], row["best_epoch"] = len(training["epochs"]), training["best_epoch"]
    row["seconds"], row["worker"] = training["seconds"], training["worker"]
    found = read_interpretation(job)
    if job.interpret and found and found["motifs"]:
        best = found["motifs"][0]
        row["top_motif"] = best["consensus"]
        if best["matches"]:
            match = best["matches"][0]
            row["top_match"] = f"{match['target']} {match['name']}"
            row["top_match_q"] = match["q_value"]
    return row


def results_table(
    rows: Mapping[TrainingJob, dict[str, Any] | None], jobs: list[TrainingJob]
) -> pd.DataFrame:
    """Return all available rows, in the order of ``jobs``."""
    found = [rows[job] for job in jobs if rows.get(job)]
    table = pd.DataFrame(found, columns=RESULT_COLUMNS)
    numbers = [*METRICS, *(f"{metric}{_BOTH}" for metric in METRICS), "seconds", "top_match_q"]
    return table.astype(dict.fromkeys(numbers, float)).astype(
        {"seed": int, "epochs": "Int64", "best_epoch": "Int64"}
    )


def summary_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return mean, median and standard deviation of AUROC over the TFs, by network.

    The seeds of a TF are averaged first, so that each TF counts once. The standard deviation
    is that of a sample (n - 1).
    """
    done = results[results["auroc"].notna()]
    trainings = done.groupby("network").size()
    by_tf = done.groupby(["network", "tf"])[["auroc", f"auroc{_BOTH}"]].mean()
    by_network = by_tf.groupby("network")
    columns = {"tfs": by_network.size(), "trainings": trainings}
    for measure in ("auroc", f"auroc{_BOTH}"):
        for name, method in {"mean": "mean", "median": "median", "sd": "std"}.items():
            columns[f"{measure}_{name}"] = getattr(by_network[measure], method)()
    order = [each.title for each in NETWORKS.values() if each.title in trainings.index]
    return pd.DataFrame(columns).loc[order].rename_axis("network").reset_index()
