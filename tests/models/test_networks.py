from __future__ import annotations

import random

import numpy as np
import pytest

from demo_widgets import models
from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.network_table import NETWORKS as TABLE

NETWORKS = [
    (build_cnn, "CNN", 136_322),
    (build_rnn, "RNN", 9_602),
    (build_cnn_rnn, "CNN-RNN", 46_082),
]


@pytest.mark.parametrize(("build", "name", "parameters"), NETWORKS)
def test_paper_defaults_give_the_known_parameter_counts(build, name, parameters):
    for length in (None, 101):
        model = build(length)
        assert (model.name, model.count_params()) == (name, parameters)


@pytest.mark.parametrize(("build", "name", "parameters"), NETWORKS)
@pytest.mark.parametrize("length", [1, 7, 101, 300])
def test_one_network_serves_any_length(build, name, parameters, length):
    X = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(4, size=(3, length))]
    p = np.asarray(build()(X, training=False))
    assert p.shape == (3, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(("build", "name", "parameters"), NETWORKS)
def test_recurrent_steps_are_sequence_positions(build, name, parameters):
    model = build()
    if name != "CNN":
        assert model.get_layer("bilstm").output.shape[1:] == (None, 64)
        assert model.get_layer("bilstm")(np.zeros((1, 17, 4 if name == "RNN" else 128))).shape == (
            1,
            17,
            64,
        )
    else:
        assert model.get_layer("conv3")(np.zeros((1, 26, 128))).shape == (1, 26, 128)


def test_seed_fixes_the_initial_weights_and_leaves_the_global_generator():
    random.seed(5)
    before = random.getstate()
    first, again, other = build_rnn(seed=1), build_rnn(seed=1), build_rnn(seed=2)
    assert random.getstate() == before
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_without_a_seed_each_network_is_new():
    assert not np.array_equal(build_rnn().get_weights()[0], build_rnn().get_weights()[0])


def test_the_table_of_networks_names_each_and_what_builds_it():
    built = {each.title: getattr(models, each.builder) for each in TABLE.values()}
    assert built == {title: build for build, title, _ in NETWORKS}
    assert [each.title.lower() for each in TABLE.values()] == list(TABLE)
