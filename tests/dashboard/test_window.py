"""The visible window of the sequence."""

from __future__ import annotations

import pytest

from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.dashboard.session.targets import scored_models
from demo_widgets.dashboard.session.window import MIN_VISIBLE, SequenceWindow
from demo_widgets.sequences import SequenceDataset

LENGTH = 400


@pytest.fixture
def state(linear):
    state = DashboardState(
        scored_models({"linear": linear}, None), SequenceDataset(["ACGT" * 100] * 2), block=True
    )
    yield state
    state.close()


def test_zooming_is_around_the_centre_until_a_base_is_chosen(state):
    SequenceWindow(state).zoom(0.5)
    assert state.window == (100, 300)


@pytest.mark.parametrize("chosen", [0, 1, 57, 250, LENGTH - 1])
def test_the_chosen_base_stays_in_view_and_at_its_place(state, chosen):
    window = SequenceWindow(state)
    state.position = LENGTH // 2
    state.position = chosen
    for _ in range(10):
        window.zoom(0.5)
        start, end = state.window
        assert start <= chosen < end
        assert (chosen + 0.5 - start) / (end - start) == pytest.approx(
            (chosen + 0.5) / LENGTH, abs=1.01 / (end - start)
        )
    assert end - start == MIN_VISIBLE
    for _ in range(10):
        window.zoom(2)
    assert state.window == (0, LENGTH)


def test_a_chosen_base_out_of_view_leaves_zooming_to_the_centre(state):
    window = SequenceWindow(state)
    state.position = 10
    state.window = (200, 300)
    window.zoom(0.5)
    assert state.window == (225, 275)
