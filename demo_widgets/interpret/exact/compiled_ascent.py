"""Gradient ascent on a Keras model's score, as one loop inside TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["compiled_ascent"]


def compiled_ascent(
    model: KerasModel, length: int, parametrization: str, rho: float, epsilon: float
) -> Callable:
    """Compile RMSprop updates, equivalent to :class:`Ascent`."""
    ascend = _compiled(model, length, parametrization, rho, epsilon)

    def run(theta: np.ndarray, velocity: np.ndarray, steps: int, *settings: float) -> Any:
        found = ascend(tf.constant(theta), tf.constant(velocity), steps, *settings)
        return tuple(part.numpy() for part in found)

    return run


def _compiled(
    model: KerasModel, length: int, parametrization: str, rho: float, epsilon: float
) -> Callable:
    def update(theta, velocity, learning_rate, regularization):
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(theta)
            x = _relax(theta, parametrization)
            s, _ = model.score_tensors(_scored(x, parametrization))
            penalty = regularization * tf.reduce_sum(x * x)
        gradient = tape.gradient(penalty, theta) - tape.gradient(s, theta)
        velocity = rho * velocity + (1 - rho) * gradient * gradient
        theta = theta - learning_rate * gradient * tf.math.rsqrt(velocity + epsilon)
        return theta, velocity, s

    def ascend(theta, velocity, steps, learning_rate, regularization):
        def body(i, theta, velocity, path):
            theta, velocity, s = update(theta, velocity, learning_rate, regularization)
            return i + 1, theta, velocity, path.write(i, s)

        path = tf.TensorArray(tf.float32, size=steps, element_shape=(None,))
        _, theta, velocity, path = tf.while_loop(
            lambda i, *_: i < steps, body, (0, theta, velocity, path), parallel_iterations=1
        )
        scores, _ = model.score_tensors(_scored(_relax(theta, parametrization), parametrization))
        return theta, velocity, path.stack(), scores

    x, scalar = model.input_spec(length), tf.TensorSpec((), tf.float32)
    steps = tf.TensorSpec((), tf.int32)
    return model.compiled(f"ascend_{parametrization}", ascend, x, x, steps, scalar, scalar)


def _relax(theta: tf.Tensor, parametrization: str) -> tf.Tensor:
    """Return the relaxed input of ``theta``, which becomes the PWM."""
    return theta if parametrization == "clamp" else tf.nn.softmax(theta)


def _scored(x: tf.Tensor, parametrization: str) -> tf.Tensor:
    """Return the scored input; for straight-through, DNA with the gradient of ``x``."""
    if parametrization != "straight_through":
        return x
    dna = tf.one_hot(tf.argmax(x, axis=-1), 4, dtype=x.dtype)
    return x + tf.stop_gradient(dna - x)
