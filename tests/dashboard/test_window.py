"""The visible window of the sequence."""

from __future__ import annotations

import pytest

from demo_widgets.dashboard.drawing.sequence_window import MIN_VISIBLE, SequenceWindow
from demo_widgets.dashboard.session.session import Session
from demo_widgets.sequences import SequenceDataset

LENGTH = 400


@pytest.fixture
def session() -> Session:
    return Session(SequenceDataset(["ACGT" * 100] * 2))


def test_zooming_is_around_the_centre_until_a_base_is_chosen(session):
    SequenceWindow(session).zoom(0.5)
    assert session.window == (100, 300)


@pytest.mark.parametrize("chosen", [0, 1, 57, 250, LENGTH - 1])
def test_the_chosen_base_stays_in_view_and_at_its_place(session, chosen):
    window = SequenceWindow(session)
    session.position = LENGTH // 2
    session.position = chosen
    for _ in range(10):
        window.zoom(0.5)
        start, end = session.window
        assert start <= chosen < end
        assert (chosen + 0.5 - start) / (end - start) == pytest.approx(
            (chosen + 0.5) / LENGTH, abs=1.01 / (end - start)
        )
    assert end - start == MIN_VISIBLE
    for _ in range(10):
        window.zoom(2)
    assert session.window == (0, LENGTH)


def test_a_chosen_base_out_of_view_leaves_zooming_to_the_centre(session):
    window = SequenceWindow(session)
    session.position = 10
    session.window = (200, 300)
    window.zoom(0.5)
    assert session.window == (225, 275)
