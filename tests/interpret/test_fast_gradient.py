"""Gradients of few sequences with little left to TensorFlow, against its own gradient tape."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from demo_widgets.interpret import saliency_map
from demo_widgets.interpret.exact.fast_gradient import fast_gradient
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model
from tests.interpret.user_models import sequential, sigmoid


def one_hot(n: int, length: int) -> np.ndarray:
    X = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(4, size=(n, length))]
    X[0, length // 2] = 0
    return X


def filled(model: keras.Model, scale: float = 0.5) -> keras.Model:
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(rng.normal(scale=scale, size=weight.shape))
    return model


def of_tape(model: keras.Model, X: np.ndarray) -> np.ndarray:
    score, x = sequence_model(model), tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        s = score.score_tensors(x)[0]
    return tape.gradient(s, x).numpy()


def assert_exact(model: keras.Model, X: np.ndarray, **options) -> None:
    expected = of_tape(model, X)
    result = saliency_map(model, X, **options)
    np.testing.assert_allclose(result.gradient, expected, atol=1e-5 * np.abs(expected).max())
    scores, probabilities = sequence_model(model).score_and_predict(X)
    np.testing.assert_allclose(result.scores, scores, atol=1e-5 * (1 + np.abs(scores).max()))
    np.testing.assert_allclose(result.probabilities, probabilities, atol=1e-5)


CHAINS = {
    "RNN": lambda: filled(build_rnn()),
    "CNN-RNN": lambda: filled(build_cnn_rnn(), 0.2),
    "last state": lambda: filled(sequential(layers.LSTM(5), sigmoid())),
    "last state from the right": lambda: filled(
        sequential(layers.LSTM(5, go_backwards=True, use_bias=False), sigmoid())
    ),
    "last states of both, after pooling": lambda: filled(
        sequential(
            layers.Conv1D(6, 3, strides=2, activation="relu"),
            layers.MaxPooling1D(2, padding="same"),
            layers.Bidirectional(layers.LSTM(5)),
            layers.Dense(4, activation="tanh"),
            sigmoid(),
        )
    ),
    "strongest states of both": lambda: filled(
        sequential(
            layers.Bidirectional(layers.LSTM(9, return_sequences=True)),
            layers.GlobalMaxPooling1D(),
            sigmoid(),
        )
    ),
    "after a layer that is left to TensorFlow": lambda: filled(
        sequential(
            layers.Conv1D(6, 3, padding="same", activation="gelu"),
            layers.LSTM(5, return_sequences=True),
            layers.GlobalMaxPooling1D(),
            sigmoid(),
        )
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_gradients_of_lstms_are_those_of_the_tape(name):
    model = CHAINS[name]()
    for n, length in ((1, 31), (3, 8), (37, 5)):
        assert fast_gradient(sequence_model(model), n, length) is not None
        assert_exact(model, one_hot(n, length))


CONVOLUTIONS = {
    "CNN": lambda: filled(build_cnn(), 0.2),
    "a prime number of filters": lambda: filled(build_cnn(filters=131, widths=(9, 4)), 0.2),
    "even widths, strides, logits": lambda: filled(
        sequential(
            layers.Conv1D(6, 4, strides=2, padding="same", activation="relu"),
            layers.Conv1D(5, 2, use_bias=False),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        )
    ),
    "dilated, overlapping pools": lambda: filled(
        sequential(
            layers.Conv1D(6, 3, dilation_rate=2, activation="relu"),
            layers.MaxPooling1D(3, strides=2, padding="same"),
            layers.Dropout(0.5),
            layers.GlobalMaxPooling1D(),
            sigmoid(),
        )
    ),
    "causal, pools with gaps": lambda: filled(
        sequential(
            layers.Conv1D(6, 5, padding="causal", dilation_rate=2, strides=1),
            layers.MaxPooling1D(2, strides=3),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid", use_bias=False),
        )
    ),
    "nothing but a pool": lambda: filled(sequential(layers.GlobalMaxPooling1D(), sigmoid())),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_gradients_of_convolutions_are_those_of_the_tape(name):
    model = CONVOLUTIONS[name]()
    for n, length in ((1, 101), (2, 32), (3, 10)):
        assert fast_gradient(sequence_model(model), n, length) is not None
        assert_exact(model, one_hot(n, length), batch_size=2)


def test_equal_maxima_share_the_gradient_as_in_tensorflow():
    model = build_cnn(filters=8, widths=(5, 3))
    rng = np.random.default_rng(3)
    for weight in model.weights:
        weight.assign(rng.integers(-2, 3, size=weight.shape))  # so that sums are exact
    X = np.eye(4, dtype="float32")[np.array([[0] * 24, [0, 1, 2] * 8])]
    assert fast_gradient(sequence_model(model), *X.shape[:2]) is not None
    assert_exact(model, X)


@pytest.mark.parametrize("build", [build_cnn, build_cnn_rnn])
def test_a_model_that_is_mirrored_on_devices_is_read_too(build):
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = build(filters=8)
    assert isinstance(model.weights[0].value, tf.distribute.DistributedValues)
    filled(model, 0.3)
    assert fast_gradient(sequence_model(model), 1, 30) is not None
    assert_exact(model, one_hot(1, 30))


def test_the_other_class_has_the_opposite_gradient():
    model, X = filled(build_cnn(filters=8), 0.3), one_hot(1, 30)
    bound, unbound = (saliency_map(model, X, target=target) for target in (1, 0))
    np.testing.assert_array_equal(unbound.gradient, -bound.gradient)
    np.testing.assert_allclose(unbound.probabilities, 1 - bound.probabilities, atol=1e-6)


def test_batches_and_numbers_of_sequences_change_nothing():
    model, X = filled(build_rnn()), one_hot(66, 9)
    expected = of_tape(model, X)
    for n, batch_size in ((64, 1), (64, 10), (65, 256)):
        result = saliency_map(model, X[:n], batch_size=batch_size)
        np.testing.assert_allclose(
            result.gradient, expected[:n], atol=1e-5 * np.abs(expected).max()
        )


def test_numbers_that_are_not_one_hot_are_taken():
    model, X = filled(build_cnn_rnn(), 0.2), one_hot(2, 12) * np.float32(0.3)
    gradient = fast_gradient(sequence_model(model), 2, 12)(X, 256)[0]
    expected = of_tape(model, X)
    np.testing.assert_allclose(gradient, expected, atol=1e-5 * np.abs(expected).max())


def test_other_models_keep_the_tape():
    for model in (
        sequential(layers.GRU(4), sigmoid()),
        sequential(layers.Conv1D(4, 3, activation="gelu"), layers.GlobalMaxPooling1D(), sigmoid()),
        sequential(layers.LayerNormalization(), layers.GlobalMaxPooling1D(), sigmoid()),
        sequential(layers.GlobalMaxPooling1D(), layers.Dense(3, activation="relu"), sigmoid()),
    ):
        assert fast_gradient(sequence_model(model), 1, 9) is None
        assert_exact(filled(model, 0.2), one_hot(2, 9))


def test_many_positions_keep_the_tape():
    score = sequence_model(build_cnn())
    assert fast_gradient(score, 1, 200) is not None
    assert fast_gradient(score, 10, 101) is None and fast_gradient(score, 1, 1000) is None


def test_neither_length_nor_number_makes_a_new_trace():
    model = build_cnn_rnn()
    for n, length in ((1, 20), (3, 20), (40, 7)):
        saliency_map(model, one_hot(n, length))
    # the tape that the shortcut was compared with; nothing else is left to TensorFlow
    assert sequence_model(model).trace_count() == 1


def test_weights_are_read_at_every_call_and_left_alone():
    for model in (build_rnn(), build_cnn(filters=8)):
        X = one_hot(1, 12)
        saliency_map(model, X)
        filled(model)
        before = [np.asarray(weight).copy() for weight in model.weights]
        assert_exact(model, X)
        for weight, value in zip(model.weights, before, strict=True):
            np.testing.assert_array_equal(np.asarray(weight), value)
