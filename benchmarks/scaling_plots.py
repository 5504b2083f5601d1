"""The plots of ``benchmarks/scaling.py``: one SVG a part, logarithmic both ways."""

from __future__ import annotations

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
    size = (3.4 * len(panels) + 0.6, 3.4)
    figure, axes = plt.subplots(1, len(panels), figsize=size, squeeze=False, layout="constrained")
    for axis, (title, column) in zip(axes[0], panels, strict=True):
        of_panel = rows if column == "peak_mb" else rows[rows["task"] == title]
        _panel(axis, of_panel, column)
        axis.set(title=title, xlabel=X_LABELS[part])
        axis.set_ylabel("memory (MB)" if column == "peak_mb" else "time (s)")
        if part == "models":
            axis.set_xscale("linear")
            axis.set_xticks(sorted(set(rows["count"])))
    if rows["network"].nunique() > 1:
        axes[0][0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _panel(axis, rows: pd.DataFrame, column: str) -> None:
    """One line a network, with the quartiles as a band; memory starts at zero."""
    axis.set_xscale("log")
    if column == "seconds":
        axis.set_yscale("log")
    for network, line in rows.dropna(subset=[column]).groupby("network", sort=False):
        colour, marker = COLOURS[network], MARKERS[network]
        axis.plot(line["count"], line[column], color=colour, marker=marker, ms=5, label=network)
        if column == "seconds":
            axis.fill_between(
                line["count"],
                line["first_quartile"],
                line["third_quartile"],
                color=colour,
                alpha=0.2,
                lw=0,
            )
    if column != "seconds":
        axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
