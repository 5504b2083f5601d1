"""The plots of ``benchmarks/scaling.py``: one SVG per part."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

__all__ = ["draw"]

COLOURS = {"CNN": "#0072B2", "RNN": "#D55E00", "CNN-RNN": "#009E73"}
MARKERS = {"CNN": "o", "RNN": "s", "CNN-RNN": "^"}
X_LABELS = {
    "length": "length of the sequence (bases)",
    "sequences": "sequences of 101 bases",
    "streaming": "sequences of 101 bases",
    "models": "models",
}


def draw(rows: pd.DataFrame, folder: Path) -> None:
    """Write ``scaling_<part>.svg`` of each part that has rows into ``folder``."""
    import matplotlib

    matplotlib.use("Agg")
    # The same numbers give the same file, and letters stay letters.
    style = {"svg.hashsalt": "scaling", "svg.fonttype": "none", "font.size": 10}
    with matplotlib.rc_context(style):
        for part, of_part in rows.groupby("part", sort=False):
            _figure(part, of_part, folder / f"scaling_{part}.svg")


def _figure(part: str, rows: pd.DataFrame, path: Path) -> None:
    from matplotlib import pyplot as plt

    panels = [(task, "seconds") for task in dict.fromkeys(rows["task"])]
    if part == "streaming":
        panels.append(("most memory held", "peak_mb"))
    wide = min(len(panels), 2)
    high = -(-len(panels) // wide)
    figure, axes = plt.subplots(
        high,
        wide,
        figsize=(3.8 * wide, 3.1 * high),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for axis, (title, column) in zip(axes.flat, panels, strict=True):
        of_panel = rows if column == "peak_mb" else rows[rows["task"] == title]
        _lines(axis, of_panel.dropna(subset=[column]), column)
        _scales(axis, part, column, sorted(set(rows["count"])))
        axis.set(title=title, xlabel=X_LABELS[part])
        axis.set_ylabel("memory (MB)" if column == "peak_mb" else "time (s)")
    axes[0][0].legend(frameon=False, loc="upper left")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _lines(axis, rows: pd.DataFrame, column: str) -> None:
    """Draw one line per network, with quartiles as a band."""
    for network, line in rows.groupby("network", sort=False):
        colour, marker = COLOURS[network], MARKERS[network]
        axis.plot(line["count"], line[column], color=colour, marker=marker, ms=5, label=network)
        if column == "seconds":
            low, high = line["first_quartile"], line["third_quartile"]
            axis.fill_between(line["count"], low, high, color=colour, alpha=0.2, lw=0)


def _scales(axis, part: str, column: str, counts: list[int]) -> None:
    """Set a logarithmic axis over whole decades; flat or proportional quantities start at zero."""
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    if part == "models":
        axis.set_xticks(counts)
    else:
        axis.set_xscale("log")
    if part == "models" or column == "peak_mb":
        axis.set_ylim(0, 1.15 * axis.dataLim.ymax)
        return
    axis.set_yscale("log")
    low, high = axis.dataLim.intervaly
    axis.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
