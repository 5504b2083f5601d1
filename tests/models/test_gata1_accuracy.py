"""The claims on real input: a network trained here tells bound from shuffled, and looks at GATA."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.interpret import saliency_map
from demo_widgets.models import build_cnn_rnn, evaluate, train
from demo_widgets.sequences import read_sequences

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

WIDTH = 9


@pytest.fixture(scope="module")
def test_set(real_data):
    return read_sequences(real_data / "deepmotif_k562" / "GATA1_K562_GATA-1_USC" / "test.fa.gz")


@pytest.fixture(scope="module")
def cnn_rnn(real_data):
    folder = real_data / "deepmotif_k562" / "GATA1_K562_GATA-1_USC"
    model = build_cnn_rnn(seed=0)
    train(model, read_sequences(folder / "train.fa.gz"), epochs=15, seed=0, progress=False)
    return model


def test_cnn_rnn_reaches_auroc_095_on_gata1(cnn_rnn, test_set):
    assert evaluate(cnn_rnn, test_set, reverse_complement=True)["auroc"] >= 0.95


def test_top_saliency_windows_hold_gata_three_times_as_often_as_random_ones(cnn_rnn, test_set):
    bound = test_set[test_set.labels == 1]
    importance = saliency_map(cnn_rnn, bound).importance
    sums = np.lib.stride_tricks.sliding_window_view(importance, WIDTH, axis=1).sum(axis=2)
    random = np.random.default_rng(0).integers(sums.shape[1], size=(20, len(bound)))
    of_network = share_with_gata(bound, sums.argmax(axis=1))
    of_chance = np.mean([share_with_gata(bound, starts) for starts in random])
    assert of_network >= 3 * of_chance > 0


def share_with_gata(dataset, starts) -> float:
    """Share of the windows at ``starts`` that hold GATAA or its reverse complement."""
    windows = [s[i : i + WIDTH] for s, i in zip(dataset.sequences, starts, strict=True)]
    return float(np.mean(["GATAA" in window or "TTATC" in window for window in windows]))
