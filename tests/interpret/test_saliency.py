"""Saliency maps of models whose gradient is known by hand, and invariants of all."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import ModelError
from demo_widgets.interpret import saliency_map
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model

METHODS = ("saliency", "input_x_gradient")


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


def linear_model(length: int = 6, classes: int = 2) -> tuple[keras.Model, np.ndarray]:
    """Softmax regression, and its weights ``(length, 4, classes)``."""
    model = keras.Sequential(
        [layers.Input((length, 4)), layers.Flatten(), layers.Dense(classes, activation="softmax")]
    )
    kernel = np.random.default_rng(1).normal(size=(length * 4, classes)).astype("float32")
    model.layers[-1].kernel.assign(kernel)
    return model, kernel.reshape(length, 4, classes)


def motif_model(motif: str) -> keras.Model:
    """One convolution that matches ``motif``, maximum over positions, one sigmoid."""
    model = keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(1, len(motif), padding="same", activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    kernel = np.full((len(motif), 4, 1), -1.0)
    for position, base in enumerate(motif):
        kernel[position, "ACGT".index(base)] = 2.0
    model.layers[0].kernel.assign(kernel)
    model.layers[-1].kernel.assign([[1.5]])
    return model


def test_gradient_of_a_linear_model_is_its_weights():
    model, weights = linear_model()
    result = saliency_map(model, one_hot(3, 6))
    expected = weights[..., 1] - weights[..., 0]
    np.testing.assert_allclose(result.gradient, np.stack([expected] * 3), atol=1e-5)


def test_saliency_is_the_gradients_size_at_the_base_that_is_there():
    model, weights = linear_model()
    X = one_hot(2, 6)
    difference = weights[..., 1] - weights[..., 0]
    result = saliency_map(model, X)
    np.testing.assert_allclose(result.importance, (np.abs(difference) * X).sum(-1), atol=1e-5)
    signed = saliency_map(model, X, method="input_x_gradient")
    centred = difference - difference.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(signed.importance, (centred * X).sum(-1), atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_saliency_of_a_planted_motif_lies_on_the_motif(method):
    X = np.eye(4, dtype="float32")[["ACGT".index(base) for base in "C" * 20 + "GATAA" + "C" * 15]]
    importance = saliency_map(motif_model("GATAA"), X, method=method).importance[0]
    assert set(np.flatnonzero(np.abs(importance) > 1e-6)) == set(range(20, 25))
    assert (importance[20:25] > 0).all()


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_gradient_agrees_with_finite_differences(build):
    model = build(seed=3)
    X = one_hot(1, 15)
    gradient = saliency_map(model, X).gradient[0]
    score, step = sequence_model(model), 2e-3
    for position, base in ((0, 1), (7, 3), (14, 0)):
        moved = np.repeat(X, 2, axis=0)
        moved[:, position, base] += [step, -step]
        up, down = score.score_and_predict(moved)[0]
        slope = (up - down) / (2 * step)
        assert gradient[position, base] == pytest.approx(
            slope, abs=0.02 * float(np.abs(gradient).max())
        )


def test_centred_gradient_sums_to_zero_over_the_bases():
    model, weights = linear_model()
    every_base = np.eye(4, dtype="float32")[:, None].repeat(6, axis=1)
    result = saliency_map(model, every_base, method="input_x_gradient")
    np.testing.assert_allclose(result.importance.sum(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("build", [build_cnn, build_rnn])
def test_batch_size_and_neighbours_change_nothing(build):
    model, X = build(), one_hot(64, 20)
    alone = saliency_map(model, X[5:6])
    for batch_size in (1, 8, 64):
        result = saliency_map(model, X, batch_size=batch_size)
        np.testing.assert_allclose(result.gradient[5], alone.gradient[0], atol=1e-6)
        np.testing.assert_allclose(result.scores[5], alone.scores[0], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_input_and_model_are_unchanged(method):
    model, X = build_cnn(), one_hot(2, 12)
    copy, weights = X.copy(), [np.asarray(w).copy() for w in model.weights]
    saliency_map(model, X, method=method)
    np.testing.assert_array_equal(X, copy)
    assert [layer.name for layer in model.layers][-1] == "bound"
    for weight, before in zip(model.weights, weights, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), before)


def test_n_has_no_importance():
    X = one_hot(1, 6)
    X[0, 2] = 0
    for method in METHODS:
        assert saliency_map(linear_model()[0], X, method=method).importance[0, 2] == 0


def test_strings_are_taken_and_the_result_says_how_it_was_made():
    result = saliency_map(build_cnn(name="mine"), ["ACGTACGTAA", "TTGATAAGCC"], target=0)
    assert result.importance.shape == (2, 10)
    assert (result.model_name, result.method, result.target) == ("mine", "saliency", 0)
    assert result.score_kind == "log_odds"


def test_one_trace_serves_any_number_and_length_of_sequences():
    model = build_cnn()
    for n, length in ((1, 20), (3, 20), (40, 20), (2, 33)):
        saliency_map(model, one_hot(n, length))
        saliency_map(model, one_hot(n, length), method="input_x_gradient")
    assert sequence_model(model).trace_count() == 1


def test_unknown_method_and_cut_gradient_are_refused():
    with pytest.raises(ModelError, match="unknown saliency method 'magic'.*input_x_gradient"):
        saliency_map(build_cnn(), one_hot(1, 9), method="magic")
    x = layers.Input((5, 4))
    z = layers.Flatten()(keras.ops.cast(keras.ops.argmax(x, axis=-1, keepdims=True), "float32"))
    cut = keras.Model(x, layers.Dense(2, activation="softmax")(z))
    with pytest.raises(ModelError, match="no gradient"):
        saliency_map(cut, one_hot(1, 5))
