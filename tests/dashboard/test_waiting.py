"""A long job behind another says what it waits for, and can be cancelled before it begins."""

from __future__ import annotations

import threading

import pytest

from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.engine.worker import Lane

SOON = 60


@pytest.fixture
def busy(make_dashboard):
    """A dashboard whose long lane runs the predictions until the test lets it go."""
    dashboard, go, running = make_dashboard(block=False), threading.Event(), threading.Event()
    assert dashboard.wait(SOON)

    def work(job) -> None:
        running.set()
        go.wait(SOON)

    dashboard.state.long.submit("predictions", work, lambda *_: None)
    assert running.wait(SOON)
    yield dashboard, go
    go.set()


def line_of(view) -> str:
    return view._line.value


@pytest.mark.parametrize(
    "tab, start", [("Class optimization", "run"), ("Motifs", "search")], ids=["run", "search"]
)
def test_it_says_what_it_waits_for_and_can_be_cancelled(busy, tab, start):
    dashboard, go = busy
    view = dashboard.view(tab)
    getattr(view, start)()
    assert line_of(view) == "Waiting for the predictions of all sequences to finish …"
    assert view.cancel_button.disabled is False
    view.cancel()
    assert line_of(view).startswith("Cancelled") and view.cancel_button.disabled
    go.set()
    assert dashboard.wait(SOON)
    assert line_of(view).startswith("Cancelled")


def test_a_design_that_waits_can_be_cancelled(busy):
    dashboard, _ = busy
    design = dashboard.view("Class optimization").design
    design.design()
    assert "Waiting for the predictions" in design._words.value
    design.cancel()
    assert "Cancelled" in design._words.value and not design.greedy_button.disabled


def test_the_jobs_in_between_are_named_in_their_order(busy):
    lane = busy[0].state.long
    for slot in ("motifs", "class optimization"):
        lane.submit(slot, lambda job: None, lambda *_: None)
    words = "Waiting for the predictions of all sequences, then the search for motifs to finish …"
    assert waiting_words(lane, "class optimization") == words


def test_with_nothing_ahead_it_starts():
    assert waiting_words(Lane("test"), "motifs") == "Starting …"
