"""In-silico mutagenesis against the slow loop and against weights known by hand."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import Cancelled, SequenceError
from demo_widgets.interpret import in_silico_mutagenesis
from demo_widgets.models.networks import build_cnn, build_rnn
from demo_widgets.models.score import sequence_model


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


def linear_model(length: int) -> tuple[keras.Model, np.ndarray]:
    model = keras.Sequential([layers.Input((length, 4)), layers.Flatten(), layers.Dense(1)])
    weights = np.random.default_rng(1).normal(size=(length, 4)).astype("float32")
    model.layers[-1].kernel.assign(weights.reshape(-1, 1))
    return model, weights


@pytest.mark.parametrize("build", [build_cnn, build_rnn])
def test_effects_equal_the_loop_over_substitutions(build):
    model, X = build(), one_hot(2, 9)
    result = in_silico_mutagenesis(model, X)
    score = sequence_model(model)
    for i in range(2):
        reference = score.score_and_predict(X[i : i + 1])[0][0]
        assert result.reference_scores[i] == pytest.approx(reference, abs=1e-5)
        for t in range(9):
            for b in range(4):
                mutant = X[i : i + 1].copy()
                mutant[0, t] = np.eye(4)[b]
                expected = score.score_and_predict(mutant)[0][0] - reference
                assert result.effects[i, t, b] == pytest.approx(expected, abs=1e-5)


def test_many_short_sequences_have_the_effects_that_each_has_alone():
    model, X = build_rnn(units=4, seed=0), one_hot(20, 12)
    together = in_silico_mutagenesis(model, X)
    alone = np.concatenate([in_silico_mutagenesis(model, x[None]).effects for x in X])
    np.testing.assert_allclose(together.effects, alone, atol=1e-5)
    assert together.reference_scores.shape == together.probabilities.shape == (20,)


def test_effects_of_a_linear_model_are_weight_differences():
    model, weights = linear_model(7)
    X = one_hot(3, 7)
    expected = weights[None] - (weights * X).sum(axis=-1, keepdims=True)
    result = in_silico_mutagenesis(model, X)
    np.testing.assert_allclose(result.effects, expected, atol=1e-5)
    assert (result.effects[X == 1] == 0).all()


def test_at_n_every_base_is_a_substitution():
    model, weights = linear_model(5)
    X = one_hot(1, 5)
    X[0, 3] = 0
    effects = in_silico_mutagenesis(model, X).effects
    np.testing.assert_allclose(effects[0, 3], weights[3], atol=1e-5)


@pytest.mark.parametrize("build", [build_cnn, build_rnn, lambda: linear_model(8)[0]])
def test_chosen_positions_have_the_effects_of_a_call_over_all(build):
    model, X = build(), one_hot(3, 8)
    expected = in_silico_mutagenesis(model, X)
    result = in_silico_mutagenesis(model, X, positions=(2, 5))
    np.testing.assert_allclose(result.effects[:, 2:5], expected.effects[:, 2:5], atol=1e-6)
    assert np.isnan(result.effects[:, :2]).all() and np.isnan(result.effects[:, 5:]).all()
    np.testing.assert_allclose(result.reference_scores, expected.reference_scores, atol=1e-6)


@pytest.mark.parametrize("positions", [(0, 9), (-1, 4), (3, 3), (5, 2)])
def test_positions_outside_the_sequence_are_refused(positions):
    with pytest.raises(SequenceError, match=r"0 <= start < end <= 8 .* got \("):
        in_silico_mutagenesis(linear_model(8)[0], one_hot(1, 8), positions=positions)


@pytest.mark.parametrize("batch_size", [1, 5, 1024])
def test_batch_size_changes_nothing(batch_size):
    model, X = build_cnn(), one_hot(2, 8)
    expected = in_silico_mutagenesis(model, X[1:]).effects[0]
    result = in_silico_mutagenesis(model, X, batch_size=batch_size)
    np.testing.assert_allclose(result.effects[1], expected, atol=1e-6)


def test_input_is_unchanged_and_traces_are_not_repeated():
    model, X = build_cnn(), one_hot(3, 8)
    copy = X.copy()
    for n in (1, 2, 3):
        in_silico_mutagenesis(model, X[:n])
    np.testing.assert_array_equal(X, copy)
    # the shortcut, and the scores that it was compared with
    assert sequence_model(model).trace_count() == 2


def test_progress_is_told_and_cancel_stops():
    model, X = linear_model(6)[0], one_hot(2, 6)
    cancel, seen = threading.Event(), []
    in_silico_mutagenesis(model, X, batch_size=10, on_progress=lambda *done: seen.append(done))
    assert seen == [(0, 36), (10, 36), (20, 36), (30, 36), (36, 36)]
    cancel.set()
    with pytest.raises(Cancelled, match="0 of 36"):
        in_silico_mutagenesis(model, X, cancel=cancel)
