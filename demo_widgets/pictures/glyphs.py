"""Outlines of the four letters, as polygons in the unit square.

Taken once from DejaVu Sans Bold (``matplotlib.textpath``), flattened and simplified to at
most 1.2 % of the letter's size, then scaled to fill the box from (0, 0) to (1, 1). The
inner contour of A winds the other way than its outer one, so a non-zero fill leaves the
hole open.
"""

from __future__ import annotations

import numpy as np

__all__ = ["BASES", "COARSE_OUTLINES", "OUTLINES"]

BASES = "ACGT"

# fmt: off
_CONTOURS = {
    "A": (
        ((0.693, 0.182), (0.308, 0.182), (0.247, 0.000), (0.000, 0.000), (0.353, 1.000),
         (0.647, 1.000), (1.000, 0.000), (0.753, 0.000)),
        ((0.369, 0.368), (0.631, 0.368), (0.500, 0.766)),
    ),
    "C": (
        ((1.000, 0.072), (0.826, 0.018), (0.686, 0.001), (0.434, 0.019), (0.317, 0.053),
         (0.172, 0.135), (0.067, 0.249), (0.024, 0.340), (0.000, 0.500), (0.024, 0.659),
         (0.067, 0.751), (0.131, 0.830), (0.317, 0.947), (0.434, 0.981), (0.686, 0.999),
         (0.826, 0.982), (1.000, 0.928), (1.000, 0.729), (0.792, 0.808), (0.661, 0.820),
         (0.549, 0.808), (0.486, 0.787), (0.384, 0.712), (0.326, 0.603), (0.313, 0.500),
         (0.326, 0.397), (0.384, 0.288), (0.486, 0.213), (0.549, 0.192), (0.661, 0.180),
         (0.792, 0.192), (1.000, 0.271)),
    ),
    "G": (
        ((1.000, 0.090), (0.791, 0.023), (0.624, 0.001), (0.386, 0.019), (0.282, 0.053),
         (0.153, 0.135), (0.060, 0.249), (0.002, 0.444), (0.022, 0.660), (0.061, 0.752),
         (0.155, 0.866), (0.288, 0.948), (0.395, 0.981), (0.581, 1.000), (0.733, 0.990),
         (0.918, 0.945), (0.961, 0.928), (0.961, 0.729), (0.918, 0.750), (0.788, 0.797),
         (0.658, 0.818), (0.442, 0.787), (0.366, 0.737), (0.313, 0.665), (0.291, 0.605),
         (0.280, 0.463), (0.312, 0.336), (0.385, 0.244), (0.495, 0.192), (0.680, 0.185),
         (0.745, 0.200), (0.745, 0.387), (0.580, 0.387), (0.580, 0.554), (1.000, 0.554)),
    ),
    "T": (
        ((0.000, 1.000), (1.000, 1.000), (1.000, 0.805), (0.640, 0.805), (0.640, 0.000),
         (0.360, 0.000), (0.360, 0.805), (0.000, 0.805)),
    ),
}
# fmt: on

OUTLINES: dict[str, tuple[np.ndarray, ...]] = {
    base: tuple(np.array(contour) for contour in contours) for base, contours in _CONTOURS.items()
}
"""Base -> its contours, each an array ``(points, 2)`` of x and y in 0..1."""

_CURVED = 20  # points of a contour from which it is a curve, not corners


def _coarse(contour: np.ndarray) -> np.ndarray:
    """Every second point of a curve, and its corners: where it turns by more than 60 degrees."""
    if len(contour) < _CURVED:
        return contour
    before = contour - np.roll(contour, 1, axis=0)
    after = np.roll(contour, -1, axis=0) - contour
    cosine = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1)
    cosine /= np.linalg.norm(after, axis=1)
    kept = (cosine < 0.5) | (np.arange(len(contour)) % 2 == 0)
    return contour[kept]


COARSE_OUTLINES: dict[str, tuple[np.ndarray, ...]] = {
    base: tuple(_coarse(contour) for contour in contours) for base, contours in OUTLINES.items()
}
"""As ``OUTLINES`` with about half of the points, for letters a few pixels wide."""
