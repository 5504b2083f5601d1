"""The rows of the contests as the tables of ``benchmarks/README.md``."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ..tables import duration, markdown
from .import_time import GOAL_S
from .row import OURS

__all__ = ["NETWORKS", "PARTS", "report", "verdict"]

NETWORKS = ("CNN", "RNN", "CNN-RNN")
PARTS = {
    "saliency": "Saliency: the gradient of the class score at each base",
    "mutagenesis": "In-silico mutagenesis: the class score of every single substitution",
    "temporal": "Temporal output scores of one sequence",
    "class_optimization": "Class optimization, one restart of 101 bases",
    "motifs": "Motif discovery",
    "import": "Import",
}

BUSY = 3.0  # load average: the benchmark itself makes about 2 on two cores


def report(rows: pd.DataFrame) -> str:
    """Return all tables in Markdown: one per part, the goals, and the noise."""
    order = {name: place for place, name in enumerate([*PARTS, *NETWORKS])}
    for column in ("network", "part"):
        rows = rows.sort_values(column, key=lambda names: names.map(order), kind="stable")
    tables = [
        f"### {title}\n\n{_table(part, rows[rows['part'] == part])}"
        for part, title in PARTS.items()
        if (rows["part"] == part).any()
    ]
    return "\n\n".join([*tables, _goals(rows), _noise(rows)])


def verdict(ratio: float, goal: float) -> str:
    """``"met"``, or by how much the goal was missed."""
    return "met" if ratio >= goal else f"missed by {100 * (1 - ratio / goal):.0f} %"


def _table(part: str, rows: pd.DataFrame) -> str:
    if part == "import":
        row = rows.iloc[0]
        return f"`import demo_widgets` takes {duration(row['seconds'])}; {row['note']}."
    programs = list(dict.fromkeys([OURS, *rows["program"]]))
    lines = []
    for (network, size), group in rows.groupby(["network", "size"], sort=False):
        of = {row["program"]: row for _, row in group.iterrows()}
        lines.append([network, size, *(_cell(of.get(name)) for name in programs)])
    table = markdown(["network", "of", *programs], lines, texts=2)
    return table + _notes(rows)


def _cell(row: pd.Series | None) -> str:
    """Return the time and its ratio to ours, or the reason why there is none."""
    if row is None:
        return ""
    if pd.isna(row["seconds"]):
        return str(row["note"]).split(":")[0]
    time = duration(row["seconds"])
    return time if row["program"] == OURS else f"{time} ({_times(row['times_slower'])})"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}×" if ratio < 9.95 else f"{ratio:,.0f}×"


def _notes(rows: pd.DataFrame) -> str:
    """Return the remarks below a table: motifs found, and failures."""
    told = rows[rows["note"].notna() & ~rows["note"].isin(["", "not installed"])]
    lines = [f"- {row['network']}, {row['program']}: {row['note']}" for _, row in told.iterrows()]
    return "\n\n" + "\n".join(lines) if lines else ""


def _goals(rows: pd.DataFrame) -> str:
    lines = []
    for _, row in rows[rows["goal"].notna()].iterrows():
        ratio = row["times_slower"]
        lines.append(
            [
                f"{row['part']}, {row['network']}, {row['size']}",
                f"{row['goal']:g}× as fast as {row['program']}",
                "" if pd.isna(ratio) else _times(ratio),
                "not measured" if pd.isna(ratio) else verdict(ratio, row["goal"]),
            ]
        )
    for _, row in rows[rows["part"] == "import"].iterrows():
        goal, seconds = GOAL_S, row["seconds"]
        lines.append(
            ["import", f"at most {duration(goal)}", duration(seconds), verdict(goal, seconds)]
        )
    return "### Goals\n\n" + markdown(["what", "goal", "found", ""], lines, texts=2)


def _noise(rows: pd.DataFrame) -> str:
    timed = rows[rows["repetitions"] > 0]
    spread = (timed["third_quartile"] - timed["first_quartile"]) / timed["seconds"]
    loads, repetitions = timed["load_average"], timed["repetitions"]
    wide = f"{spread.median():.0%} in the middle, at most {spread.max():.0%}"
    compared = rows.loc[rows["program"] != OURS, "difference"].max()
    return (
        f"Run: {_list(rows['run'])}. Machine: {_list(rows['machine'])}. "
        f"Versions: {_list(rows['versions'])}.\n\n"
        f"Times are medians of {repetitions.min():.0f} to {repetitions.max():.0f} repetitions, "
        f"taken in turn. Interquartile range over median: {wide}. Load average {loads.min():.1f} "
        f"to {loads.max():.1f}. Largest difference of a rival's numbers from ours: "
        f"{compared:.0e} of the largest number.{_busy(loads.max())}"
    )


def _busy(load: float) -> str:
    if load <= BUSY:
        return ""
    return (
        " **The machine was busy with other work**: the times are upper bounds, and the ratios "
        "rough, those of the PyTorch programs most of all."
    )


def _list(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))
