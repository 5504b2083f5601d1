"""bqplot marks of the tracks. Each is built once; afterwards only its data change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bqplot
import ipywidgets as W
import numpy as np
from bqplot import Scale

from demo_widgets.pictures.logo import MAX_BARS, logo_polygons
from demo_widgets.pictures.palette import Ramp

__all__ = ["HoverBars", "LetterMark", "RegionMark", "StripMark", "figure", "position_axis"]

OnCell = Callable[[int, int], None]

_FEW_BASES = 10
"""Fewer bases than this in view get a tick each; from here on, d3's default ticks are whole
numbers."""


def figure(
    marks: list[bqplot.Mark], axes: list[bqplot.Axis], *, height: int, bottom: int = 6, label: str
) -> bqplot.Figure:
    """Return a full-width figure whose plot area starts and ends where every track's does.

    Parameters
    ----------
    marks, axes
        What it shows, back to front.
    height
        Height in pixels, margins included.
    bottom
        Room below the plot area in pixels: 6 for none, about 40 for an axis with its label.
    label
        What the picture is, for people who cannot see it (its accessible name is in the DOM class).
    """
    drawn = bqplot.Figure(
        marks=marks,
        axes=axes,
        fig_margin={"top": 6, "bottom": bottom, "left": 64, "right": 18},
        padding_x=0,
        padding_y=0,
        min_aspect_ratio=0.001,
        max_aspect_ratio=1000,
        animation_duration=0,
        display_toolbar=False,
        layout={"width": "100%", "height": f"{height}px", "min_width": "0"},
    )
    drawn.layout.overflow = "hidden"
    drawn.add_class("dw-figure")
    drawn.add_class(label)
    return drawn


def position_axis(scale: Scale, label: str = "position (bp)", **look: Any) -> bqplot.Axis:
    """Return an axis of 1-based positions with ticks at whole bases only.

    By default the browser places ticks at half positions when few bases are in view, and rounds
    their labels to the wrong base.
    """
    axis = bqplot.Axis(
        scale=scale,
        grid_lines="none",
        label=label,
        tick_format="d",
        **{"label_offset": "34px", **look},
    )

    def number_bases(_: Any = None) -> None:
        low, high = scale.min, scale.max
        few = high - low < _FEW_BASES
        ticks = np.arange(np.ceil(low), np.floor(high) + 1) if few else np.array([])
        if not np.array_equal(axis.tick_values, ticks):
            axis.tick_values = ticks

    scale.observe(number_bases, ["min", "max"])
    number_bases()
    return axis


def _set_points(mark: bqplot.Lines, x: np.ndarray, y: np.ndarray) -> None:
    """Set the points of ``mark`` in one message; no message if they are unchanged.

    bqplot treats NaN as a change, so the browser would redraw the same picture.
    """
    same = np.array_equal(mark.x, x) and np.array_equal(mark.y, y, equal_nan=True)
    if not same:
        with mark.hold_sync():
            mark.x, mark.y = x, y


class LetterMark:
    """Letters of a logo as one ``Lines`` mark of four rows (see :mod:`.logo`)."""

    def __init__(self, x_scale: Scale, y_scale: Scale, colours: dict[str, str]) -> None:
        x, y = logo_polygons(np.zeros((1, 4)))
        self.mark = bqplot.Lines(
            x=x,
            y=y,
            scales={"x": x_scale, "y": y_scale},
            colors=list(colours.values()),
            fill="inside",
            fill_colors=list(colours.values()),
            fill_opacities=[1.0] * 4,
            close_path=True,
            stroke_width=0,
        )

    def draw(self, heights: np.ndarray, start: int = 0, *, base: float = 0.0) -> None:
        """Show letters of these signed ``heights`` ``(n, 4)`` from 0-based position ``start``.

        ``base`` is the y they stand on.
        """
        x, y = logo_polygons(heights, start)
        _set_points(self.mark, x, y + base)

    def recolour(self, colours: dict[str, str]) -> None:
        """Set the base colours."""
        with self.mark.hold_sync():
            self.mark.colors = self.mark.fill_colors = list(colours.values())


class StripMark:
    """Heat strips: one row of coloured cells for each row of values.

    Parameters
    ----------
    rows
        Bottom and top of each strip on ``y_scale``, top strip last.
    """

    def __init__(
        self, x_scale: Scale, y_scale: Scale, ramp: Ramp, rows: list[tuple[float, float]]
    ) -> None:
        self._rows = rows
        self.colours = bqplot.ColorScale(colors=list(ramp.colours), min=ramp.low, max=ramp.high)
        blank = np.full((2 * len(rows), 2), ramp.low)
        self.mark = bqplot.HeatMap(
            x=np.array([0.75, 1.25]),
            y=self._edges(),
            color=blank,
            scales={"x": x_scale, "y": y_scale, "color": self.colours},
            null_color="rgba(0, 0, 0, 0)",
        )

    def set_ramp(self, ramp: Ramp) -> None:
        """Set the colour ramp."""
        with self.colours.hold_sync():
            self.colours.colors = list(ramp.colours)
            self.colours.min, self.colours.max = ramp.low, ramp.high

    def _edges(self) -> np.ndarray:
        """Return two cell centres per row, so that cell edges fall on the row's edges."""
        quarter = [(low + (high - low) * f) for low, high in self._rows for f in (0.25, 0.75)]
        return np.array(quarter)

    def draw(self, values: np.ndarray, start: int = 0) -> None:
        """Show ``values`` ``(rows, n)``, top row first, from 0-based position ``start``."""
        values = np.atleast_2d(values)[::-1]
        centres = np.arange(values.shape[1]) + start + 1.0
        if len(centres) == 1:  # a heat map needs two columns: split the one cell in halves
            centres, values = centres + [-0.25, 0.25], np.repeat(values, 2, axis=1)
        with self.mark.hold_sync():
            self.mark.x = centres
            self.mark.color = np.repeat(values, 2, axis=0)


class HoverBars:
    """Transparent cells over a track that report the position under the pointer.

    ``bqplot.Lines`` sends all its points to the kernel when hovered; these send two indices.
    Each cell is an element of the page, so many positions share cells, as they share bars.

    Parameters
    ----------
    x_scale
        The x scale of the track.
    tooltip
        A widget shown at the pointer.
    rows
        Cells of a column, stacked over the whole height.
    """

    def __init__(self, x_scale: Scale, tooltip: W.Widget | None = None, *, rows: int = 1) -> None:
        self._rows, self._positions = rows, np.zeros(1, int)
        self.mark = bqplot.Bars(
            x=np.array([1.0]),
            y=np.ones((rows, 1)),
            scales={"x": x_scale, "y": bqplot.LinearScale(min=0, max=rows)},
            type="stacked",
            colors=["gray"],
            padding=0.0,
            tooltip=tooltip,
        )

    def cover(self, sizes: np.ndarray, start: int = 0) -> None:
        """Cover positions from 0-based ``start``; a cell of several reports the largest size."""
        n = len(sizes)
        width = -(-n // MAX_BARS)
        edges = np.arange(0, n, width)
        shared = np.zeros((len(edges), width))
        shared.flat[:n] = sizes
        self._positions = start + edges + shared.argmax(axis=1)
        x = start + edges + (width + 1) / 2
        if not np.array_equal(self.mark.x, x):
            with self.mark.hold_sync():
                self.mark.x = x
                self.mark.y = np.ones((self._rows, len(x)))

    def on_hover(self, callback: OnCell) -> None:
        """Call ``callback(position, row)``: 0-based, the rows counted from below."""
        self.mark.on_hover(lambda _, message: self._tell(callback, message))

    def on_click(self, callback: OnCell) -> None:
        """Call ``callback(position, row)`` of the cell clicked."""
        self.mark.on_element_click(lambda _, message: self._tell(callback, message))

    def _tell(self, callback: OnCell, message: dict[str, Any]) -> None:
        data = message.get("data") or {}
        if data.get("index") is not None:
            callback(int(self._positions[int(data["index"])]), int(data.get("subIndex") or 0))


class RegionMark:
    """Filled rectangles on a track: the chosen base, planted sites, motif hits.

    An outline of ``stroke`` pixels keeps them visible where a base is narrower than a pixel.
    """

    def __init__(
        self, x_scale: Scale, y_scale: Scale, colour: str, opacity: float, stroke: float = 0
    ) -> None:
        self.mark = bqplot.Lines(
            x=np.zeros(1),
            y=np.zeros(1),
            scales={"x": x_scale, "y": y_scale},
            colors=[colour],
            fill="inside",
            fill_colors=[colour],
            fill_opacities=[opacity],
            close_path=True,
            stroke_width=stroke,
        )

    def draw(self, boxes: np.ndarray) -> None:
        """Show ``boxes`` ``(n, 4)``: left, right, bottom and top of each, in axis units."""
        boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
        left, right, low, high = boxes.T
        gap = np.full(len(boxes), np.nan)
        x = np.stack([left, left, right, right, right], axis=1).ravel()
        y = np.stack([low, high, high, low, gap], axis=1).ravel()
        _set_points(
            self.mark,
            np.append(x, x[-1] if len(x) else 0.0),
            np.append(y, y[-2] if len(y) else 0.0),
        )
