"""ROC curves of several models in one plot."""

from __future__ import annotations

from collections.abc import Sequence

import bqplot
import numpy as np

from demo_widgets.pictures.palette import LINE_STYLES

__all__ = ["RocPlot", "line_style"]

_MOST_POINTS = 400


class RocPlot:
    """ROC curve of each model, with the diagonal of chance.

    Parameters
    ----------
    colours
        Colour of each model.

    Attributes
    ----------
    curves : list of bqplot.Lines
        One a model, in their order.
    figure : bqplot.Figure
        The plot.
    """

    def __init__(self, colours: Sequence[str]) -> None:
        unit = {"min": 0, "max": 1, "allow_padding": False}
        x_scale, y_scale = bqplot.LinearScale(**unit), bqplot.LinearScale(**unit)
        scales = {"x": x_scale, "y": y_scale}
        diagonal = bqplot.Lines(
            x=[0, 1],
            y=[0, 1],
            scales=scales,
            colors=["#999999"],
            line_style="dashed",
            stroke_width=1,
        )
        self.curves = [
            bqplot.Lines(
                x=[0.0, 1.0],
                y=[0.0, 0.0],
                scales=scales,
                colors=[colour],
                line_style=line_style(place),
                stroke_width=2,
            )
            for place, colour in enumerate(colours)
        ]
        ticks = np.linspace(0, 1, 6)
        axes = [
            bqplot.Axis(
                scale=x_scale,
                label="false positive rate",
                label_offset="36px",
                tick_values=ticks,
                tick_format=".1f",
            ),
            bqplot.Axis(
                scale=y_scale,
                side="left",
                label="true positive rate",
                label_offset="38px",
                tick_values=ticks[1:],  # both axes begin at the one 0.0
                tick_format=".1f",
            ),
        ]
        self.figure = bqplot.Figure(
            marks=[diagonal, *self.curves],
            axes=axes,
            fig_margin={"top": 10, "bottom": 50, "left": 54, "right": 14},
            padding_x=0.01,
            padding_y=0.01,
            animation_duration=0,
            display_toolbar=False,
            layout={"width": "100%", "height": "300px", "min_width": "0"},
        )
        self.figure.add_class("dw-figure")

    def draw(self, scores: Sequence[np.ndarray | None], labels: np.ndarray) -> None:
        """Show the curve of each model's scores ``(n,)``; none where there are no scores.

        ``labels`` ``(n,)`` are 1 for bound and 0 for unbound.
        """
        for curve, values in zip(self.curves, scores, strict=True):
            nothing = np.array([0.0, 1.0]), np.array([np.nan, np.nan])
            x, y = nothing if values is None else _roc_points(labels, values)
            with curve.hold_sync():
                curve.x, curve.y = x, y


def _roc_points(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates of the ROC curve, thinned to at most ``_MOST_POINTS``."""
    from sklearn.metrics import roc_curve

    false_rate, true_rate, _ = roc_curve(labels, scores)
    if len(false_rate) > _MOST_POINTS:
        kept = np.unique(np.linspace(0, len(false_rate) - 1, _MOST_POINTS).astype(int))
        false_rate, true_rate = false_rate[kept], true_rate[kept]
    return false_rate, true_rate


def line_style(model: int) -> str:
    """Line style of the ``model``-th model; with more than five, colours alone are ambiguous."""
    return LINE_STYLES[model // 5 % len(LINE_STYLES)]
