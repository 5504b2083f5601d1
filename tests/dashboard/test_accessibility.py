"""What is told to people who do not see the dashboard, and what their keys do."""

from __future__ import annotations

import threading
import time

import bqplot
import ipywidgets as W
import numpy as np
import pytest

from demo_widgets.dashboard.page.accessibility import AccessibleNames
from demo_widgets.pictures.alt_text import (
    mutations_summary,
    saliency_summary,
    strongest_run,
    temporal_summary,
)

from .conftest import css_classes, make_dataset, part

TABS = ("Predictions", "Saliency", "Temporal", "Mutations", "Compare")


@pytest.fixture
def dashboard(make_dashboard, linear, recurrent):
    return make_dashboard({"linear": linear, "recurrent": recurrent})


def figures(widget) -> list[bqplot.Figure]:
    """The figures on the page below a widget."""
    below = [f for child in getattr(widget, "children", ()) for f in figures(child)]
    return [widget, *below] if isinstance(widget, bqplot.Figure) else below


def said(dashboard, widget) -> dict:
    return part(dashboard, AccessibleNames).described[f"dw-is-{widget.model_id}"]


def send(view, key: str) -> None:
    """Play the browser: a key pressed in the element that takes the keys of the map."""
    content = {"data": {"method": "custom", "content": {"key": key}}}
    view.keys.comm.handle_msg({"content": content, "buffers": []})


@pytest.mark.parametrize("tab", TABS)
def test_every_figure_on_the_page_is_a_picture_with_a_name_and_a_summary(dashboard, tab):
    dashboard.tab = tab
    shown = figures(dashboard.view(tab).widget) + [dashboard.header.strip]
    assert len(shown) >= 2
    for figure in shown:
        told = said(dashboard, figure)
        ((css, place, attributes),) = told["parts"]
        assert (css, place, attributes["role"]) == ("", 0, "img")
        assert attributes["aria-label"] and told["text"]
        assert f"dw-is-{figure.model_id}" in css_classes(figure)


class SlowToRead(AccessibleNames):
    """Takes a while to be read, so that threads meet between reading and writing."""

    def __getattribute__(self, name: str):
        found = super().__getattribute__(name)
        if name == "described":
            time.sleep(0.002)
        return found


def test_what_several_threads_describe_at_once_is_all_kept():
    names, figures = SlowToRead(), [W.HTML() for _ in range(12)]
    threads = [
        threading.Thread(target=names.describe, args=((figure, "a picture", "of something"),))
        for figure in figures
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names.described) == len(figures)


def test_the_summary_follows_an_edit(dashboard):
    dashboard.tab = "Saliency"
    figure = dashboard.view("Saliency").tracks["recurrent"].figure
    before = said(dashboard, figure)["text"]
    assert before == saliency_summary(
        dashboard.view("Saliency").results["recurrent"].importance[0], dashboard.session.sequence
    )
    dashboard.sequence_index = 4
    after = said(dashboard, figure)
    assert after["text"] != before and dashboard.session.name in after["parts"][0][2]["aria-label"]


def test_the_run_around_the_largest_value_is_found():
    values = np.zeros(20)
    values[[2, 8, 9, 12, 13]] = [0.6, 0.5, -1.0, 0.7, 0.2]
    assert strongest_run(values) == (8, 13)
    sequence = "ACGTACGTGATAAGCCCCCC"
    assert saliency_summary(values, sequence) == (
        "Strongest at positions 9 to 13, GATAA; largest -1 at A10."
    )
    assert "all values are zero" in saliency_summary(np.zeros(20), sequence)


def test_the_words_for_scores_and_mutations_say_where_and_how_much():
    words = temporal_summary(np.array([0.1, 0.2, 0.9]), np.array([0.9, 0.5, 0.4]), 2, 0)
    assert "from 0.10 to 0.90, steepest at position 3" in words
    assert "from 0.40 at the right end to 0.90, steepest at position 1" in words
    effects = np.zeros((3, 4))
    effects[1, 3], effects[2, 0] = -2.0, 1.5
    words = mutations_summary(effects, "ACG")
    assert "C2T costs most (-2.00)" in words and "G3A gains most (+1.50)" in words


def test_the_slider_of_the_temporal_tab_reads_base_and_score(dashboard):
    dashboard.tab = "Temporal"
    view = dashboard.view("Temporal")
    told = part(dashboard, AccessibleNames).values[f"dw-is-{view.slider.model_id}"]
    score = view.results["recurrent"].forward[0, 11]
    base = dashboard.session.sequence[11]
    assert told[12 - 1] == f"base 12, {base}, recurrent score {score:.2f}"


@pytest.mark.parametrize("keys, place", [(["arrowright", "arrowdown"], 5), (["home"], 0)])
def test_arrows_choose_a_cell_of_the_map_and_enter_puts_its_base(dashboard, keys, place):
    dashboard.tab, dashboard.position = "Mutations", 4
    view, before = dashboard.view("Mutations"), dashboard.session.sequence
    send(view, "enter")
    assert dashboard.session.sequence == before  # no cell is chosen yet
    for key in keys:
        send(view, key)
    base = "C" if "arrowdown" in keys else "A"
    assert f"<b>{before[place]}{place + 1}{base}</b>" in view.readout.value
    send(view, "enter")
    assert dashboard.position == place
    assert dashboard.session.sequence == before[:place] + base + before[place + 1 :]
    send(view, "undo")
    assert dashboard.session.sequence == before


def test_the_keys_of_the_map_stop_at_its_edges(dashboard):
    dashboard.tab = "Mutations"
    view = dashboard.view("Mutations")
    for key in ["arrowleft", "arrowup", *["arrowdown"] * 9]:
        send(view, key)
    assert dashboard.position == 0 and "T</b>" in view.readout.value
    send(view, "end")
    send(view, "arrowright")
    assert dashboard.position == 29


def test_the_chosen_row_of_the_table_is_told_in_words(dashboard):
    table = dashboard.view("Predictions").table
    dashboard.sequence_index = 2
    told = [made.description for made in table.buttons[:6]]
    assert [words.endswith(", chosen") for words in told] == [i == 2 for i in range(6)]


def test_planted_sites_are_told_only_of_what_they_are_known_of(make_dashboard, linear):
    from demo_widgets.sequences import simulate_motif_dataset

    data = simulate_motif_dataset(["MA0035.3"], n_sequences=4, length=40, seed=0)
    bound, unbound = int(data.labels.argmax()), int(data.labels.argmin())
    dashboard = make_dashboard({"linear": linear}, data, sequence_index=unbound)
    session, told = dashboard.session, dashboard.header.sites
    assert "No planted sites in this sequence" in told.value
    session.mutate(0, "A" if session.sequence[0] != "A" else "C")
    session.add_as_row()
    assert "Added row" in told.value and "No planted sites" not in told.value
    dashboard.sequence_index = bound
    assert "Planted sites: " in told.value
    session.mutate(0, "A" if session.sequence[0] != "A" else "C")
    assert "Planted sites (before the edits): " in told.value
    session.explore("ACGT" * 10)
    assert "Pasted sequence: planted sites are not known" in told.value


@pytest.mark.parametrize(
    "given, words",
    [("x.fa", "read_sequences('x.fa')"), ("ACGTACGT", "write ['ACGTACGT']")],
)
def test_a_path_or_one_string_is_refused_with_what_to_write(linear, given, words):
    from demo_widgets.dashboard import MotifDashboard
    from demo_widgets.errors import SequenceError

    with pytest.raises(SequenceError) as refused:
        MotifDashboard({"linear": linear}, given)
    assert words in str(refused.value)


def test_a_closed_dashboard_may_be_spoken_of_without_harm(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(n=3), tab="Saliency")
    dashboard.close()
    dashboard.session.sequence_index = 1
    assert part(dashboard, AccessibleNames).comm is None
