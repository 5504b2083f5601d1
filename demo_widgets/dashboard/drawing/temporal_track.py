"""A temporal track: scores read forward and backward, and a cursor moved in the browser."""

from __future__ import annotations

import bqplot
import numpy as np

from demo_widgets.dashboard.drawing.marks import LetterMark, StripMark, figure, position_axis
from demo_widgets.dashboard.drawing.tracks import Track
from demo_widgets.interpret.results import TemporalResult
from demo_widgets.interpret.steepest import steepest_change
from demo_widgets.pictures.model_tracks import BACKWARD_COLOUR, FORWARD_COLOUR
from demo_widgets.pictures.palette import SCORE_RAMP

__all__ = ["TemporalTrack", "reading_cursor"]

_FOOT = -0.62  # y where the plot area ends; the scores use 0 to 1
_FORWARD_STRIP, _BACKWARD_STRIP = (-0.24, -0.10), (-0.41, -0.27)
_LETTERS = (-0.60, -0.45)
_HALF_PLANE = 4000.0  # pixels: a half disc so large that its edge inside the plot is straight


class TemporalTrack(Track):
    """Forward and backward curves of one model with their heat strips and the sequence.

    The parts read so far are shaded by two half discs whose centre is a scalar trait
    (``Pie.x``), so that a slider can be linked to it in the browser: no kernel round trip.

    Parameters
    ----------
    x_scale
        The x scale shared by the tracks of a tab.
    colours
        Base -> colour.
    cursor
        The mark that shades, made by :func:`reading_cursor`; tracks may share one.
    """

    def __init__(
        self, x_scale: bqplot.LinearScale, colours: dict[str, str], cursor: bqplot.Pie
    ) -> None:
        super().__init__(x_scale)
        y_scale = bqplot.LinearScale(min=_FOOT, max=1.05, allow_padding=False)
        scales = {"x": x_scale, "y": y_scale}
        self._curves = bqplot.Lines(
            x=np.array([1.0, 2.0]),
            y=np.zeros((2, 2)),
            scales=scales,
            colors=[FORWARD_COLOUR, BACKWARD_COLOUR],
            stroke_width=2,
        )
        self._strips = StripMark(x_scale, y_scale, SCORE_RAMP, [_BACKWARD_STRIP, _FORWARD_STRIP])
        self.letters = LetterMark(x_scale, y_scale, colours)
        self._steepest = bqplot.Scatter(
            x=np.array([1.0, 1.0]),
            y=np.array([0.0, 0.0]),
            scales=scales,
            colors=[FORWARD_COLOUR, BACKWARD_COLOUR],
            marker="diamond",
            default_size=70,
            stroke="white",
            stroke_width=1.0,
        )
        y_axis = bqplot.Axis(
            scale=y_scale,
            side="left",
            tick_values=np.array([0.0, 0.5, 1.0]),
            tick_format=".1f",
            grid_lines="solid",
            label="P(bound)",
            label_offset="46px",
        )
        marks = [cursor, self._strips.mark, self.letters.mark, self._curves, self._steepest]
        self.figure = figure(
            marks, [y_axis, position_axis(x_scale)], height=262, bottom=44, label="dw-plain"
        )

    def draw(self, result: TemporalResult, one_hot: np.ndarray, part: slice) -> None:
        """Show the scores of one sequence; the bases of ``part`` only."""
        forward, backward = result.forward[0], result.backward[0]
        both = np.stack([forward[part], backward[part]])
        with self._curves.hold_sync():
            self._curves.x = np.arange(part.start, part.stop) + 1.0
            self._curves.y = both
        self._strips.draw(both, part.start)
        low, high = _LETTERS
        self.letters.draw(one_hot[part] * (high - low), part.start, base=low)
        rise = steepest_change(result.forward)[0]
        fall = steepest_change(result.backward, backward=True)[0]
        with self._steepest.hold_sync():
            self._steepest.x = np.array([rise, fall]) + 1.0
            self._steepest.y = np.array([forward[rise], backward[fall]])


def reading_cursor(x_scale: bqplot.LinearScale) -> bqplot.Pie:
    """Tint the plot area: left of ``x`` in the forward colour, right of it in the backward colour.

    ``x`` is the 1-based position read to. Each half is a slice of a pie, clockwise from the top.
    """
    return bqplot.Pie(
        sizes=np.array([1.0, 1.0]),
        x=1.0,
        y=0.5,
        scales={"x": x_scale, "y": bqplot.LinearScale(min=0, max=1, allow_padding=False)},
        colors=[BACKWARD_COLOUR, FORWARD_COLOUR],
        stroke="#888888",
        opacities=[0.13, 0.13],
        radius=_HALF_PLANE,
        inner_radius=0.0,
        sort=False,
        display_labels="none",
    )
