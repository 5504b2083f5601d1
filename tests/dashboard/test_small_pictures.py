"""Small things of the pictures: the frame of a cell, names of hits, and the lines of models."""

from __future__ import annotations

from itertools import combinations

import bqplot
import numpy as np
import pandas as pd
import pytest

from demo_widgets.dashboard.drawing.hits_track import HitsTrack
from demo_widgets.pictures.palette import LINE_STYLES, MODEL_COLOURS

from .conftest import linear_model, make_dataset

# Linear RGB as a full deuteranope and a full protanope see it (Machado et al. 2009).
DEUTERANOPE = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
PROTANOPE = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]


def lab(colour: str, eye) -> np.ndarray:
    """CIELAB of ``#rrggbb`` to an eye."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(
        np.maximum(np.array(xyz) @ np.clip(np.array(eye) @ linear, 0, 1), 1e-6)
        / np.array([0.9505, 1.0, 1.089])
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def closest(colours, eye) -> float:
    seen = [lab(colour, eye) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def test_twenty_models_have_lines_that_can_be_told_apart():
    assert len(set(MODEL_COLOURS)) == 20 == 5 * len(LINE_STYLES)
    assert closest(MODEL_COLOURS, np.eye(3)) > 20
    for start in range(0, 20, 5):
        for eye in (DEUTERANOPE, PROTANOPE):
            assert closest(MODEL_COLOURS[start : start + 5], eye) > 20


def test_models_of_one_colour_family_differ_in_their_line_style(make_dashboard):
    model = linear_model()
    dashboard = make_dashboard({f"m{i}": model for i in range(7)}, make_dataset())
    view = dashboard.view("Predictions")
    assert [curve.line_style for curve in view.roc.curves] == ["solid"] * 5 + ["dashed"] * 2
    lines = view.metrics.value.split("<tr>")[2:]
    assert ["stroke-dasharray" in line for line in lines] == [False] * 5 + [True] * 2


@pytest.mark.parametrize(("base", "low"), [("T", 0), ("G", 1), ("A", 3)])
def test_the_frame_of_the_chosen_cell_has_four_edges(make_dashboard, base, low):
    track = make_dashboard(tab="Mutations").view("Mutations").tracks["linear"]
    track.mark_cell(9, base)
    points = list(zip(track.cell.x.tolist(), track.cell.y.tolist(), strict=True))
    edges = {frozenset(pair) for pair in zip(points, points[1:], strict=False)}
    corners = [(9.5, low), (9.5, low + 1), (10.5, low + 1), (10.5, low)]
    around = zip(corners, corners[1:] + corners[:1], strict=True)
    assert edges == {frozenset(pair) for pair in around}
    track.mark_cell(9, None)
    assert len(track.cell.x) == 1


def test_names_of_hits_run_on_towards_the_middle():
    track = HitsTrack(bqplot.LinearScale(min=0.5, max=40.5))
    hits = pd.DataFrame(
        [("left", 0, 8, "+", 9.0), ("right", 32, 40, "-", 8.0)],
        columns=["motif_name", "start", "end", "strand", "score"],
    )
    track.draw(hits, 40)
    marks = track.labels
    assert {align: mark.align for align, mark in marks.items()} == {"start": "start", "end": "end"}
    assert (marks["start"].text, marks["start"].x.tolist()) == (["left ▸"], [0.5])
    assert (marks["end"].text, marks["end"].x.tolist()) == (["right ◂"], [40.5])
    track.draw(hits[:0], 40)
    assert marks["start"].text == marks["end"].text == [""]


def test_a_move_of_the_slider_that_comes_late_leaves_the_position(make_dashboard, recurrent):
    dashboard = make_dashboard({"recurrent": recurrent}, tab="Temporal")
    slider = dashboard.view("Temporal").slider
    slider.value = 4
    assert dashboard.position == 3
    dashboard.tab = "Mutations"
    dashboard.position = 0
    slider.value = 5
    assert dashboard.position == 0
    dashboard.tab = "Temporal"
    assert slider.value == 1
    slider.value = 7
    assert dashboard.position == 6


def test_the_figure_says_once_which_models_do_not_read_in_time(make_dashboard, recurrent):
    models = {"first": linear_model("x"), "second": linear_model("y"), "recurrent": recurrent}
    view = make_dashboard(models, tab="Figure").view("Figure")
    words = view.messages.value
    assert "first and second have no temporal strips: they have no recurrent layer" in words
    assert words.count("no recurrent layer") == 1 and "&#39;x&#39;" not in words


def test_the_optima_shown_are_copied_as_fasta(make_dashboard):
    dashboard = make_dashboard(tab="Class optimization")
    view = dashboard.view("Class optimization")
    assert "Copy as FASTA" not in view.copy.value
    view.form.iterations.value, view.form.restarts.value = 5, 3
    view.run()
    for shown in (0, 2):
        view.restart.value = shown
        result, restart = view.optima["linear"]
        assert f"linear restart {shown + 1} " in view.copy.value
        assert result.sequences[restart] in view.copy.value
        assert view.copy.value.count("&gt;linear restart") == 1


@pytest.mark.parametrize("tab", ["Saliency", "Temporal", "Mutations", "Compare"])
def test_edited_bases_are_marked_in_every_track(traffic, make_dashboard, recurrent, tab):
    dashboard = make_dashboard({"linear": linear_model(), "recurrent": recurrent}, tab=tab)
    view, session = dashboard.view(tab), dashboard.session
    mark = view.edited.mark
    assert all(mark in track.figure.marks for track in view.tracks.values())

    def marked() -> list[float]:
        return sorted({round(x) for x in mark.x[:-1]})

    traffic.clear()
    dashboard.sequence_index = 1
    assert marked() == [] and not [m for m in traffic if m[0] == mark.comm.comm_id]
    for position in (4, 20):
        session.mutate(position, "A" if session.sequence[position] != "A" else "C")
    assert marked() == [5, 21]
    traffic.clear()
    dashboard.window, dashboard.position = (3, 25), 7
    assert not [m for m in traffic if m[0] == mark.comm.comm_id]
    session.undo()
    assert marked() == [5]
    dashboard.sequence_index = 0
    assert marked() == []
