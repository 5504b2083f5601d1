"""Pictures as files: well-formed, complete, and deaf to hostile names."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest

from demo_widgets.pictures.model_tracks import (
    optimization_picture,
    saliency_picture,
    temporal_picture,
)
from demo_widgets.pictures.palette import BASE_PALETTES, SALIENCY_RAMP
from demo_widgets.pictures.svg import Panel, Picture
from demo_widgets.pictures.text_width import text_width

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = BASE_PALETTES["classic"]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;"


def saliency(sequence: str, sign: float = 1.0):
    one_hot = np.eye(4)[["ACGT".index(base) for base in sequence]]
    importance = np.linspace(0.2, 1.0, len(sequence)) * sign
    return SimpleNamespace(
        importance=importance[None],
        contributions=(one_hot * importance[:, None])[None],
        probabilities=np.array([0.9]),
        scores=np.array([2.2]),
    )


def subpaths(root: ET.Element) -> dict[str, int]:
    counts = dict.fromkeys("ACGT", 0)
    for path in root.iter(f"{SVG}path"):
        counts[path.get("class")[-1]] += path.get("d").count("M")
    return counts


def test_the_picture_draws_every_letter_of_every_model():
    sequence = "AACGTTT"
    drawn = saliency_picture(
        {"one": saliency(sequence), "two": saliency(sequence)}, "title", "axis", COLOURS
    )
    root = ET.fromstring(drawn)
    assert subpaths(root) == {"A": 2 * 2 * 2, "C": 2, "G": 2, "T": 6}  # A: outline and hole
    cells = [r for r in root.iter(f"{SVG}rect") if r.get("shape-rendering")]
    assert len(cells) == 2 * len(sequence)


def test_negative_letters_are_drawn_below_the_zero_line():
    up = ET.fromstring(saliency_picture({"m": saliency("T")}, "t", "a", COLOURS))
    down = ET.fromstring(saliency_picture({"m": saliency("T", -1.0)}, "t", "a", COLOURS))

    def heights(root):
        (path,) = root.iter(f"{SVG}path")
        return [float(p.split()[1]) for p in path.get("d").strip("MZ").split("L")]

    assert np.mean(heights(down)) > np.mean(heights(up))


@pytest.mark.parametrize("name", [HOSTILE, "Ωμέγα 测试 🧬", "a" * 5000, "tab\there", ""])
def test_titles_and_names_stay_text(name):
    drawn = saliency_picture({name: saliency("ACGT")}, name, name, COLOURS)
    root = ET.fromstring(drawn)
    assert root.find(f"{SVG}title").text == (name or None)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "rect", "line", "text", "path"}


@pytest.mark.parametrize("name", ["bell\x07", "null\x00", "form\x0cfeed", "half \ud800 pair"])
def test_characters_that_xml_forbids_do_not_break_the_file(name):
    drawn = saliency_picture({name: saliency("ACGT")}, name, "axis", COLOURS)
    ET.fromstring(drawn.encode("utf-8"))


def test_axis_numbers_are_positions_counted_from_one():
    root = ET.fromstring(saliency_picture({"m": saliency("ACGT" * 10)}, "t", "a", COLOURS))
    words = [t.text for t in root.iter(f"{SVG}text") if t.get("text-anchor") == "middle"]
    assert "position (bp)" in words
    numbers = [int(word) for word in words if word.isdigit()]
    assert numbers[0] >= 1 and numbers[-1] == 40


def test_a_panel_maps_units_to_pixels():
    panel = Panel(Picture(300, 100, "t"), (10, 20, 200, 50), (0, 4), (-1, 1))
    assert (panel.x(0), panel.x(4)) == (10, 210)
    assert (panel.y(1), panel.y(-1)) == (20, 70)


def test_an_empty_path_is_left_out():
    picture = Picture(10, 10, "t")
    Panel(picture, (0, 0, 10, 10), (0.5, 1.5), (0, 1)).logo(np.zeros((1, 4)), COLOURS)
    assert list(picture.root.iter("path")) == []


def test_the_temporal_picture_draws_two_curves_and_two_strips_a_model():
    scores = np.linspace(0, 1, 8)[None]
    result = SimpleNamespace(forward=scores, backward=scores[:, ::-1], prediction=np.array([1.0]))
    one_hot = np.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3]]
    root = ET.fromstring(temporal_picture({"m": result}, one_hot, "t", COLOURS))
    curves = list(root.iter(f"{SVG}polyline"))
    assert len(curves) == 2
    assert all(len(curve.get("points").split()) == 8 for curve in curves)
    assert len([r for r in root.iter(f"{SVG}rect") if r.get("shape-rendering")]) == 16


def test_the_optimization_picture_draws_the_chosen_restart():
    pwm = np.stack([np.eye(4)[[3, 3]], np.eye(4)[[1, 1]]])
    result = SimpleNamespace(
        pwm=pwm, discrete_scores=np.array([1.0, 2.0]), relaxed_scores=np.array([3.0, 4.0])
    )
    root = ET.fromstring(optimization_picture({"m": (result, 1)}, "t", COLOURS))
    assert subpaths(root) == {"A": 0, "C": 2, "G": 0, "T": 0}


def test_a_strip_has_one_cell_a_value():
    picture = Picture(100, 20, "t")
    Panel(picture, (0, 0, 100, 20), (0.5, 4.5), (0, 1)).strip(
        np.array([0, 0.5, 1, 1]), SALIENCY_RAMP, 0, 1
    )
    fills = [r.get("fill") for r in picture.root.iter("rect")][1:]
    assert len(fills) == 4 and fills[0] == "#ffffff" and fills[2] == fills[3] == "#b2182b"


def test_the_last_number_of_an_axis_stays_inside_the_picture():
    picture = Picture(200, 60, "t")
    Panel(picture, (10, 10, 186, 20), (0.5, 3000.5), (0, 1)).x_axis("position", spacing=30)
    texts = list(picture.root.iter("text"))
    assert "3,000" in {text.text for text in texts}
    assert all(float(t.get("x")) + text_width(t.text, 12) / 2 <= 200 for t in texts)
