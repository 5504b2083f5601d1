"""A strip that shows, by position, whether models agree on the sign."""

from __future__ import annotations

import bqplot
import numpy as np

from demo_widgets.dashboard.drawing.marks import StripMark, figure, position_axis
from demo_widgets.pictures.palette import SIGNED_RAMP

__all__ = ["AgreementTrack"]


class AgreementTrack:
    """One heat strip with the axis of positions under it.

    Parameters
    ----------
    x_scale
        The x scale shared by the tracks of a tab.
    """

    def __init__(self, x_scale: bqplot.LinearScale) -> None:
        y_scale = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self.strip = StripMark(x_scale, y_scale, SIGNED_RAMP, [(0.0, 1.0)])
        self.figure = figure(
            [self.strip.mark], [position_axis(x_scale)], height=66, bottom=44, label="dw-plain"
        )

    def draw(self, agreement: np.ndarray, start: int) -> None:
        """Show agreement from -1 (differ) to 1 (agree), ``(n,)``, from 0-based ``start``."""
        self.strip.draw(agreement, start)
