"""Integrated gradients against integrals known by hand, and against their own axioms."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import Cancelled, ModelError, SequenceError
from demo_widgets.interpret import integrated_gradients
from demo_widgets.models.networks import build_cnn, build_rnn
from demo_widgets.models.score import sequence_model


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


def dense_model(length: int, activation: str | None = None) -> tuple[keras.Model, np.ndarray]:
    """Sigmoid of ``f(w . x)``, where ``f`` is ``activation``."""
    model = keras.Sequential(
        [
            layers.Input((length, 4)),
            layers.Flatten(),
            layers.Dense(1, activation=activation),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    weights = np.random.default_rng(1).normal(size=(length, 4)).astype("float32")
    model.layers[1].kernel.assign(weights.reshape(-1, 1))
    model.layers[2].kernel.assign([[1.0]])
    return model, weights


def test_a_linear_model_is_shared_out_by_its_weights():
    model, weights = dense_model(6)
    X = one_hot(3, 6)
    result = integrated_gradients(model, X, steps=1)
    np.testing.assert_allclose(result.importance, (weights * X).sum(-1), atol=1e-5)
    np.testing.assert_allclose(result.completeness_gap, 0, atol=1e-5)
    np.testing.assert_allclose(result.reference_scores, 0, atol=1e-6)


def test_a_square_is_shared_out_by_its_integral():
    """For ``f(u) = u^2`` from 0, the share of ``w_i x_i`` is ``w_i x_i * u``."""
    model, weights = dense_model(5, keras.ops.square)
    X = one_hot(2, 5)
    terms = (weights * X).sum(-1)
    result = integrated_gradients(model, X, steps=8)
    np.testing.assert_allclose(
        result.importance, terms * terms.sum(1, keepdims=True), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("build", [build_cnn, build_rnn])
@pytest.mark.parametrize("reference", ["zeros", "dinucleotide"])
def test_importance_sums_to_the_difference_in_score(build, reference):
    model, X = build(), one_hot(2, 20)
    result = integrated_gradients(model, X, reference=reference, n_references=3, steps=64)
    difference = result.scores - result.reference_scores
    np.testing.assert_allclose(result.importance.sum(axis=1), difference, rtol=0.05, atol=5e-3)
    gap = result.importance.sum(axis=1) - difference
    np.testing.assert_allclose(result.completeness_gap, gap, atol=1e-5)
    np.testing.assert_allclose(result.relative_gap, np.abs(gap / difference), atol=1e-4)


def test_too_few_steps_are_reported_as_a_gap():
    model, X = dense_model(5, "sigmoid")[0], one_hot(1, 5)
    model.layers[1].kernel.assign(model.layers[1].kernel * 20)
    coarse, fine = (integrated_gradients(model, X, steps=steps) for steps in (1, 256))
    assert fine.relative_gap[0] < 0.01 < 0.1 < coarse.relative_gap[0]


def test_several_references_are_averaged():
    model, X = build_cnn(), one_hot(2, 12)
    references = one_hot(3, 12, seed=9)
    together = integrated_gradients(model, X, reference=references)
    apart = [integrated_gradients(model, X, reference=one).importance for one in references]
    np.testing.assert_allclose(together.importance, np.mean(apart, axis=0), atol=1e-5)
    scores = sequence_model(model).score_and_predict(references)[0]
    np.testing.assert_allclose(together.reference_scores, [scores.mean()] * 2, atol=1e-5)
    own = np.stack([references, references[::-1]])
    np.testing.assert_allclose(
        integrated_gradients(model, X, reference=own).importance, together.importance, atol=1e-5
    )


def test_a_sequence_against_itself_gets_nothing():
    X = one_hot(1, 9)
    result = integrated_gradients(build_cnn(), X, reference=X[0])
    np.testing.assert_allclose(result.importance, 0, atol=1e-7)
    assert np.isnan(result.relative_gap[0]) and result.reference == "array"


def test_shuffles_repeat_with_the_seed_and_do_not_depend_on_neighbours():
    model, X = build_cnn(), one_hot(3, 30)
    options = {"reference": "dinucleotide", "n_references": 2, "steps": 4}
    all_three = integrated_gradients(model, X, seed=5, **options)
    alone = integrated_gradients(model, X[2:], seed=5, **options)
    np.testing.assert_allclose(all_three.importance[2], alone.importance[0], atol=1e-6)
    other = integrated_gradients(model, X[2:], seed=6, **options)
    assert not np.allclose(other.importance, alone.importance, atol=1e-4)


@pytest.mark.parametrize(
    "reference",
    ["zeros", "dinucleotide", *(np.full(s, 0.25) for s in ((15, 4), (3, 15, 4), (2, 3, 15, 4)))],
    ids=lambda given: given if isinstance(given, str) else f"array {given.shape}",
)
def test_at_n_the_importance_is_zero(reference):
    X = one_hot(2, 15)
    X[0, [0, 7]] = 0
    result = integrated_gradients(build_cnn(), X, reference=reference, n_references=2, steps=4)
    assert (result.importance[0, [0, 7]] == 0).all()
    assert result.importance[0].any() and result.importance[1, 7] != 0
    np.testing.assert_array_equal(result.contributions.sum(-1), result.importance)


def test_batch_size_changes_nothing_and_traces_are_not_repeated():
    model, X = build_cnn(), one_hot(4, 101)
    expected = integrated_gradients(model, X, steps=6)
    for batch_size, n in ((1, 4), (7, 3), (1024, 1)):
        result = integrated_gradients(model, X[:n], steps=6, batch_size=batch_size)
        np.testing.assert_allclose(result.importance, expected.importance[:n], atol=1e-6)
    assert sequence_model(model).trace_count() == 2  # the gradient, and the scores


def test_progress_is_told_and_cancel_stops():
    model, X = dense_model(6)[0], one_hot(3, 6)
    cancel, seen = threading.Event(), []
    integrated_gradients(model, X, steps=1024, on_progress=lambda *done: seen.append(done))
    assert seen == [(0, 3072), (2048, 3072), (3072, 3072)]
    cancel.set()
    with pytest.raises(Cancelled, match="integrated gradients was cancelled after 0 of 96"):
        integrated_gradients(model, X, cancel=cancel)


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({"steps": 0}, ModelError, "steps"),
        ({"n_references": 1.5}, ModelError, "n_references"),
        ({"reference": "random"}, ModelError, "unknown reference 'random'"),
        ({"reference": np.zeros((5, 4))}, SequenceError, r"shape \(5, 4\); expected \(6, 4\)"),
        ({"reference": np.zeros((3, 2, 6, 4))}, SequenceError, r"expected .*\(2, R, 6, 4\)"),
        ({"reference": np.full((6, 4), np.nan)}, SequenceError, "NaN"),
        ({"reference": [["A"]]}, SequenceError, "not an array of numbers"),
    ],
)
def test_settings_out_of_range_are_named(options, error, why):
    with pytest.raises(error, match=why):
        integrated_gradients(dense_model(6)[0], one_hot(2, 6), **options)
