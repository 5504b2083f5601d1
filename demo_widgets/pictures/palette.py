"""Colours of bases, models and heat strips, readable on light and dark pages."""

from __future__ import annotations

import numpy as np

__all__ = [
    "BASE_PALETTES",
    "EDIT_COLOUR",
    "LINE_STYLES",
    "MODEL_COLOURS",
    "Ramp",
    "SALIENCY_RAMP",
    "SCORE_RAMP",
    "SIGNED_RAMP",
]

BASE_PALETTES: dict[str, dict[str, str]] = {
    "classic": {"A": "#2a9d4a", "C": "#2c6fd1", "G": "#e08e00", "T": "#d83a34"},
    "colour-blind": {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#cc79a7"},
}
"""Base colours: the conventional ones, and a colour-blind-safe set from Okabe and Ito (2008)."""

MODEL_COLOURS = (
    *("#7b61c9", "#1b9aaa", "#d1783c", "#874b3c", "#b4a587"),
    *("#d20078", "#a5b400", "#69a5f0", "#695a00", "#87b469"),
    *("#d296d2", "#962d87", "#0087ff", "#d23c5a", "#4b8700"),
    *("#876987", "#2d875a", "#d269d2", "#00a53c", "#87b4a5"),
)
"""Line colours of models, in order; reused from the start when there are more models.

Chosen to be far apart in CIELAB; those of one line style also for colour-blind readers."""

LINE_STYLES = ("solid", "dashed", "dotted", "dash_dotted")
"""Line styles of models: the first five colours use the first, the next five the second."""


EDIT_COLOUR = "#d1403f"
"""Colour that marks an edited base."""


class Ramp:
    """A colour ramp over a fixed range: values outside it take the colour of its end.

    Parameters
    ----------
    colours
        Hex colours at equal steps from ``low`` to ``high``.
    low, high
        The values at the two ends.
    """

    def __init__(self, colours: tuple[str, ...], low: float, high: float) -> None:
        self.colours = colours
        self.low = low
        self.high = high

    def hex(self, values: np.ndarray) -> list[str]:
        """Colour of each of ``values`` as ``#rrggbb``."""
        stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in self.colours])
        place = (np.asarray(values, float) - self.low) / (self.high - self.low)
        place = np.clip(np.nan_to_num(place), 0, 1) * (len(stops) - 1)
        left = np.minimum(place.astype(int), len(stops) - 2)
        share = (place - left)[:, None]
        rgb = np.rint(stops[left] * (1 - share) + stops[left + 1] * share).astype(int)
        return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in rgb]


SALIENCY_RAMP = Ramp(("#ffffff", "#f7a08a", "#b2182b"), 0.0, 1.0)
"""The paper's white-to-red: fraction of the shared scale's maximum."""

SIGNED_RAMP = Ramp(("#2166ac", "#92c5de", "#ffffff", "#f4a582", "#b2182b"), -1.0, 1.0)
"""Blue = evidence against "bound", red = evidence for it."""

SCORE_RAMP = Ramp(("#2166ac", "#92c5de", "#ffffff", "#f4a582", "#b2182b"), 0.0, 1.0)
"""The paper's blue-white-red of a probability: blue = unbound, white = 0.5, red = bound."""
