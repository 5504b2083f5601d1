"""The class score of every kind of classifier against the logit worked out by hand."""

from __future__ import annotations

import gc
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from demo_widgets.errors import ModelError
from demo_widgets.interpret import (
    in_silico_mutagenesis,
    saliency_map,
    temporal_output_scores,
)
from demo_widgets.models import predict
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import SequenceModel, sequence_model

LENGTH = 6


def one_hot(n: int, length: int = LENGTH, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


WEIGHTS = np.random.default_rng(1).normal(size=(LENGTH * 4, 3)).astype("float32")
BIAS = np.array([0.3, -0.2, 0.1], dtype="float32")


def by_hand(X: np.ndarray, units: int) -> np.ndarray:
    """Logits ``(n, units)`` of the models below."""
    return X.reshape(len(X), -1) @ WEIGHTS[:, :units] + BIAS[:units]


def dense(units: int, activation=None) -> layers.Dense:
    return layers.Dense(
        units,
        activation,
        kernel_initializer=lambda shape, dtype=None: WEIGHTS[:, :units],
        bias_initializer=lambda shape, dtype=None: BIAS[:units],
    )


def sequential(*chain) -> keras.Model:
    return keras.Sequential([layers.Input((LENGTH, 4)), layers.Flatten(), *chain])


def functional(*chain) -> keras.Model:
    inputs = x = layers.Input((LENGTH, 4))
    for layer in (layers.Flatten(), *chain):
        x = layer(x)
    return keras.Model(inputs, x)


class OwnCall(keras.Model):
    """Subclassed, with a TensorFlow function in its call: no graph to follow."""

    def __init__(self, units: int, activation: str):
        super().__init__()
        self.flatten, self.out = layers.Flatten(), dense(units, activation)

    def call(self, x):
        return self.out(self.flatten(tf.identity(x)))


def own_call(units: int, activation: str) -> keras.Model:
    model = OwnCall(units, activation)
    model(np.zeros((1, LENGTH, 4), "float32"))
    return model


def two_of(z):
    return z[:, 1] - z[:, 0]


def logit_of_p(z, target):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return np.log(p[:, target]) - np.log(1 - p[:, target])


KINDS = {
    "softmax over 2": (lambda: sequential(dense(2, "softmax")), None, "log_odds", two_of),
    "functional": (lambda: functional(dense(2, "softmax")), None, "log_odds", two_of),
    "the other class": (
        lambda: sequential(dense(2, "softmax")),
        0,
        "log_odds",
        lambda z: -two_of(z),
    ),
    "one sigmoid": (lambda: sequential(dense(1, "sigmoid")), None, "logit", lambda z: z[:, 0]),
    "sigmoid, unbound": (lambda: sequential(dense(1, "sigmoid")), 0, "logit", lambda z: -z[:, 0]),
    "one linear": (lambda: sequential(dense(1)), None, "logit", lambda z: z[:, 0]),
    "softmax layer": (lambda: sequential(dense(2), layers.Softmax()), None, "log_odds", two_of),
    "softmax activation layer": (
        lambda: functional(dense(2), layers.Activation("softmax")),
        None,
        "log_odds",
        two_of,
    ),
    "sigmoid activation layer": (
        lambda: sequential(dense(1), layers.Activation("sigmoid")),
        None,
        "logit",
        lambda z: z[:, 0],
    ),
    "dropout before softmax": (
        lambda: sequential(dense(2), layers.Dropout(0.9), layers.Activation("softmax")),
        None,
        "log_odds",
        two_of,
    ),
    "softmax over 3": (
        lambda: sequential(dense(3, "softmax")),
        2,
        "class_logit",
        lambda z: z[:, 2],
    ),
    "two sigmoids": (lambda: sequential(dense(2, "sigmoid")), 0, "class_logit", lambda z: z[:, 0]),
    "nested": (
        lambda: keras.Sequential([layers.Input((LENGTH, 4)), functional(dense(2, "softmax"))]),
        None,
        "log_odds",
        two_of,
    ),
    "subclassed, softmax": (lambda: own_call(2, "softmax"), None, "probability_logit", two_of),
    "subclassed, sigmoid": (
        lambda: own_call(1, "sigmoid"),
        None,
        "probability_logit",
        lambda z: z[:, 0],
    ),
    "subclassed, 3 classes": (
        lambda: own_call(3, "softmax"),
        2,
        "probability_logit",
        lambda z: logit_of_p(z, 2),
    ),
    "reshaped after softmax": (
        lambda: sequential(dense(2, "softmax"), layers.Reshape((2,))),
        None,
        "log_odds",
        two_of,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_class_score_is_the_logit_worked_out_by_hand(name):
    build, target, kind, expected = KINDS[name]
    model, X = build(), one_hot(9)
    score = sequence_model(model, target)
    assert score.kind == kind
    scores, probabilities = score.score_and_predict(X)
    units = score.output.units
    np.testing.assert_allclose(scores, expected(by_hand(X, units)), atol=2e-4)
    outputs = np.asarray(model(X, training=False))
    if name != "one linear":
        p = outputs[:, score.target if units > 1 else 0]
        np.testing.assert_allclose(
            probabilities, 1 - p if (units, target) == (1, 0) else p, atol=1e-5
        )


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "task, kind, score_of, prediction_of",
    [
        ("multiclass", "log_odds", lambda z: z[:, 1] - z[:, 0], lambda z: softmax(z)[:, 1]),
        ("binary", "log_odds", lambda z: z[:, 1] - z[:, 0], lambda z: softmax(z)[:, 1]),
        ("multilabel", "class_logit", lambda z: z[:, 1], lambda z: 1 / (1 + np.exp(-z[:, 1]))),
        ("regression", "value", lambda z: z[:, 1], lambda z: z[:, 1]),
    ],
)
def test_the_task_says_what_two_linear_units_are(task, kind, score_of, prediction_of):
    model, X = sequential(dense(2)), one_hot(9)
    wrapped, z = SequenceModel(model, 1, task=task), by_hand(X, 2)
    assert wrapped.kind == kind
    np.testing.assert_allclose(wrapped.score(X), score_of(z), atol=1e-5)
    np.testing.assert_allclose(wrapped.predict(X), prediction_of(z), atol=1e-5)
    gradient, scores = wrapped.gradient(X)
    np.testing.assert_allclose(scores, score_of(z), atol=1e-5)
    w = WEIGHTS[:, 1] - WEIGHTS[:, 0] if kind == "log_odds" else WEIGHTS[:, 1]
    np.testing.assert_allclose(gradient, np.broadcast_to(w.reshape(LENGTH, 4), X.shape), atol=1e-5)


@pytest.mark.parametrize("units", [2, 3])
def test_several_linear_units_are_asked_for_their_task(units):
    with pytest.raises(ModelError, match="specify the task.*task='regression'"):
        predict(sequential(dense(units)), one_hot(2), target=1)


def test_a_task_that_does_not_fit_is_refused():
    with pytest.raises(ModelError, match="'multilabel' does not fit"):
        SequenceModel(sequential(dense(2, "softmax")), task="multilabel")
    with pytest.raises(ModelError, match="unknown task 'clustering'"):
        SequenceModel(sequential(dense(1, "sigmoid")), task="clustering")


def test_one_linear_unit_is_said_to_be_taken_as_a_logit():
    assert "taken as logits" in SequenceModel(sequential(dense(1))).output.description
    described = SequenceModel(sequential(dense(2, "softmax"))).describe()
    assert "taken as" not in described and "log-odds" in described
    assert "are not accessible" in SequenceModel(own_call(2, "softmax")).output.description


def test_probability_of_many_classes_is_their_softmax():
    model, X = sequential(dense(3)), one_hot(4)
    wrapped = SequenceModel(model, 1, task="multiclass")
    np.testing.assert_allclose(wrapped.predict(X), softmax(by_hand(X, 3))[:, 1], 1e-4)


def test_score_does_not_saturate_where_the_probability_does():
    model = sequential(dense(2, "softmax"))
    model.layers[-1].kernel.assign(WEIGHTS[:, :2] * 100)
    gradient, scores = SequenceModel(model).gradient(one_hot(20))
    assert np.abs(scores).max() > 100
    assert (np.abs(gradient).max(axis=(1, 2)) > 1).all()


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_the_model_is_not_changed(build):
    model = build()
    config, names = model.get_config(), [layer.name for layer in model.layers]
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    before = np.asarray(model(one_hot(2, 20), training=False))
    sequence_model(model).score_and_predict(one_hot(2, 20))
    assert model.get_config() == config
    assert [layer.name for layer in model.layers] == names
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    np.testing.assert_array_equal(np.asarray(model(one_hot(2, 20), training=False)), before)


def test_weights_trained_later_are_read_again():
    model, X = sequential(dense(2, "softmax")), one_hot(3)
    score = sequence_model(model)
    first = score.score_and_predict(X)[0]
    model.layers[-1].kernel.assign(2 * WEIGHTS[:, :2])
    model.layers[-1].bias.assign(2 * BIAS[:2])
    np.testing.assert_allclose(score.score_and_predict(X)[0], 2 * first, rtol=1e-4, atol=1e-5)


def test_one_instance_and_one_trace_serve_all_calls():
    model = build_cnn()
    score = sequence_model(model)
    assert sequence_model(model, 1) is score and sequence_model(model, 0) is not score
    for n, length in ((1, 20), (3, 20), (600, 20), (2, 33)):
        score.score_and_predict(one_hot(n, length))
    assert score.trace_count() == 1


def test_threads_share_one_compiled_function():
    model, X = build_rnn(units=4), one_hot(5, 20)
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(sequence_model(model).score_and_predict(X)[0])
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6 and sequence_model(model).trace_count() == 1
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_the_cache_does_not_keep_models_alive():
    model = sequential(dense(2, "softmax"))
    sequence_model(model).score_and_predict(one_hot(2))
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_a_score_made_directly_keeps_its_model():
    score = SequenceModel(own_call(2, "softmax"))
    gc.collect()
    assert score.score_and_predict(one_hot(2))[0].shape == (2,)


def test_a_fixed_length_model_says_which_length_it_takes():
    score = sequence_model(sequential(dense(2, "softmax")))
    assert score.fixed_length == LENGTH
    with pytest.raises(ModelError, match="only takes sequences of 6 bases, got 7"):
        score.score_and_predict(one_hot(2, 7))
    assert sequence_model(build_cnn()).fixed_length is None


def test_sequences_too_short_for_the_model_are_an_error_in_words():
    model = keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(2, 9),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    with pytest.raises(ModelError, match="failed on sequences of 5 bases"):
        sequence_model(model).score_and_predict(one_hot(1, 5))


def _two_inputs():
    a, b = layers.Input((LENGTH, 4), name="a"), layers.Input((LENGTH, 4), name="b")
    return keras.Model([a, b], dense(2, "softmax")(layers.Flatten()(layers.Add()([a, b]))))


def _two_outputs():
    x = layers.Input((LENGTH, 4))
    h = layers.Flatten()(x)
    return keras.Model(x, [layers.Dense(2)(h), layers.Dense(1)(h)])


def _nan_model():
    model = build_cnn(name="burnt")
    model.get_layer("conv2").kernel.assign(np.full(model.get_layer("conv2").kernel.shape, np.nan))
    return model


def _wrong_channels():
    return keras.Sequential([layers.Input((8, 5)), layers.Flatten(), layers.Dense(2)])


def _per_position():
    return keras.Sequential([layers.Input((None, 4)), layers.Dense(2, activation="softmax")])


class _Broken(OwnCall):
    def call(self, x):
        if getattr(self, "armed", False):
            raise RuntimeError("no sequences today")
        return super().call(x)


def _broken():
    model = _Broken(2, "softmax")
    model(np.zeros((1, LENGTH, 4), "float32"))
    model.armed = True
    return model


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (
            lambda: "model.keras",
            "expected a Keras 3 model or a function.*got builtins.str",
        ),
        (lambda: keras.Sequential([layers.Dense(2)]), "no weights yet"),
        (_two_inputs, r"2 inputs \(a, b\)"),
        (_two_outputs, "2 outputs"),
        (_wrong_channels, r"input of shape \(None, 8, 5\)"),
        (_per_position, "one row per sequence"),
        (_nan_model, r"NaN or infinite: .*conv2/kernel \(81920 of 81920\)"),
        (lambda: sequential(layers.Dense(1, activation="softmax")), "always 1"),
        (lambda: sequential(dense(2, "relu")), "neither probabilities nor logits"),
        (
            lambda: sequential(dense(2), layers.Lambda(lambda z: 9 * z)),
            "may or may not be probabilities",
        ),
        (_broken, "no sequences today"),
    ],
)
def test_unusable_models_are_refused_with_the_reason(build, why):
    with pytest.raises(ModelError, match=why):
        sequence_model(build())


@pytest.mark.parametrize(
    ("units", "target", "why"),
    [
        (3, None, "target is missing.*3 outputs; choose.*0 to 2.*target=0"),
        (3, 3, "target must be from 0 to 2.*3 outputs, got 3"),
        (2, -1, "target must be from 0 to 1.*got -1"),
        (1, 2, "target must be from 0 to 1.*2 classes, got 2"),
        (2, "bound", "no output 'bound'; it has"),
        (2, [1], "target must be a whole number"),
    ],
)
def test_targets_that_do_not_exist_are_refused(units, target, why):
    with pytest.raises(ModelError, match=why):
        sequence_model(sequential(dense(units, "sigmoid" if units == 1 else "softmax")), target)


def test_a_class_score_stands_for_its_model_and_another_target_is_not_ignored():
    model = sequential(dense(3, "softmax"))
    score = sequence_model(model, 1)
    assert sequence_model(score) is score and sequence_model(score, 1) is score
    assert sequence_model(score, 2) is sequence_model(model, 2)
    with pytest.raises(ModelError, match="got 3"):
        sequence_model(score, 3)


def test_another_backend_is_refused(monkeypatch):
    model = sequential(dense(2, "softmax"))
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ModelError, match="'jax' backend.*KERAS_BACKEND=tensorflow"):
        sequence_model(model)


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_weights_that_became_nan_later_are_told_by_every_method(build):
    model, X = build(seed=1), ["ACGT" * 10]
    asked = [predict, saliency_map, in_silico_mutagenesis]
    asked += [] if build is build_cnn else [temporal_output_scores]
    for ask in asked:
        ask(model, X)
    model.weights[0].assign(model.weights[0] * np.nan)
    for ask in asked:
        with pytest.raises(ModelError, match="weights that are NaN or infinite"):
            ask(model, X)


def test_a_model_that_fails_while_it_is_traced_is_a_model_error():
    class Fixed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2, activation="softmax")

        def call(self, x, training=False):
            return self.dense(keras.ops.reshape(x, (-1, 120)) * float(x.shape[1] == 30))

    model = Fixed()
    model(np.zeros((1, 30, 4), "float32"))
    with pytest.raises(ModelError):
        predict(model, ["ACGTA"])
