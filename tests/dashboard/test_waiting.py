"""A long job behind another says what it waits for, and can be cancelled before it begins."""

from __future__ import annotations

import threading

import pytest

SOON = 60


@pytest.fixture
def busy(make_dashboard):
    """A dashboard whose long lane runs the predictions until the test lets it go."""
    dashboard, go, running = make_dashboard(block=False), threading.Event(), threading.Event()
    assert dashboard.wait(SOON)

    def work(job) -> None:
        running.set()
        go.wait(SOON)

    dashboard.engine.long.submit("the predictions of all sequences", work, lambda *_: None)
    assert running.wait(SOON)
    yield dashboard, go
    go.set()


def line_of(view) -> str:
    return view.job.line.value


@pytest.mark.parametrize(
    "tab, start", [("Class optimization", "run"), ("Motifs", "search")], ids=["run", "search"]
)
def test_it_says_what_it_waits_for_and_can_be_cancelled(busy, tab, start):
    dashboard, go = busy
    view = dashboard.view(tab)
    getattr(view, start)()
    assert line_of(view) == "Waiting for the predictions of all sequences to finish …"
    assert view.job.cancel_button.disabled is False
    view.job.cancel()
    assert line_of(view).startswith("Cancelled") and view.job.cancel_button.disabled
    go.set()
    assert dashboard.wait(SOON)
    assert line_of(view).startswith("Cancelled")


def test_a_design_that_waits_can_be_cancelled(busy):
    dashboard, _ = busy
    design = dashboard.view("Class optimization").design
    design.design()
    assert "Waiting for the predictions" in design.job.line.value
    design.job.cancel()
    assert "Cancelled" in design.job.line.value and not design.greedy_button.disabled


def test_the_jobs_in_between_are_named_in_their_order(busy):
    engine = busy[0].engine
    for slot in ("the search for motifs", "class optimization"):
        engine.long.submit(slot, lambda job: None, lambda *_: None)
    words = "Waiting for the predictions of all sequences, then the search for motifs to finish …"
    assert engine.waiting_words("class optimization") == words


def test_with_nothing_ahead_it_starts(make_dashboard):
    assert make_dashboard().engine.waiting_words("the search for motifs") == "Starting …"
