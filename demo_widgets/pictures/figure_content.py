"""Content and printed widths of the paper's figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from demo_widgets.interpret.results import OptimizationResult, SaliencyResult, TemporalResult

__all__ = ["FIGURE_WIDTHS", "FigureContent", "FigureWidth"]


@dataclass(frozen=True)
class FigureWidth:
    """A width in print.

    Attributes
    ----------
    mm
        Width in millimetres.
    text_pt
        Size of the text in points.
    dpi
        Dots per inch of a PNG.
    """

    mm: float
    text_pt: float
    dpi: int

    @property
    def unit_pt(self) -> float:
        """Points of one drawing unit."""
        return self.text_pt / 12

    @property
    def units(self) -> float:
        """Width in drawing units."""
        return self.mm * 72 / 25.4 / self.unit_pt


FIGURE_WIDTHS = {
    "double column (178 mm)": FigureWidth(178, 7, 600),
    "single column (85 mm)": FigureWidth(85, 7, 600),
    "slide (320 mm)": FigureWidth(320, 14, 300),
}
"""Column widths of journals, and one for a 16:9 slide; text is never under 6 pt."""


@dataclass(frozen=True)
class FigureContent:
    """Content of the figure; a row whose mapping is empty is left out.

    Attributes
    ----------
    name, label, sequence
        The sequence; the label is 1, 0 or None.
    window
        Positions shown, 0-based and half-open.
    probabilities
        Model name -> P(bound) of the sequence.
    saliency
        Model name -> ``SaliencyResult`` of the sequence, all of one method.
    temporal
        Model name -> ``TemporalResult`` of the sequence.
    optimized
        Model name -> ``(OptimizationResult, restart)``.
    edited
        Whether the bases differ from those of the named, labelled sequence.
    edited_positions
        0-based positions of the bases that do.
    """

    name: str
    label: int | None
    sequence: str
    window: tuple[int, int]
    probabilities: Mapping[str, float] = field(default_factory=dict)
    saliency: Mapping[str, SaliencyResult] = field(default_factory=dict)
    temporal: Mapping[str, TemporalResult] = field(default_factory=dict)
    optimized: Mapping[str, tuple[OptimizationResult, int]] = field(default_factory=dict)
    edited: bool = False
    edited_positions: tuple[int, ...] = ()

    @property
    def part(self) -> slice:
        """The window as a slice."""
        return slice(*self.window)
