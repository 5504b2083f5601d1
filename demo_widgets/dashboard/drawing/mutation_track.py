"""The in-silico mutagenesis map of one model: the effect of every substitution."""

from __future__ import annotations

from collections.abc import Callable

import bqplot
import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.drawing.marks import (
    HoverBars,
    LetterMark,
    RegionMark,
    StripMark,
    figure,
    position_axis,
)
from demo_widgets.dashboard.drawing.tracks import Track
from demo_widgets.pictures.palette import Ramp

__all__ = ["MutationTrack"]

_ROWS = 4  # T, G, C, A from below, so that A is on top
_FOOT = 1.1  # of the sequence under the map, in rows
_LETTERS = (-0.9, -0.12)  # place of the letters; the marks under them are edited bases


class MutationTrack(Track):
    """Heat map of mutant minus reference, one row per base, over the letters of the sequence.

    Parameters
    ----------
    x_scale
        The x scale shared by the tracks of a tab.
    colours
        Base -> colour.
    ramp
        Blue for a loss, red for a gain.
    with_x_axis
        Whether the track carries the axis of positions.
    on_hover, on_click
        Called with the 0-based position and the base of the cell.
    tooltip
        A widget shown at the pointer.
    """

    def __init__(
        self,
        x_scale: bqplot.LinearScale,
        colours: dict[str, str],
        ramp: Ramp,
        *,
        with_x_axis: bool,
        on_hover: Callable[[int, str], None],
        on_click: Callable[[int, str], None],
        tooltip: W.Widget,
    ) -> None:
        super().__init__(x_scale)
        cells = bqplot.LinearScale(min=-_FOOT, max=_ROWS, allow_padding=False)
        rows = [(float(i), float(i + 1)) for i in range(_ROWS)]
        self.map = StripMark(x_scale, cells, ramp, rows)
        self.letters = LetterMark(x_scale, cells, colours)
        self.chosen = RegionMark(x_scale, cells, "#888888", 0.28)
        self.cell = bqplot.Lines(
            x=np.zeros(1),
            y=np.zeros(1),
            scales={"x": x_scale, "y": cells},
            colors=["#111111"],
            stroke_width=2,
        )
        self.hover = HoverBars(x_scale, tooltip, rows=_ROWS)
        self.hover.mark.scales["y"].min = -_FOOT
        self.hover.on_hover(lambda position, row: on_hover(position, "TGCA"[row]))
        self.hover.on_click(lambda position, row: on_click(position, "TGCA"[row]))
        axes = [
            bqplot.Axis(
                scale=cells,
                side="left",
                grid_lines="none",
                tick_values=np.arange(_ROWS) + 0.5,
                tick_labels={f"{i + 0.5}": base for i, base in enumerate("TGCA")},
                tick_format=".1f",
                label="mutate to",
                label_offset="46px",
            )
        ]
        if with_x_axis:
            axes.append(position_axis(x_scale))
        self.figure = figure(
            [
                self.map.mark,
                self.letters.mark,
                self.chosen.mark,
                self.cell,
                self.hover.mark,
            ],
            axes,
            height=160 if with_x_axis else 122,
            bottom=44 if with_x_axis else 6,
            label="dw-track",
        )

    def draw(self, effects: np.ndarray, one_hot: np.ndarray, start: int, limit: float) -> None:
        """Show ``effects`` ``(n, 4)`` from 0-based ``start``; ``limit`` takes the full colour."""
        self.map.draw((effects / limit).T, start)
        low, high = _LETTERS
        self.letters.draw(one_hot * (high - low), start, base=low)
        self.hover.cover(np.abs(effects).max(axis=1), start)

    def choose(self, position: int) -> None:
        """Mark the column at 0-based ``position``."""
        self.chosen.draw(np.array([[position + 0.5, position + 1.5, -_FOOT, _ROWS]]))

    def mark_cell(self, position: int, base: str | None) -> None:
        """Frame the cell of ``base`` at 0-based ``position``; no cell if None."""
        x, y = np.zeros(1), np.zeros(1)
        if base is not None:
            row = "TGCA".index(base)
            x = position + np.array([0.5, 0.5, 1.5, 1.5, 0.5])
            y = row + np.array([0.0, 1.0, 1.0, 0.0, 0.0])
        if not (np.array_equal(self.cell.x, x) and np.array_equal(self.cell.y, y)):
            with self.cell.hold_sync():
                self.cell.x, self.cell.y = x, y
