"""A seed gives the same initial weights whatever other threads do."""

from __future__ import annotations

import random
import threading

import pytest

from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.files.provenance import weights_fingerprint


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_another_thread_that_draws_random_numbers_changes_no_weight(build):
    expected = weights_fingerprint(build(seed=0))
    drawing, stop = threading.Event(), threading.Event()

    def draw():
        while not stop.is_set():
            random.random()
            drawing.set()

    other = threading.Thread(target=draw)
    other.start()
    try:
        drawing.wait()
        assert weights_fingerprint(build(seed=0)) == expected
    finally:
        stop.set()
        other.join()


def test_building_leaves_the_random_module_as_it_was():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    build_cnn(seed=0)
    assert random.random() == expected
