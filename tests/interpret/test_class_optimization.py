"""Class optimization: what it converges to, what it repeats, and how it stops."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import ModelError
from demo_widgets.interpret import optimize_class, to_pwm
from demo_widgets.models import load_demo
from demo_widgets.models.networks import build_cnn, build_rnn
from demo_widgets.models.score import sequence_model

PARAMETRIZATIONS = ("clamp", "softmax", "straight_through")


def linear_model(length: int = 8) -> tuple[keras.Model, np.ndarray]:
    model = keras.Sequential([layers.Input((length, 4)), layers.Flatten(), layers.Dense(1)])
    weights = np.random.default_rng(1).normal(size=(length, 4)).astype("float32")
    model.layers[-1].kernel.assign(weights.reshape(-1, 1))
    return model, weights


def test_a_linear_model_is_optimised_to_its_weights():
    """``argmax w.x - lambda |x|^2`` is ``w / (2 lambda)``."""
    model, weights = linear_model()
    result = optimize_class(
        model, length=8, iterations=800, regularization=0.5, restarts=2, learning_rate=0.01
    )
    np.testing.assert_allclose(result.pwm, to_pwm(np.stack([weights] * 2)), atol=0.05)
    np.testing.assert_allclose(result.relaxed_scores, (weights**2).sum(), rtol=0.05)


@pytest.mark.parametrize(
    ("parametrization", "regularization"),
    [("clamp", 0.5), ("softmax", 0.009), ("straight_through", 0.009)],
)
def test_a_linear_model_is_optimised_to_its_best_sequence(parametrization, regularization):
    model, weights = linear_model()
    result = optimize_class(
        model,
        length=8,
        iterations=400,
        restarts=2,
        regularization=regularization,
        parametrization=parametrization,
    )
    best = "".join("ACGT"[b] for b in weights.argmax(axis=1))
    assert result.sequences == [best, best]
    np.testing.assert_allclose(result.discrete_scores, weights.max(axis=1).sum(), rtol=1e-5)


def test_updates_are_those_of_keras_rmsprop():
    model = build_cnn()
    result = optimize_class(model, length=12, iterations=30, restarts=2, seed=3, keep="last")
    import tensorflow as tf

    x = tf.Variable(np.random.default_rng(3).random((2, 12, 4)).astype("float32"))
    score, optimizer, history = sequence_model(model), keras.optimizers.RMSprop(0.05), []
    for _ in range(30):
        with tf.GradientTape() as tape:
            s = score.score_tensors(x)[0]
            loss = 0.009 * tf.reduce_sum(x * x) - tf.reduce_sum(s)
        history.append(s.numpy())
        optimizer.apply_gradients([(tape.gradient(loss, x), x)])
    np.testing.assert_allclose(result.history[:-1], history, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(result.pwm, to_pwm(x.numpy()), atol=1e-3)


@pytest.mark.parametrize("parametrization", PARAMETRIZATIONS)
def test_every_position_of_the_pwm_sums_to_one(parametrization):
    result = optimize_class(
        build_rnn(units=4),
        length=9,
        iterations=20,
        restarts=3,
        parametrization=parametrization,
    )
    np.testing.assert_allclose(result.pwm.sum(axis=-1), 1, atol=1e-5)
    assert (result.pwm >= 0).all()


def test_pwm_is_clamped_scaled_raised_and_normalised():
    x = np.array([[[2.0, 0.5, -1.0, 0.0], [0.25, 0.25, 0.25, 0.25]]])
    raised = np.array([[1.01, 0.51, 0.01, 0.01], [0.26, 0.26, 0.26, 0.26]])
    np.testing.assert_allclose(to_pwm(x)[0], raised / raised.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(to_pwm(-np.ones((1, 3, 4))), 0.25)


def test_the_score_rises_and_regularisation_shrinks_it():
    model = linear_model()[0]
    free = optimize_class(model, length=8, iterations=200, regularization=0)
    held = optimize_class(model, length=8, iterations=200, regularization=1.0)
    assert free.history[-1, 0] > free.history[0, 0]
    assert held.relaxed_scores[0] < free.relaxed_scores[0]


@pytest.mark.parametrize("parametrization", ["clamp", "softmax", "straight_through"])
def test_scores_are_those_of_the_sequences_returned(parametrization):
    model = build_cnn()
    options = {"length": 15, "iterations": 25, "restarts": 2, "parametrization": parametrization}
    result = optimize_class(model, **options, keep="last")
    X = np.array([["ACGT".index(base) for base in s] for s in result.sequences])
    scores, probabilities = sequence_model(model).score_and_predict(np.eye(4, dtype="float32")[X])
    np.testing.assert_allclose(result.discrete_scores, scores, atol=1e-5)
    np.testing.assert_allclose(result.discrete_probabilities, probabilities, atol=1e-6)
    straight = parametrization == "straight_through"
    climbed = result.discrete_scores if straight else result.relaxed_scores
    np.testing.assert_allclose(result.history[-1], climbed)


def test_the_best_kept_scores_at_least_as_high_as_the_last():
    model, options = build_cnn(seed=1), {"length": 15, "iterations": 60, "restarts": 4}
    best = optimize_class(model, **options)
    last = optimize_class(model, **options, keep="last")
    assert (best.discrete_scores >= last.discrete_scores).all()
    assert (best.kept_iterations <= 60).all() and (last.kept_iterations == 60).all()
    np.testing.assert_array_equal(best.history, last.history)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["CNN", "RNN", "CNN-RNN"])
def test_straight_through_finds_what_each_shipped_network_calls_bound(network):
    models, _ = load_demo()
    found = optimize_class(models[network], iterations=150, parametrization="straight_through")
    assert found.discrete_probabilities[0] > 0.95


def test_the_same_seed_repeats_and_restarts_differ():
    model = build_cnn()
    options = {"length": 12, "iterations": 30}
    one = optimize_class(model, restarts=2, seed=5, **options)
    again = optimize_class(model, restarts=2, seed=5, **options)
    np.testing.assert_array_equal(one.pwm, again.pwm)
    assert not np.allclose(one.pwm[0], one.pwm[1])
    assert not np.allclose(one.pwm, optimize_class(model, restarts=2, seed=6, **options).pwm)
    alone = optimize_class(model, restarts=1, seed=5, **options)
    np.testing.assert_allclose(alone.pwm[0], one.pwm[0], atol=1e-4)


def test_cancel_returns_what_is_there():
    cancel, seen = threading.Event(), []

    def stop_at_60(done, total, scores):
        seen.append((done, total, scores.shape))
        if done >= 60:
            cancel.set()

    result = optimize_class(
        linear_model()[0],
        length=8,
        iterations=1000,
        restarts=3,
        on_progress=stop_at_60,
        cancel=cancel,
    )
    assert seen == [(20, 1000, (3,)), (40, 1000, (3,)), (60, 1000, (3,))]
    assert result.cancelled and result.iterations_done == 60
    assert result.history.shape == (61, 3) and result.pwm.shape == (3, 8, 4)


def test_cancelled_before_the_first_update_is_the_start():
    cancel = threading.Event()
    cancel.set()
    result = optimize_class(linear_model()[0], length=8, cancel=cancel)
    assert result.cancelled and result.iterations_done == 0 and result.history.shape == (1, 1)


@pytest.mark.parametrize("iterations", [1, 49, 1000, 4000])
def test_snapshots_are_few_and_lead_from_start_to_end(iterations):
    result = optimize_class(linear_model()[0], length=8, iterations=iterations, keep="last")
    assert result.snapshot_iterations[0] == 0
    assert result.snapshot_iterations[-1] == result.iterations_done == iterations
    assert len(result.snapshots) == len(result.snapshot_iterations) <= 52
    assert (np.diff(result.snapshot_iterations) > 0).all()
    np.testing.assert_array_equal(result.snapshots[-1], result.pwm)


def test_one_trace_serves_any_length_and_number_of_restarts():
    model = build_cnn()
    for restarts, length in ((1, 12), (3, 12), (2, 20)):
        optimize_class(model, length=length, iterations=3, restarts=restarts)
    # the ascent, the scores at its end, and the gradient that the ascent was compared with
    assert sequence_model(model).trace_count() == 3


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("length", 0),
        ("iterations", -1),
        ("restarts", 1.5),
        ("regularization", -0.1),
        ("learning_rate", 0),
        ("keep", "both"),
        ("parametrization", "sigmoid"),
        ("learning_rate", float("nan")),
    ],
)
def test_settings_out_of_range_are_named(argument, value):
    with pytest.raises(ModelError, match=argument):
        optimize_class(linear_model()[0], **{"length": 8, argument: value})


def test_a_fixed_length_model_refuses_another_length():
    with pytest.raises(ModelError, match="only takes sequences of 8 bases, got 101"):
        optimize_class(linear_model()[0])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None"),
        ({"length": "x"}, "length must be a whole number of at least 1, got 'x'"),
        ({"restarts": 1.5}, "restarts must be a whole number"),
    ],
)
def test_settings_that_are_no_numbers_are_named(options, why):
    with pytest.raises(ModelError, match=why):
        optimize_class(linear_model()[0], **{"length": 8, "iterations": 1, **options})
