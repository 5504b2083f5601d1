"""Ramps, scales, strips and the bars that catch the pointer."""

from __future__ import annotations

import bqplot
import numpy as np
import pytest

from demo_widgets.dashboard.drawing.marks import (
    HoverBars,
    LetterMark,
    RegionMark,
    StripMark,
    position_axis,
)
from demo_widgets.dashboard.drawing.tracks import visible_slice
from demo_widgets.pictures.palette import (
    BASE_PALETTES,
    SALIENCY_RAMP,
    SCORE_RAMP,
    SIGNED_RAMP,
)
from demo_widgets.pictures.scales import information_heights, shared_limits


@pytest.mark.parametrize(
    ("ramp", "value", "colour"),
    [
        (SALIENCY_RAMP, 0.0, "#ffffff"),
        (SALIENCY_RAMP, 1.0, "#b2182b"),
        (SALIENCY_RAMP, 9.0, "#b2182b"),
        (SALIENCY_RAMP, -1.0, "#ffffff"),
        (SIGNED_RAMP, 0.0, "#ffffff"),
        (SIGNED_RAMP, -1.0, "#2166ac"),
        (SCORE_RAMP, 0.5, "#ffffff"),
        (SCORE_RAMP, 0.0, "#2166ac"),
        (SCORE_RAMP, 1.0, "#b2182b"),
    ],
)
def test_a_ramp_has_its_named_colours_and_clips_at_its_ends(ramp, value, colour):
    assert ramp.hex(np.array([value])) == [colour]


def test_ramp_colours_move_steadily_towards_red():
    blues = [int(c[5:7], 16) for c in SALIENCY_RAMP.hex(np.linspace(0, 1, 20))]
    assert blues == sorted(blues, reverse=True)


@pytest.mark.parametrize("palette", BASE_PALETTES.values())
def test_a_palette_gives_the_four_bases_four_colours(palette):
    assert list(palette) == list("ACGT")
    assert len(set(palette.values())) == 4


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([[0.0, 2.0], [0.5]], (0.0, 2.0)),
        ([[0.0, 2.0], [-0.5]], (-2.0, 2.0)),
        ([[-3.0, 1.0]], (-3.0, 3.0)),
        ([[0.0]], (0.0, 1.0)),
        ([[np.nan, np.inf, 2.0]], (0.0, 2.0)),
        ([], (0.0, 1.0)),
    ],
)
def test_models_share_one_scale_from_zero_or_symmetric_about_it(values, limits):
    assert shared_limits([np.array(v) for v in values]) == limits


def test_a_certain_position_has_two_bits_and_a_uniform_one_none():
    heights = information_heights(np.array([[1.0, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]))
    assert heights[0] == pytest.approx([2, 0, 0, 0])
    assert heights[1] == pytest.approx([0] * 4)
    assert heights[2] == pytest.approx([0.5, 0.5, 0, 0])


@pytest.mark.parametrize(
    ("length", "window", "expected"),
    [
        (101, (20, 40), slice(0, 101)),
        (10_000, (0, 10_000), slice(0, 10_000)),
        (10_000, (5_000, 5_100), slice(4_900, 5_200)),
        (10_000, (0, 100), slice(0, 200)),
    ],
)
def test_only_the_window_of_a_long_sequence_is_drawn(length, window, expected):
    assert visible_slice(length, window) == expected


def scales():
    return bqplot.LinearScale(), bqplot.LinearScale()


def test_a_strip_has_its_first_row_of_values_on_top():
    x, y = scales()
    strip = StripMark(x, y, SCORE_RAMP, [(0.0, 1.0), (2.0, 3.0)])
    strip.draw(np.array([[0.9, 0.8, 0.7], [0.1, 0.2, 0.3]]), start=5)
    assert strip.mark.x.tolist() == [6, 7, 8]
    assert strip.mark.y.tolist() == sorted(strip.mark.y.tolist())
    assert strip.mark.color[-1].tolist() == [0.9, 0.8, 0.7]
    assert strip.mark.color[0].tolist() == [0.1, 0.2, 0.3]


def test_a_strip_of_one_position_covers_that_position():
    x, y = scales()
    strip = StripMark(x, y, SALIENCY_RAMP, [(0.0, 1.0)])
    strip.draw(np.array([[0.4]]))
    assert strip.mark.color.shape == (2, 2)
    assert strip.mark.x.mean() == 1.0


def test_cells_under_the_pointer_tell_the_zero_based_position_and_row():
    cells = HoverBars(bqplot.LinearScale(), rows=4)
    heard = []
    cells.on_hover(lambda *place: heard.append(place))
    cells.on_click(lambda *place: heard.append(place))
    cells.cover(np.ones(10), start=50)
    assert cells.mark.y.shape == (4, 10)
    cells.mark._handle_custom_msg({"event": "hover", "data": {"index": 3, "subIndex": 2}}, [])
    cells.mark._handle_custom_msg({"event": "element_click", "data": {"index": 9}}, [])
    cells.mark._handle_custom_msg({"event": "hover", "data": {}}, [])
    assert heard == [(53, 2), (59, 0)]


def test_many_positions_share_cells_that_tell_of_the_largest():
    cells, sizes, heard = HoverBars(bqplot.LinearScale()), np.ones(2_350), []
    sizes[[5, 2_349]] = 2, 3
    cells.on_hover(lambda position, row: heard.append(position))
    cells.cover(sizes, start=100)
    assert cells.mark.x[:2].tolist() == [102, 105]  # of 3 positions each
    assert len(cells.mark.x) == 784
    for cell in (0, 1, 783):
        cells.mark._handle_custom_msg({"event": "hover", "data": {"index": cell}}, [])
    assert heard == [100, 105, 2_449]


def test_no_region_draws_no_polygon_and_two_draw_two():
    region = RegionMark(*scales(), "#888888", 0.3)
    region.draw(np.array([[1, 2, 0, 1], [5, 7, 0, 1]]))
    assert np.isnan(region.mark.y).sum() == 2
    region.draw(np.zeros((0, 4)))
    assert np.isfinite(region.mark.y).all()
    assert len(region.mark.x) == len(region.mark.y)


def test_letters_take_another_palette():
    letters = LetterMark(*scales(), BASE_PALETTES["classic"])
    letters.recolour(BASE_PALETTES["colour-blind"])
    assert list(letters.mark.fill_colors) == list(BASE_PALETTES["colour-blind"].values())


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.5, 1.5, [1]), (30.5, 36.5, [31, 32, 33, 34, 35, 36]), (29.8, 33.2, [30, 31, 32, 33])],
)
def test_where_few_bases_are_in_view_ticks_stand_on_bases_alone(low, high, ticks):
    scale = bqplot.LinearScale(min=0.5, max=101.5)
    axis = position_axis(scale)
    assert len(axis.tick_values) == 0  # the browser's own: at whole numbers
    scale.min, scale.max = low, high
    assert list(axis.tick_values) == ticks
    scale.min, scale.max = 0.5, 101.5
    assert len(axis.tick_values) == 0
