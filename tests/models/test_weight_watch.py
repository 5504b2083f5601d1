"""Weights of a Keras model, held and compared by address."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from demo_widgets.models.backends.weight_watch import WeightWatch


@pytest.fixture
def model():
    inputs = keras.Input((12, 4))
    x = keras.layers.Conv1D(5, 3)(inputs)
    x = keras.layers.GlobalMaxPooling1D()(keras.layers.BatchNormalization()(x))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def _train(model, **how):
    draw = np.random.default_rng(0)
    model.compile("adam", "mse", **how)
    model.fit(draw.random((8, 12, 4)), draw.random((8, 1)), verbose=0)


def _scatter(model):
    kernel = model.weights[0].value
    kernel.scatter_update(tf.IndexedSlices(tf.zeros((1, 4, 5)), [0]))


@tf.function(jit_compile=True)
def _assign_in_xla(variable):
    variable.assign_add(tf.ones_like(variable))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda model: _train(model), id="training"),
        pytest.param(lambda model: _train(model, jit_compile=True), id="training in XLA"),
        pytest.param(lambda model: _train(model, run_eagerly=True), id="training eagerly"),
        pytest.param(lambda model: _assign_in_xla(model.weights[0].value), id="assigning in XLA"),
        pytest.param(lambda model: model.weights[0].assign(model.weights[0] + 1), id="assigning"),
        pytest.param(
            lambda model: model.weights[0].value[0, 1].assign(tf.ones(5)), id="assigning a slice"
        ),
        pytest.param(
            lambda model: model.set_weights([one * 2 for one in model.get_weights()]),
            id="setting all",
        ),
        pytest.param(_scatter, id="scattering"),
        pytest.param(
            lambda model: tf.raw_ops.ResourceApplyGradientDescent(
                var=model.weights[0].value.handle, alpha=0.1, delta=np.ones((3, 4, 5), np.float32)
            ),
            id="an optimizer's operation",
        ),
    ],
)
def test_a_change_is_noticed_and_what_was_held_stays(model, change):
    watch, kernel = WeightWatch(model), model.weights[0]
    held = watch.value_of(kernel)
    before = held.copy()
    change(model)
    np.testing.assert_array_equal(held, before)
    np.testing.assert_array_equal(watch.value_of(kernel), before)
    assert watch.has_changed()
    np.testing.assert_array_equal(watch.value_of(kernel), np.asarray(kernel))
    assert not np.array_equal(watch.value_of(kernel), before)
    assert not watch.has_changed()


def test_the_same_numbers_written_again_are_no_change(model):
    model.weights[0].assign(np.full((3, 4, 5), np.nan, np.float32))
    watch = WeightWatch(model)
    model.set_weights(model.get_weights())
    assert not watch.has_changed()


def test_a_variable_of_another_model_is_read_now(model):
    watch, other = WeightWatch(model), keras.Variable(np.zeros(3))
    other.assign(np.ones(3))
    np.testing.assert_array_equal(watch.value_of(other), np.ones(3))
