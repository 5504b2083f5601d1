"""The index page of a sweep: performance of the networks, and all TFs."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from demo_widgets.models.network_table import NETWORKS
from demo_widgets.pictures.page_parts import Cell, CsvFile, Message, Table
from demo_widgets.pictures.static_page import write_page
from demo_widgets.sweep.factor_page import factor_page_link, number
from demo_widgets.sweep.plan import Plan

__all__ = ["write_index_page"]


def write_index_page(plan: Plan, results: pd.DataFrame, summary: pd.DataFrame) -> None:
    """Write ``index.html`` of a sweep.

    Parameters
    ----------
    plan
        The sweep.
    results, summary
        Its current tables.
    """
    failed = results[results["error"] != ""]
    write_page(
        plan.out / "index.html",
        "sweep_index.html",
        title=f"Sweep of {plan.folder.resolve().name}",
        n_done=len(results) - len(failed),
        n_trainings=len(plan.jobs),
        n_waiting=len(plan.jobs) - len(results),
        networks=_networks_table(summary),
        files=[CsvFile.of(results, "results.csv"), CsvFile.of(summary, "summary.csv")],
        left_out=[Message(words) for words in plan.warnings],
        failed=_failed_table(failed),
        factors=_factors_table(plan, results),
        settings=_settings_table(plan),
    )


def _networks_table(summary: pd.DataFrame) -> Table:
    heads = [
        "Network", "TFs", "Trainings", "Mean AUROC", "Median", "SD", "Mean, both strands",
        "Median, both strands", "SD, both strands",
    ]  # fmt: skip
    rows = [
        [row[0], str(row[1]), str(row[2]), *(number(value) for value in row[3:])]
        for row in summary.itertuples(index=False)
    ]
    words = (
        "AUROC over the TFs; the seeds of a TF are averaged first. SD: standard deviation (n - 1)"
    )
    return Table(heads, rows, words)


def _failed_table(failed: pd.DataFrame) -> Table:
    rows = failed[["tf", "network", "seed", "error"]].astype(str).values.tolist()
    heads = ["TF", "Network", "Seed", "Reason"]
    return Table(heads, rows, "Run the sweep again to retry these", sortable=True)


def _factors_table(plan: Plan, results: pd.DataFrame) -> Table:
    networks = [NETWORKS[name].title for name in plan.settings.networks]
    heads = ["TF", *(f"{name} AUROC" for name in networks)]
    heads += [f"{name} both strands" for name in networks]
    if plan.settings.interpret:
        heads += ["Top motif", "Nearest in JASPAR", "q"]
    by_tf = dict(list(results.groupby("tf", sort=False)))
    rows: list[list[str | Cell]] = []
    for factor in plan.factors:
        of_factor = by_tf.get(factor.name)
        if of_factor is None:
            continue
        link = Cell(factor.name, href=factor_page_link(factor.name))
        mean = of_factor.groupby("network")[["auroc", "auroc_both_strands"]].mean()
        cells = [
            number(mean[column].get(name))
            for column in ("auroc", "auroc_both_strands")
            for name in networks
        ]
        if plan.settings.interpret:
            cells += _motif_cells(of_factor)
        rows.append([link, *cells])
    caption = "Mean over the seeds"
    if plan.settings.interpret:
        caption += (
            f"; the motif is the saliency motif whose match in {plan.settings.release} has the "
            "lowest q-value among the TF’s networks"
        )
    return Table(heads, rows, caption, sortable=True)


def _motif_cells(of_factor: pd.DataFrame) -> list[str]:
    """Return consensus, match and q of the best-matching motif of a TF; dashes if none."""
    matched = of_factor[of_factor["top_match_q"].notna()]
    if not len(matched):
        return ["–", "–", "–"]
    best = matched.nsmallest(1, "top_match_q").iloc[0]
    return [best["top_motif"], best["top_match"], f"{best['top_match_q']:.1e}"]


def _settings_table(plan: Plan) -> Table:
    from demo_widgets import __version__

    settings = plan.settings
    rows = [
        ["Sequences", str(plan.folder)],
        ["Networks", ", ".join(NETWORKS[name].title for name in settings.networks)],
        ["Seeds", ", ".join(map(str, settings.seeds))],
        ["Epochs at most", str(settings.epochs)],
        ["Motifs", f"saliency, {settings.release}" if settings.interpret else "not requested"],
        ["Version", f"demo_widgets {__version__}"],
        ["Written", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")],
    ]
    return Table(["What", "Value"], rows, "How to reproduce this sweep")
