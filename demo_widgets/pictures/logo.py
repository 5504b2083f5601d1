"""Shapes of a sequence logo: letters stacked on an axis, as joined polygons.

One row of points a base (A, C, G, T). Polygons of a row are joined by a point whose y is
NaN, which both ``bqplot.Lines`` and the SVG writer read as "lift the pen". Position ``i``
(0-based) is centred at ``x = i + 1``, so that the axis reads in 1-based positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo_widgets.pictures.glyphs import BASES, COARSE_OUTLINES, OUTLINES

__all__ = [
    "LETTER_WIDTH",
    "MAX_BARS",
    "MAX_LETTERS",
    "bar_polygons",
    "letter_places",
    "letter_polygons",
    "logo_polygons",
]

MAX_LETTERS = 400
"""Letters are drawn up to this many positions; more are too narrow to read."""

MAX_FINE_LETTERS = 150
"""More letters than this are a few pixels wide, so half of the points suffice."""

MAX_BARS = 1000
"""Bars are drawn up to this many; more positions are binned, the largest of a bin shown."""

LETTER_WIDTH = 0.94
"""Width of a letter; 1 is the distance between two positions."""


def logo_polygons(heights: np.ndarray, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return letters, or bars where there are too many letters to read.

    Parameters
    ----------
    heights
        Signed height of each letter, ``(length, 4)`` in channel order A, C, G, T.
    start
        0-based position of the first row of ``heights``.

    Returns
    -------
    x, y
        ``(4, points)`` each: one row a base, polygons separated by NaN in ``y``.
    """
    heights = np.nan_to_num(np.asarray(heights, dtype=float))
    if len(heights) <= MAX_LETTERS:
        return letter_polygons(heights, start)
    return bar_polygons(heights, start)


def letter_polygons(heights: np.ndarray, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return outlines of letters stacked away from zero, smallest first, negative ones flipped."""
    rows = []
    outlines = OUTLINES if len(heights) <= MAX_FINE_LETTERS else COARSE_OUTLINES
    for base, left, foot, height in letter_places(heights, start):
        contours = [
            _placed(contour, left, foot, LETTER_WIDTH, height) for contour in outlines[base]
        ]
        rows.append(_joined(contours))
    return _padded(rows, start)


def letter_places(
    heights: np.ndarray, start: int = 0
) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Return the places of the letters of ``heights`` ``(n, 4)``.

    Returns
    -------
    list
        ``(base, left, foot, height)`` for each base, the last three one value a letter.
    """
    heights = np.nan_to_num(np.asarray(heights, dtype=float))
    bottom, position = _stack(heights), np.arange(len(heights)) + start + 1.0
    places = []
    for channel, base in enumerate(BASES):
        here = heights[:, channel] != 0
        left = position[here] - LETTER_WIDTH / 2
        places.append((base, left, bottom[here, channel], heights[here, channel]))
    return places


def bar_polygons(heights: np.ndarray, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return one bar per position in the colour of its largest letter; long inputs are binned."""
    length = len(heights)
    size = int(np.ceil(length / MAX_BARS))
    edges = np.arange(0, length, size)
    padding = np.zeros((len(edges) * size - length, 4))
    binned = np.concatenate([heights, padding]).reshape(len(edges), size * 4)
    largest = np.abs(binned).argmax(axis=1)
    value = binned[np.arange(len(edges)), largest]
    box = np.array([(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)])
    rows = []
    for channel in range(4):
        here = (largest % 4 == channel) & (value != 0)
        left = edges[here] + start + 0.5
        rows.append(_joined([_placed(box, left, np.zeros(here.sum()), float(size), value[here])]))
    return _padded(rows, start)


def _stack(heights: np.ndarray) -> np.ndarray:
    """Return the base line of each letter, ``(length, 4)``: away from zero, smallest first."""
    order = np.argsort(np.abs(heights), axis=1)
    ordered = np.take_along_axis(heights, order, axis=1)
    up, down = np.clip(ordered, 0, None), np.clip(ordered, None, 0)
    foot = np.where(ordered >= 0, np.cumsum(up, axis=1) - up, np.cumsum(down, axis=1) - down)
    bottom = np.empty_like(foot)
    np.put_along_axis(bottom, order, foot, axis=1)
    return bottom


def _placed(
    outline: np.ndarray, left: np.ndarray, foot: np.ndarray, width: float, height: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``outline`` drawn at each place: x and y of shape ``(places, points + 1)``, NaN last in y."""
    x = left[:, None] + outline[:, 0] * width
    y = foot[:, None] + outline[:, 1] * np.asarray(height)[:, None]
    x = np.concatenate([x, x[:, -1:]], axis=1)
    y = np.concatenate([y, np.full((len(y), 1), np.nan)], axis=1)
    return x, y


def _joined(contours: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Contours of one place side by side, all places in one row."""
    x = np.concatenate([c[0] for c in contours], axis=1).ravel()
    y = np.concatenate([c[1] for c in contours], axis=1).ravel()
    return x, y


def _padded(
    rows: Sequence[tuple[np.ndarray, np.ndarray]], start: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of one length that end in a finite point, as bqplot needs them."""
    longest = max(len(x) for x, _ in rows) + 1
    xs, ys = np.full((4, longest), start + 0.5), np.zeros((4, longest))
    for row, (x, y) in enumerate(rows):
        xs[row, : len(x)] = x
        ys[row, : len(y)] = y
        if len(x):
            xs[row, len(x) :] = x[-1]
    return xs, ys
