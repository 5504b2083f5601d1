"""The edit bar: keys, buttons, the list of edits, and what it says when it refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot

from .conftest import click, linear_model, make_dataset, press, receive, recurrent_model


def send_key(dashboard, key: str) -> None:
    """Play the browser: a key pressed in the element that takes keys."""
    content = {"data": {"method": "custom", "content": {"key": key}}}
    dashboard.header.edit_bar.keys.comm.handle_msg({"content": content, "buffers": []})


@pytest.fixture
def dashboard(make_dashboard):
    return make_dashboard(dataset=make_dataset(seed=3), position=10)


@pytest.mark.parametrize("key", ["a", "C", "g", "t"])
def test_a_letter_puts_the_base_at_the_chosen_position(dashboard, key):
    send_key(dashboard, key)
    assert dashboard.session.sequence[10] == key.upper()


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        (10, "arrowleft", 9),
        (10, "arrowright", 11),
        (0, "arrowleft", 0),
        (29, "arrowright", 29),
        (10, "home", 0),
        (10, "end", 29),
        (10, "arrowup", 10),
        (10, "", 10),
        (10, "<b>", 10),
    ],
)
def test_arrows_move_and_stop_at_the_ends(dashboard, start, key, end):
    dashboard.position = start
    send_key(dashboard, key)
    assert dashboard.position == end
    assert dashboard.header.edit_bar.position.value == end + 1
    assert not dashboard.session.is_edited


@pytest.mark.parametrize("key", ["delete", "backspace"])
def test_delete_restores_the_base(dashboard, key):
    original = dashboard.session.sequence
    send_key(dashboard, "a" if original[10] != "A" else "c")
    assert dashboard.session.sequence != original
    send_key(dashboard, key)
    assert dashboard.session.sequence == original
    send_key(dashboard, key)
    assert len(dashboard.session.edits.done) == 2


def test_undo_and_redo_have_keys(dashboard):
    original = dashboard.session.sequence
    send_key(dashboard, "undo")
    send_key(dashboard, "a" if original[10] != "A" else "c")
    edited = dashboard.session.sequence
    send_key(dashboard, "undo")
    assert dashboard.session.sequence == original
    send_key(dashboard, "redo")
    send_key(dashboard, "redo")
    assert dashboard.session.sequence == edited


def test_buttons_edit_and_show_what_can_be_done(dashboard):
    bar, session = dashboard.header.edit_bar, dashboard.session
    old = session.sequence[10]
    new = "A" if old != "A" else "C"
    assert bar.restore.disabled and bar.undo.disabled and bar.redo.disabled
    assert [b for b, made in bar.bases.items() if made.button_style] == [old]
    press(bar.bases[new])
    assert [b for b, made in bar.bases.items() if made.button_style] == [new]
    assert not bar.restore.disabled and not bar.undo.disabled and bar.redo.disabled
    press(bar.undo)
    assert not bar.redo.disabled
    press(bar.redo)
    press(bar.restore)
    assert session.sequence[10] == old


def test_the_number_of_the_base_and_the_position_follow_each_other(dashboard):
    bar = dashboard.header.edit_bar
    receive(bar.position, value=5)
    assert dashboard.position == 4
    receive(bar.position, value=500)
    assert (dashboard.position, bar.position.value) == (29, 30)
    dashboard.session.explore("ACGTA")
    assert (bar.position.max, bar.position.value, dashboard.position) == (5, 5, 4)


def test_the_list_of_edits_holds_the_change_in_score_of_each_model(make_dashboard):
    models = {"linear": linear_model(), "recurrent": recurrent_model()}
    dashboard = make_dashboard(models, make_dataset(seed=3))
    session, bar = dashboard.session, dashboard.header.edit_bar
    versions = [session.sequence]
    for position in (3, 8):
        session.mutate(position, "A" if session.sequence[position] != "A" else "C")
        versions.append(session.sequence)
    receive(bar.more, value=True)
    rows = re.findall(r"<tr><td>(.*?)</td>(.*?)</tr>", bar.table.value)
    assert [title for title, _ in rows] == [
        *(f"{i}. {edit.words}" for i, edit in enumerate(session.edits.done, 1)),
        "<b>All edits, relative to the original</b>",
    ]
    scores = [
        sequence_model(model).score_and_predict(as_one_hot(versions)) for model in models.values()
    ]
    for (before, after), (_, cells) in zip([(0, 1), (1, 2), (0, 2)], rows, strict=True):
        wanted = []
        for score, probability in scores:
            change = f"{score[after] - score[before]:+.2f}".replace("-0.00", "+0.00")
            wanted += [change, f"{probability[after]:.3f}"]
        assert re.findall(r"<td>(.*?)</td>", cells) == wanted
    session.undo()
    assert "2. " not in bar.table.value and "1. " in bar.table.value
    assert "All edits, relative" not in bar.table.value
    dashboard.sequence_index = 1
    assert "No edits yet" in bar.table.value


def test_what_is_typed_stays_while_the_position_moves(dashboard):
    bar = dashboard.header.edit_bar
    receive(bar.more, value=True)
    assert bar.text.value == dashboard.session.sequence
    typed = bar.text.value
    dashboard.position = 3
    assert bar.text.value == typed
    dashboard.sequence_index = 2
    assert bar.text.value == dashboard.session.sequence


def explore(bar, text: str) -> None:
    """Play the browser: Apply sequence pressed with this text in the field."""
    content = {"data": {"method": "custom", "content": {"explore": text}}}
    bar.text.comm.handle_msg({"content": content, "buffers": []})


def button_of(bar, words: str):
    row = bar.panel.children[2]
    return next(w for w in row.children if getattr(w, "description", "") == words)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "", "ACGTX"])
def test_text_that_is_not_dna_is_refused_in_one_escaped_sentence(dashboard, text):
    bar, before = dashboard.header.edit_bar, dashboard.session.sequence
    receive(bar.more, value=True)
    explore(bar, text)
    assert bar.message.value.count("dw-error") == 1 and "<img" not in bar.message.value
    assert dashboard.session.sequence == before == bar.text.value
    explore(bar, "acgtnacgt")
    assert bar.message.value == "" and dashboard.session.sequence == "ACGTNACGT"


def test_a_refusal_is_forgotten_with_the_next_sequence(dashboard):
    bar = dashboard.header.edit_bar
    dashboard.session.explore("ACGTTT")
    receive(bar.more, value=True)
    press(button_of(bar, "Add as new row"))
    assert "dw-error" in bar.message.value and len(dashboard.session.dataset) == 6
    dashboard.sequence_index = 1
    assert bar.message.value == ""


def test_the_panel_adds_a_row_and_takes_all_back(dashboard):
    bar, session = dashboard.header.edit_bar, dashboard.session
    original = session.sequence
    receive(bar.more, value=True)
    send_key(dashboard, "a" if original[10] != "A" else "c")
    press(button_of(bar, "Add as new row"))
    assert (len(session.dataset), session.sequence_index) == (7, 6)
    dashboard.sequence_index = 0
    press(button_of(bar, "Revert all edits"))
    assert session.sequence == original and session.edits.can_undo


def test_copy_holds_the_sequence_shown(dashboard):
    bar = dashboard.header.edit_bar
    receive(bar.more, value=True)
    send_key(dashboard, "a")
    assert f'data-text="{dashboard.session.sequence}"' in bar.copy.value


def test_a_click_changes_the_base_only_when_asked_to(make_dashboard):
    dashboard = make_dashboard(tab="Saliency")
    view, session = dashboard.view("Saliency"), dashboard.session
    bars = view.tracks["linear"].hover.mark

    click(bars, 6)
    click(bars, 6)
    assert dashboard.position == 6 and not session.is_edited
    view.click_mutates.value = True
    seen = []
    for _ in range(4):
        click(bars, 6)
        seen.append(session.sequence[6])
    assert sorted(seen) == list("ACGT") and not session.is_edited
    click(bars, 9)
    assert dashboard.position == 9 and session.edits.edited_positions == [9]


def test_hostile_model_names_stay_text_in_the_list_of_edits(make_dashboard):
    dashboard = make_dashboard({"<img src=x onerror=alert(1)>": linear_model()})
    dashboard.session.mutate(0, "A" if dashboard.session.sequence[0] != "A" else "C")
    dashboard.header.edit_bar.more.value = True
    assert "<img" not in dashboard.header.edit_bar.table.value
    assert "&lt;img" in dashboard.header.edit_bar.table.value


def test_a_model_that_fails_leaves_a_dash_in_the_list(make_dashboard, monkeypatch):
    from demo_widgets.dashboard.engine import known_results as results_module

    def broken(request, models, **running):
        raise RuntimeError("no memory")

    monkeypatch.setattr(results_module, "compute", broken)
    dashboard = make_dashboard()
    dashboard.session.mutate(0, "A" if dashboard.session.sequence[0] != "A" else "C")
    dashboard.header.edit_bar.more.value = True
    assert "<td>–</td><td>–</td>" in dashboard.header.edit_bar.table.value


def test_a_closed_dashboard_leaves_no_widget_of_the_bar(make_dashboard):
    import ipywidgets as W

    dashboard = make_dashboard()
    bar = dashboard.header.edit_bar
    receive(bar.more, value=True)
    receive(bar.more, value=False)
    dashboard.close()
    left = [bar.keys, bar.text, bar.position, bar.table, bar.copy, *bar.bases.values()]
    assert all(isinstance(w, W.Widget) and w.comm is None for w in left)


def test_edits_keep_the_window_when_the_length_stays(dashboard):
    dashboard.window = (5, 20)
    send_key(dashboard, "a")
    dashboard.session.explore("".join(np.random.default_rng(1).choice(list("ACGT"), 30)))
    assert dashboard.window == (5, 20)
