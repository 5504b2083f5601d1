"""Where a temporal score changes most."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.interpret.steepest import SKIPPED, steepest_change


def test_the_step_that_changes_most_is_found_on_either_reading():
    forward = np.array([[0.5] * 30 + [0.9] * 30])
    assert steepest_change(forward) == [30]
    assert steepest_change(forward, backward=True) == [29]


def test_swings_of_the_first_bases_read_are_passed_over():
    scores = np.full((1, 60), 0.5)
    scores[0, 40:] = 0.6
    scores[0, 0], scores[0, SKIPPED - 1] = 1.0, 1.0
    scores[0, 1 : SKIPPED - 1] = 1.0
    assert steepest_change(scores, skip=SKIPPED + 1) == [40]
    backward = scores[:, ::-1]
    assert steepest_change(backward, backward=True, skip=SKIPPED + 1) == [19]


def test_the_first_bases_count_where_nothing_changes_after_them():
    decided = np.r_[np.linspace(0.3, 0.1, 3), np.linspace(1.0, 0.98, 57)][None]
    assert steepest_change(decided) == [3]
    assert steepest_change(decided[:, ::-1], backward=True) == [56]
    both = np.concatenate([decided, np.r_[[0.5] * 30, [0.9] * 30][None]])
    assert steepest_change(both).tolist() == [3, 30]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_short_sequence_has_a_place_too(length):
    scores = np.linspace(0, 1, length)[None] ** 2
    for backward in (False, True):
        assert 0 <= steepest_change(scores, backward=backward)[0] < length
