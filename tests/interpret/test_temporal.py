"""Temporal output scores against the definition: one model call for each prefix."""

from __future__ import annotations

import functools
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from demo_widgets.errors import Cancelled, ModelError
from demo_widgets.interpret import temporal_output_scores
from demo_widgets.interpret.exact import prefix_passes, prefix_scores
from demo_widgets.models import predict
from demo_widgets.models.anatomy.positions import Steps
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


def shake(model: keras.Model, scale: float = 0.4) -> keras.Model:
    """Large random weights, so that scores move with every base."""
    rng = np.random.default_rng(7)
    for weight in model.weights:
        if np.issubdtype(np.dtype(weight.dtype), np.floating):
            value = rng.normal(scale=scale, size=weight.shape)
            weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
    return model


def slow_scores(model: keras.Model, X: np.ndarray, before: int = 0):
    """Probabilities of class 1, prefix by prefix and suffix by suffix.

    The first ``before`` layers after the input run once on the whole sequence; their
    features are sliced.
    """
    chain = [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]
    for layer in chain[:before]:
        X = layer(X, training=False)
    X = np.asarray(X)

    def rest(x):
        for layer in chain[before:]:
            x = layer(x, training=False)
        p = np.asarray(x)
        return p[:, -1]

    length = X.shape[1]
    forward = np.stack([rest(X[:, : t + 1]) for t in range(length)], axis=1)
    backward = np.stack([rest(X[:, t:]) for t in range(length)], axis=1)
    return forward, backward


def sequential(*chain) -> keras.Model:
    return shake(keras.Sequential([layers.Input((None, 4)), *chain]))


def two_way(recurrent, *between, pool=layers.GlobalAveragePooling1D, **options):
    pooling = () if pool is None else (pool(),)
    return sequential(
        layers.Bidirectional(recurrent, **options),
        *between,
        *pooling,
        layers.Dense(2, activation="softmax"),
    )


MODELS = {
    "LSTM": (lambda: two_way(layers.LSTM(5, return_sequences=True)), 0),
    "GRU": (lambda: two_way(layers.GRU(5, return_sequences=True)), 0),
    "GRU reset before": (
        lambda: two_way(layers.GRU(5, return_sequences=True, reset_after=False)),
        0,
    ),
    "SimpleRNN": (lambda: two_way(layers.SimpleRNN(5, return_sequences=True)), 0),
    "LSTM cell in RNN": (
        lambda: two_way(layers.RNN(layers.LSTMCell(5), return_sequences=True)),
        0,
    ),
    "no bias": (lambda: two_way(layers.LSTM(5, return_sequences=True, use_bias=False)), 0),
    "odd activations": (
        lambda: two_way(
            layers.GRU(
                5, return_sequences=True, activation="relu", recurrent_activation="hard_sigmoid"
            )
        ),
        0,
    ),
    "last state": (lambda: two_way(layers.LSTM(5), pool=None), 0),
    "last states multiplied": (lambda: two_way(layers.LSTM(5), pool=None, merge_mode="mul"), 0),
    "max": (
        lambda: two_way(layers.LSTM(5, return_sequences=True), pool=layers.GlobalMaxPooling1D),
        0,
    ),
    "multiplied, max": (
        lambda: two_way(
            layers.GRU(5, return_sequences=True), pool=layers.GlobalMaxPooling1D, merge_mode="mul"
        ),
        0,
    ),
    "averaged, max": (
        lambda: two_way(
            layers.LSTM(5, return_sequences=True), pool=layers.GlobalMaxPooling1D, merge_mode="ave"
        ),
        0,
    ),
    "summed": (lambda: two_way(layers.LSTM(5, return_sequences=True), merge_mode="sum"), 0),
    "first reader from the right": (
        lambda: two_way(
            layers.LSTM(5, return_sequences=True, go_backwards=True),
            backward_layer=layers.LSTM(5, return_sequences=True),
            merge_mode="mul",
        ),
        0,
    ),
    "layers between": (
        lambda: two_way(
            layers.LSTM(5, return_sequences=True),
            layers.Dropout(0.5),
            layers.TimeDistributed(layers.Dense(3, activation="relu")),
            layers.BatchNormalization(),
        ),
        0,
    ),
    "one way": (
        lambda: sequential(
            layers.LSTM(5, return_sequences=True),
            layers.Dense(6, activation="tanh"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ),
        0,
    ),
    "one way, last": (lambda: sequential(layers.GRU(5), layers.Dense(1, activation="sigmoid")), 0),
    "one way from the right": (
        lambda: sequential(
            layers.LSTM(5, go_backwards=True), layers.Dense(2), layers.Activation("softmax")
        ),
        0,
    ),
    "convolutions": (
        lambda: sequential(
            layers.Conv1D(6, 5, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Conv1D(6, 3, padding="causal", dilation_rate=2),
            layers.ReLU(),
            layers.SpatialDropout1D(0.2),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.GlobalAveragePooling1D(),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ),
        5,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_scores_equal_the_loop_over_prefixes(name):
    build, before = MODELS[name]
    model, X = build(), one_hot(2, 8)
    result = temporal_output_scores(model, X)
    forward, backward = slow_scores(model, X, before)
    assert np.ptp(forward) > 1e-3, "the scores must move for the comparison to mean anything"
    np.testing.assert_allclose(result.forward, forward, atol=1e-5)
    np.testing.assert_allclose(result.backward, backward, atol=1e-5)


@pytest.mark.parametrize("length", [1, 2, 101, 300])
@pytest.mark.parametrize(("build", "before"), [(build_rnn, 0), (build_cnn_rnn, 2)])
def test_paper_networks_equal_the_loop_at_any_length(build, before, length):
    model = shake(build(units=4), scale=0.3)
    chain = [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]
    X = one_hot(2, length)
    features = X
    for layer in chain[:before]:
        features = layer(features, training=False)
    features = np.asarray(features)
    rest = keras.Sequential([layers.Input((None, features.shape[-1])), *chain[before:]])
    compiled = _compiled(rest, features.shape[-1])
    ends = range(length) if length < 300 else range(0, length, 13)
    result = temporal_output_scores(model, X)
    for t in ends:
        np.testing.assert_allclose(result.forward[:, t], compiled(features[:, : t + 1]), atol=1e-5)
        np.testing.assert_allclose(result.backward[:, t], compiled(features[:, t:]), atol=1e-5)


def _compiled(model, channels):
    function = tf.function(
        lambda x: model(x, training=False)[:, 1],
        input_signature=[tf.TensorSpec((None, None, channels))],
    )
    return lambda x: function(tf.constant(x)).numpy()


@pytest.mark.parametrize("build", [build_rnn, build_cnn_rnn])
def test_last_forward_and_first_backward_score_are_the_prediction(build):
    model, X = shake(build(units=6), 0.3), one_hot(5, 40)
    result = temporal_output_scores(model, X)
    p = predict(model, X)
    for score in (result.forward[:, -1], result.backward[:, 0], result.prediction):
        np.testing.assert_allclose(score, p, atol=1e-6)


def test_class_scores_belong_to_the_probabilities():
    model, X = shake(build_rnn(units=4)), one_hot(2, 9)
    result = temporal_output_scores(model, X, target=0)
    to_probability = sequence_model(model, 0).to_probability
    np.testing.assert_allclose(to_probability(result.forward_scores), result.forward, atol=1e-6)
    other = temporal_output_scores(model, X, target=1)
    np.testing.assert_allclose(result.backward, 1 - other.backward, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 2, 512])
def test_batch_size_changes_nothing(batch_size):
    model, X = shake(build_rnn(units=4)), one_hot(5, 20)
    expected = temporal_output_scores(model, X[3:4])
    result = temporal_output_scores(model, X, batch_size=batch_size)
    np.testing.assert_allclose(result.forward[3], expected.forward[0], atol=1e-6)
    np.testing.assert_allclose(result.backward[3], expected.backward[0], atol=1e-6)


def test_work_in_pieces_gives_the_same_scores(monkeypatch):
    model, X = shake(build_rnn(units=4)), one_hot(4, 50)
    monkeypatch.setattr(prefix_scores, "fast_prefixes", lambda *_: None)  # has its own pieces
    whole = temporal_output_scores(model, X)
    monkeypatch.setattr(prefix_passes, "_ROW_STEPS", 700)
    seen = []
    pieces = temporal_output_scores(model, X, on_progress=lambda *done: seen.append(done))
    np.testing.assert_allclose(pieces.forward, whole.forward, atol=1e-6)
    np.testing.assert_allclose(pieces.backward, whole.backward, atol=1e-6)
    assert len(seen) > 5 and seen == sorted(seen) and seen[-1] == (200, 200)


def test_cancel_stops_between_pieces(monkeypatch):
    monkeypatch.setattr(prefix_scores, "fast_prefixes", lambda *_: None)
    monkeypatch.setattr(prefix_passes, "_ROW_STEPS", 700)
    cancel, seen = threading.Event(), []

    def stop(done, total):
        seen.append(done)
        cancel.set()

    with pytest.raises(Cancelled, match="cancelled after"):
        temporal_output_scores(
            shake(build_rnn(units=4)), one_hot(4, 50), on_progress=stop, cancel=cancel
        )
    assert seen == [0]


def test_new_lengths_and_numbers_of_sequences_do_not_trace_again():
    model = shake(build_cnn_rnn(units=3, filters=4))
    for n in (1, 5):  # few sequences and many go different ways
        temporal_output_scores(model, one_hot(n, 10))
    before = sequence_model(model).trace_count()
    for n, length in ((1, 10), (7, 31), (20, 1)):
        temporal_output_scores(model, one_hot(n, length))
    assert sequence_model(model).trace_count() == before


def test_weights_changed_later_are_read_again():
    model, X = shake(build_rnn(units=4)), one_hot(2, 10)
    temporal_output_scores(model, X)
    shake(model, scale=0.8)
    result = temporal_output_scores(model, X)
    np.testing.assert_allclose(result.forward, slow_scores(model, X)[0], atol=1e-5)


def whole_scores(model: keras.Model, X: np.ndarray):
    """The definition without any layer run before: the whole model on each part of the sequence."""
    ends = range(1, X.shape[1] + 1)
    forward = np.stack([np.asarray(model(X[:, :t]))[:, -1] for t in ends], axis=1)
    backward = np.stack([np.asarray(model(X[:, t - 1 :]))[:, -1] for t in ends], axis=1)
    return forward, backward


def _branching():
    x = layers.Input((None, 4))
    a, b = layers.LSTM(3)(x), layers.GRU(3)(x)
    y = layers.Dense(2, activation="softmax")(layers.Concatenate()([a, b]))
    return shake(keras.Model(x, y))


def _attention():
    x = layers.Input((None, 4))
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    weights = layers.Softmax(axis=1)(layers.Dense(1)(h))
    y = layers.Dense(1, activation="sigmoid")(ops.sum(h * weights, axis=1))
    return shake(keras.Model(x, y))


def _masked():
    x = layers.Input((None, 4))
    return shake(keras.Model(x, layers.Dense(2, "softmax")(layers.LSTM(3)(layers.Masking()(x)))))


class OwnCall(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = layers.LSTM(2), layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(self.rnn(tf.identity(x)))


def _called_once():
    model = OwnCall()
    model(np.zeros((1, 8, 4), "float32"))
    return shake(model)


def _stacked(length=None):
    return shake(
        keras.Sequential(
            [
                layers.Input((length, 4)),
                layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
                layers.Bidirectional(layers.GRU(3)),
                layers.Dense(2, activation="softmax"),
            ]
        )
    )


@pytest.mark.parametrize(
    "build",
    [
        _stacked,
        _attention,
        _branching,
        _masked,
        _called_once,
        lambda: sequential(
            layers.LSTM(4, return_sequences=True),
            layers.Conv1D(3, 3, padding="same"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="softmax"),
        ),
    ],
    ids=["stacked", "attention", "branches", "masked", "own call", "convolution after"],
)
def test_what_cannot_step_together_is_called_for_each_prefix(build):
    model, X = build(), one_hot(3, 7)
    X[1, 2] = 0  # an N, which a mask skips
    result = temporal_output_scores(model, X, batch_size=2)
    forward, backward = whole_scores(model, X)
    assert np.ptp(forward) > 1e-3 and "each prefix and suffix" in result.algorithm
    np.testing.assert_allclose(result.forward, forward, atol=1e-5)
    np.testing.assert_allclose(result.backward, backward, atol=1e-5)


def test_a_fixed_length_that_no_layer_needs_does_not_matter():
    model, X = _stacked(7), one_hot(2, 7)
    free = _stacked()
    free.set_weights(model.get_weights())
    expected = whole_scores(free, X)
    np.testing.assert_allclose(temporal_output_scores(model, X).forward, expected[0], atol=1e-5)
    np.testing.assert_allclose(temporal_output_scores(model, X).backward, expected[1], atol=1e-5)


def test_features_before_stacked_layers_are_cut_as_in_the_paper():
    model = sequential(
        layers.Conv1D(5, 3, padding="same", activation="relu"),
        layers.LSTM(4, return_sequences=True),
        layers.LSTM(4),
        layers.Dense(2, activation="softmax"),
    )
    X = one_hot(2, 7)
    result, expected = temporal_output_scores(model, X), slow_scores(model, X, before=1)
    assert "from the first recurrent one on" in result.algorithm
    np.testing.assert_allclose(result.forward, expected[0], atol=1e-5)
    np.testing.assert_allclose(result.backward, expected[1], atol=1e-5)


@pytest.mark.parametrize("more", [(), (layers.Bidirectional(layers.GRU(3)),)], ids=["one", "two"])
def test_pooled_features_are_steps_that_several_bases_share(more):
    states = () if more else (layers.GlobalAveragePooling1D(),)
    model = sequential(
        layers.Conv1D(5, 3, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        *more,
        *states,
        layers.Dense(2, activation="softmax"),
    )
    X = one_hot(2, 8)
    features = X
    for layer in model.layers[:2]:
        features = layer(features)
    rest = keras.Sequential([layers.Input((None, 5)), *model.layers[2:]])
    forward, backward = whole_scores(rest, np.asarray(features))
    result = temporal_output_scores(model, X)
    # The three steps look at bases 0-3, 2-5 and 4-7: they are centred on 1, 3 and 5.
    np.testing.assert_allclose(result.forward, forward[:, [0, 0, 0, 1, 1, 2, 2, 2]], atol=1e-5)
    np.testing.assert_allclose(result.backward, backward[:, [0, 0, 1, 1, 2, 2, 2, 2]], atol=1e-5)
    assert "8 bases are read in 3 steps" in result.algorithm


@pytest.mark.parametrize(
    "chain",
    [
        (layers.Conv1D(2, 5, strides=3, padding="same"), layers.AveragePooling1D(2)),
        (layers.Conv1D(2, 4, padding="causal", strides=2), layers.Conv1D(2, 3, dilation_rate=2)),
        (layers.MaxPooling1D(3, strides=2, padding="same"), layers.DepthwiseConv1D(3)),
    ],
)
def test_steps_are_as_many_as_the_layers_give_and_none_is_lost(chain):
    for length in (9, 20, 21, 22):
        given = keras.Sequential([layers.Input((length, 4)), *chain]).output_shape[1]
        steps = functools.reduce(Steps.after, chain, Steps(length, length))
        assert steps.count == given
        assert steps.read_from_left()[-1] == given - 1 and steps.read_from_right()[0] == 0


def test_what_would_take_too_long_is_refused_with_the_time():
    with pytest.raises(ModelError, match=r"2 sequences of 9 bases .* about .*max_minutes=0"):
        temporal_output_scores(_stacked(), one_hot(2, 9), max_minutes=0)


def test_calls_in_turn_report_progress_and_can_be_cancelled():
    seen, cancel = [], threading.Event()
    model = _stacked()
    temporal_output_scores(model, one_hot(2, 6), on_progress=lambda *done: seen.append(done))
    assert seen == [(2 * i, 12) for i in range(7)]
    with pytest.raises(Cancelled, match="after 4 of 12"):
        temporal_output_scores(
            model,
            one_hot(2, 6),
            on_progress=lambda done, total: done == 2 and cancel.set(),
            cancel=cancel,
        )


def _flattened():
    x = layers.Input((8, 4))
    h = layers.Flatten(name="flat")(layers.LSTM(3, return_sequences=True)(x))
    return keras.Model(x, layers.Dense(1)(h))


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (build_cnn, "no recurrent layer"),
        (
            _flattened,
            r"cannot score part of a sequence; its layer 'flat' \(Flatten\) takes only one",
        ),
        (
            lambda: sequential(
                layers.LSTM(3, return_sequences=True),
                layers.Conv1D(3, 3),
                layers.GlobalMaxPooling1D(),
                layers.Dense(1),
            ),
            "cannot score part of a sequence as short as 1 of 8 steps",
        ),
        (
            lambda: sequential(layers.Conv1D(3, 9), layers.LSTM(3), layers.Dense(1)),
            "8 bases are too short for the layers",
        ),
    ],
)
def test_models_that_do_not_read_in_time_are_refused_with_the_reason(build, why):
    with pytest.raises(ModelError, match=why):
        temporal_output_scores(build(), one_hot(1, 8))


def test_roads_through_residual_blocks_are_not_counted_one_by_one():
    x = h = layers.Input((None, 4))
    for _ in range(40):  # 2 to the 40th roads
        h = layers.Add()([h, layers.Conv1D(4, 3, padding="same")(h)])
    h = layers.LSTM(2)(layers.LSTM(2, return_sequences=True)(h))
    z = layers.Dense(1)(h)
    for _ in range(40):
        z = layers.Add()([z, layers.BatchNormalization()(z)])
    result = temporal_output_scores(keras.Model(x, z), one_hot(1, 6))
    assert result.forward.shape == (1, 6)
