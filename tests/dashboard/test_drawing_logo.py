"""Logo geometry: which polygons stand where."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.pictures.glyphs import OUTLINES
from demo_widgets.pictures.logo import (
    MAX_BARS,
    MAX_LETTERS,
    bar_polygons,
    letter_polygons,
    logo_polygons,
)


def polygons(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Polygons of one row, each ``(points, 2)``; the filling at the row's end is none."""
    parts = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(y)))
    kept = [part[~np.isnan(y[part])] for part in parts]
    return [np.column_stack([x[part], y[part]]) for part in kept[:-1]]


def area(polygon: np.ndarray) -> float:
    """Signed area: its sign is the direction of winding."""
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def one(channel: int, height: float) -> np.ndarray:
    heights = np.zeros((1, 4))
    heights[0, channel] = height
    return heights


@pytest.mark.parametrize("base", "ACGT")
def test_every_outline_fills_the_unit_square(base):
    points = np.concatenate(OUTLINES[base])
    assert points.min(axis=0) == pytest.approx([0, 0], abs=0.002)
    assert points.max(axis=0) == pytest.approx([1, 1], abs=0.002)


def test_the_hole_of_a_winds_the_other_way_so_that_it_stays_open():
    outer, hole = OUTLINES["A"]
    assert area(outer) * area(hole) < 0
    assert abs(area(hole)) < abs(area(outer))


def test_the_hole_stays_open_in_a_flipped_letter():
    x, y = letter_polygons(one(0, -2.0))
    outer, hole = polygons(x[0], y[0])
    assert area(outer) * area(hole) < 0


@pytest.mark.parametrize(("channel", "contours"), [(0, 2), (1, 1), (2, 1), (3, 1)])
def test_a_letter_is_drawn_in_the_row_of_its_base_and_in_no_other(channel, contours):
    x, y = letter_polygons(one(channel, 1.0))
    drawn = [len(polygons(x[row], y[row])) for row in range(4)]
    assert drawn == [contours if row == channel else 0 for row in range(4)]


def test_a_letter_is_centred_on_its_one_based_position_and_as_tall_as_its_value():
    x, y = letter_polygons(np.vstack([np.zeros((3, 4)), one(3, 2.5)]), start=10)
    (letter,) = polygons(x[3], y[3])
    assert letter[:, 0].min() + letter[:, 0].max() == pytest.approx(2 * 14)
    assert np.ptp(letter[:, 0]) < 1
    assert (letter[:, 1].min(), letter[:, 1].max()) == pytest.approx((0, 2.5))


def test_a_negative_letter_hangs_below_the_line():
    x, y = letter_polygons(one(1, -1.5))
    (letter,) = polygons(x[1], y[1])
    assert (letter[:, 1].min(), letter[:, 1].max()) == pytest.approx((-1.5, 0), abs=0.002)


def test_letters_stack_away_from_zero_with_the_smallest_next_to_it():
    x, y = letter_polygons(np.array([[0.5, 2.0, -1.0, -0.25]]))
    spans = {}
    for row, base in enumerate("ACGT"):
        points = np.concatenate(polygons(x[row], y[row]))[:, 1]
        spans[base] = (points.min(), points.max())
    assert spans["A"] == pytest.approx((0, 0.5), abs=0.005)
    assert spans["C"] == pytest.approx((0.5, 2.5), abs=0.005)
    assert spans["T"] == pytest.approx((-0.25, 0), abs=0.005)
    assert spans["G"] == pytest.approx((-1.25, -0.25), abs=0.005)


def test_a_position_without_a_base_draws_nothing():
    x, y = letter_polygons(np.zeros((5, 4)))
    assert [len(polygons(x[row], y[row])) for row in range(4)] == [0] * 4


def test_values_that_are_not_numbers_draw_nothing():
    x, y = logo_polygons(np.full((3, 4), np.nan))
    assert np.isfinite(y).all()


@pytest.mark.parametrize("length", [1, 2, 101, MAX_LETTERS, MAX_LETTERS + 1, 2345])
def test_rows_have_one_length_finite_x_and_a_finite_end_as_bqplot_needs(length):
    rng = np.random.default_rng(0)
    heights = np.eye(4)[rng.integers(0, 4, length)] * rng.normal(size=(length, 1))
    x, y = logo_polygons(heights, start=7)
    assert x.shape == y.shape and x.shape[0] == 4
    assert np.isfinite(x).all()
    assert np.isfinite(y[:, -1]).all()


def test_the_filling_at_a_rows_end_stays_inside_the_drawn_range():
    x, _ = letter_polygons(np.vstack([one(0, 1.0)] * 5 + [one(3, 1.0)]), start=100)
    assert x.min() >= 100.5 and x.max() <= 106.5


def test_letters_give_way_to_bars_beyond_the_readable_number():
    heights = np.tile(one(3, 1.0), (MAX_LETTERS + 1, 1))
    few_x, few_y = logo_polygons(heights[:-1])
    many_x, many_y = logo_polygons(heights)
    assert {len(p) for p in polygons(few_x[3], few_y[3])} == {len(OUTLINES["T"][0])}
    bars = polygons(many_x[3], many_y[3])
    assert {len(p) for p in bars} == {4}
    assert len(bars) == MAX_LETTERS + 1


def test_a_bar_covers_its_position_and_has_the_colour_of_the_largest_letter():
    x, y = bar_polygons(np.array([[0.1, -0.9, 0.2, 0.0]]), start=4)
    assert [len(polygons(x[row], y[row])) for row in range(4)] == [0, 1, 0, 0]
    (bar,) = polygons(x[1], y[1])
    assert (bar[:, 0].min(), bar[:, 0].max()) == (4.5, 5.5)
    assert (bar[:, 1].min(), bar[:, 1].max()) == (-0.9, 0)


def test_long_sequences_are_binned_and_the_tallest_value_of_a_bin_survives():
    length = 10_000
    heights = np.tile(one(0, 0.1), (length, 1))
    heights[7_654] = one(2, 5.0)
    x, y = logo_polygons(heights)
    assert sum(len(polygons(x[row], y[row])) for row in range(4)) <= MAX_BARS
    (peak,) = polygons(x[2], y[2])
    assert peak[:, 1].max() == 5.0
    assert peak[:, 0].min() <= 7_655 <= peak[:, 0].max()
