"""The page that a sweep is browsed from: what the networks reach, and every TF."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pandas as pd

from demo_widgets.models.network_table import NETWORKS
from demo_widgets.pictures.html import csv_link, table
from demo_widgets.pictures.page import PAGE_END, page_start, write_page
from demo_widgets.sweep.factor_page import factor_page_link, number
from demo_widgets.sweep.look import CSS
from demo_widgets.sweep.plan import Plan

__all__ = ["write_index_page"]


def write_index_page(plan: Plan, results: pd.DataFrame, summary: pd.DataFrame) -> None:
    """Write ``index.html`` of a sweep.

    Parameters
    ----------
    plan
        The sweep.
    results, summary
        Its tables as they are now.
    """
    failed = results[results["error"] != ""]
    done = len(results) - len(failed)
    parts = [
        page_start(f"Sweep of {plan.folder.resolve().name}", css=CSS),
        _introduction(plan, done, len(failed)),
        _summary(summary),
        f'<p class="files">{csv_link(results, "results.csv")} · '
        f"{csv_link(summary, 'summary.csv')}</p>",
        _failures(plan, failed),
        _factors(plan, results),
        _settings(plan),
        PAGE_END,
    ]
    write_page(plan.out / "index.html", parts)


def _introduction(plan: Plan, done: int, failed: int) -> str:
    waiting = len(plan.jobs) - done - failed
    state = f"{done:,} of {len(plan.jobs):,} trainings are done"
    if waiting:
        state += f", {waiting:,} are still to be done"
    if failed:
        state += f', <a href="#failed">{failed:,} failed</a>'
    return (
        f'<p>{state}.</p><p class="note">Each TF’s networks are trained on its training file and '
        "scored on its test file. AUROC of one strand is that of the sequences as they are in the "
        "file; of both strands, that of the mean prediction of a sequence and its reverse "
        "complement.</p>"
    )


def _summary(summary: pd.DataFrame) -> str:
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
    return f"<h2>Networks</h2>{table(heads, rows, words)}"


def _failures(plan: Plan, failed: pd.DataFrame) -> str:
    """Trainings that failed and TFs that were left out; nothing where there is none."""
    left_out = "".join(f'<div class="dw-info">{escape(words)}</div>' for words in plan.warnings)
    if not len(failed):
        return left_out
    rows = [[row.tf, row.network, str(row.seed), row.error] for row in failed.itertuples()]
    heads = ["TF", "Network", "Seed", "Reason"]
    return (
        f'{left_out}<section id="failed"><h2>Failed</h2>'
        + table(heads, rows, "Start the sweep again to try these once more", sortable=True)
        + "</section>"
    )


def _factors(plan: Plan, results: pd.DataFrame) -> str:
    networks = [NETWORKS[name].title for name in plan.settings.networks]
    heads = ["TF", *(f"{name} AUROC" for name in networks)]
    heads += [f"{name} both strands" for name in networks]
    if plan.settings.interpret:
        heads += ["Top motif", "Nearest in JASPAR", "q"]
    by_tf = dict(list(results.groupby("tf", sort=False)))
    rows = []
    for factor in plan.factors:
        of_factor = by_tf.get(factor.name)
        if of_factor is None:
            continue
        link = f'<a href="{factor_page_link(factor.name)}">{escape(factor.name)}</a>'
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
    return (
        '<section id="factors"><h2>Transcription factors</h2>'
        + table(heads, rows, caption, sortable=True, marked=True)
        + "</section>"
    )


def _motif_cells(of_factor: pd.DataFrame) -> list[str]:
    """The best-matching motif of a TF's networks: consensus, match and q; dashes for none."""
    matched = of_factor[of_factor["top_match_q"].notna()]
    if not len(matched):
        return ["–", "–", "–"]
    best = matched.loc[matched["top_match_q"].idxmin()]
    return [escape(best["top_motif"]), escape(best["top_match"]), f"{best['top_match_q']:.1e}"]


def _settings(plan: Plan) -> str:
    from demo_widgets import __version__

    settings = plan.settings
    rows = [
        ["Sequences", str(plan.folder)],
        ["Networks", ", ".join(NETWORKS[name].title for name in settings.networks)],
        ["Seeds", ", ".join(map(str, settings.seeds))],
        ["Epochs at most", str(settings.epochs)],
        ["Motifs", f"saliency, {settings.release}" if settings.interpret else "not asked for"],
        ["Version", f"demo_widgets {__version__}"],
        ["Written", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")],
    ]
    return (
        '<section id="settings"><h2>Settings</h2>'
        + table(["What", "Value"], rows, "How to make this sweep again")
        + "</section>"
    )
