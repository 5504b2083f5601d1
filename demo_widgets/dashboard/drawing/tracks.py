"""What every track is, and the logo track: letters scaled by a value, with a heat strip."""

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
from demo_widgets.pictures.logo import MAX_LETTERS
from demo_widgets.pictures.palette import Ramp

__all__ = ["LogoTrack", "Track", "visible_slice"]

_STRIP_SHARE = 0.16  # of the plot area's height, at its foot


def visible_slice(length: int, window: tuple[int, int]) -> slice:
    """Positions to draw: all of a short sequence, else the window with margins for panning."""
    if length <= MAX_LETTERS:
        return slice(0, length)
    start, end = window
    margin = max(0, min(end - start, (MAX_LETTERS - (end - start)) // 2))
    return slice(max(0, start - margin), min(length, end + margin))


class Track:
    """A figure on the x scale that the tracks of a tab share, with the letters of the sequence.

    Attributes
    ----------
    figure : bqplot.Figure
        The track.
    letters : LetterMark
        The letters in it.
    """

    figure: bqplot.Figure
    letters: LetterMark

    def __init__(self, x_scale: bqplot.LinearScale) -> None:
        self._pan_zoom = bqplot.PanZoom(scales={"x": [x_scale]})

    @property
    def unseen(self) -> list[W.Widget]:
        """Widgets to close with the track that may not be on the page."""
        return [self.figure, self._pan_zoom]

    def set_pan(self, on: bool) -> None:
        """Let the mouse pan and zoom; hover and click rest meanwhile."""
        self.figure.interaction = self._pan_zoom if on else None


class LogoTrack(Track):
    """One sequence as letters, on a shared x scale; hover, and the chosen base.

    Parameters
    ----------
    x_scale
        The x scale shared by the tracks of a tab.
    colours
        Base -> colour.
    strip
        Ramp of the heat strip under the letters, or None for letters alone.
    height
        Height of the figure in pixels.
    y_label
        What the height of a letter means, with its unit.
    with_x_axis
        Whether the track carries the axis of positions (the lowest one does).
    on_hover, on_click
        Called with the 0-based position under the pointer.
    """

    def __init__(
        self,
        x_scale: bqplot.LinearScale,
        colours: dict[str, str],
        *,
        strip: Ramp | None = None,
        height: int = 140,
        y_label: str = "",
        with_x_axis: bool = False,
        on_hover: Callable[[int], None] | None = None,
        on_click: Callable[[int], None] | None = None,
        tooltip: W.Widget | None = None,
    ) -> None:
        super().__init__(x_scale)
        self._ramp = strip
        self._scale = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        frame = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self.letters = LetterMark(x_scale, self._scale, colours)
        self.chosen = RegionMark(x_scale, frame, "#888888", 0.28)
        marks = [self.chosen.mark, self.letters.mark]
        self.strip = None
        if strip is not None:
            self.strip = StripMark(x_scale, frame, strip, [(0.0, _STRIP_SHARE * 0.7)])
            marks.append(self.strip.mark)
        self.hover: HoverBars | None = None
        if on_hover is not None or on_click is not None:
            self.hover = HoverBars(x_scale, tooltip)
            marks.append(self.hover.mark)
            if on_hover is not None:
                self.hover.on_hover(lambda position, _: on_hover(position))
            if on_click is not None:
                self.hover.on_click(lambda position, _: on_click(position))
        self._axis_scale = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self.y_axis = bqplot.Axis(
            scale=self._axis_scale,
            side="left",
            grid_lines="none",
            tick_format=".2~r",
            label=y_label,
            label_offset="46px",
        )
        axes = [self.y_axis]
        if with_x_axis:
            axes.append(position_axis(x_scale))
        self.figure = figure(
            marks, axes, height=height + (38 if with_x_axis else 0),
            bottom=44 if with_x_axis else 6, label="dw-track",
        )  # fmt: skip

    def draw(self, heights: np.ndarray, start: int, limits: tuple[float, float]) -> None:
        """Show ``heights`` ``(n, 4)`` from 0-based ``start`` between these y ``limits``.

        The letters are drawn in units of the upper limit, and the axis has a separate scale:
        if the scale of the letters changed, the browser would first redraw the old letters.
        """
        low, high = limits
        strip = _STRIP_SHARE / (1 - _STRIP_SHARE) if self.strip else 0.0
        bottom = low - (high - low) * strip
        for scale, unit in ((self._scale, high), (self._axis_scale, 1.0)):
            with scale.hold_sync():
                scale.min, scale.max = bottom / unit, high / unit
        self.letters.draw(heights / high, start)
        if self.strip is not None:
            self.strip.draw(heights.sum(axis=1) / max(abs(low), high), start)
        ticks = [low, 0.0, high] if low < 0 else [0.0, high / 2, high]
        if not np.array_equal(self.y_axis.tick_values, ticks):
            self.y_axis.tick_values = np.array(ticks)
        if self.hover is not None:
            self.hover.cover(np.abs(heights).max(axis=1), start)

    def set_ramp(self, ramp: Ramp) -> None:
        """Set the colour ramp of the strip."""
        if ramp is not self._ramp and self.strip is not None:
            self._ramp = ramp
            self.strip.set_ramp(ramp)

    def choose(self, position: int) -> None:
        """Mark the base at 0-based ``position``."""
        self.chosen.draw(np.array([[position + 0.5, position + 1.5, 0, 1]]))
