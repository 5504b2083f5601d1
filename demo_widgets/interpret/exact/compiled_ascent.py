"""Gradient ascent on a Keras model's score, as one loop inside TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from demo_widgets.interpret.class_optimization import EPSILON, RHO
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["Ascend", "compiled_ascent"]

Ascend = Callable[
    [FloatArray, FloatArray, int, float, float],
    tuple[FloatArray, FloatArray, FloatArray, FloatArray],
]
"""From ``theta``, ``velocity``, steps, learning rate and regularization to ``theta``, ``velocity``,
the scores before each step, and those after the last."""


def compiled_ascent(model: KerasModel, length: int, parametrization: str) -> Ascend:
    """Compile any number of RMSprop updates."""

    def update(
        theta: tf.Tensor, velocity: tf.Tensor, learning_rate: tf.Tensor, regularization: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(theta)
            x = _relax(theta, parametrization)
            s, _ = model.score_tensors(_scored(x, parametrization))
            penalty = regularization * tf.reduce_sum(x * x)
        gradient = tape.gradient(penalty, theta) - tape.gradient(s, theta)
        velocity = RHO * velocity + (1 - RHO) * gradient * gradient
        theta = theta - learning_rate * gradient * tf.math.rsqrt(velocity + EPSILON)
        return theta, velocity, s

    def ascend(
        theta: tf.Tensor, velocity: tf.Tensor, steps: tf.Tensor, *settings: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        def body(i: tf.Tensor, theta: tf.Tensor, velocity: tf.Tensor, path: tf.TensorArray) -> Any:
            theta, velocity, s = update(theta, velocity, *settings)
            return i + 1, theta, velocity, path.write(i, s)

        path = tf.TensorArray(tf.float32, size=steps, element_shape=(None,))
        _, theta, velocity, path = tf.while_loop(
            lambda i, *_: i < steps, body, (0, theta, velocity, path), parallel_iterations=1
        )
        scores, _ = model.score_tensors(_scored(_relax(theta, parametrization), parametrization))
        return theta, velocity, path.stack(), scores

    x, scalar = model.input_spec(length), tf.TensorSpec((), tf.float32)
    steps = tf.TensorSpec((), tf.int32)
    compiled = model.compiled(f"ascend_{parametrization}", ascend, x, x, steps, scalar, scalar)

    def run(theta: FloatArray, velocity: FloatArray, steps: int, *settings: float) -> Any:
        found = compiled(tf.constant(theta), tf.constant(velocity), steps, *settings)
        return tuple(part.numpy() for part in found)

    return run


def _relax(theta: tf.Tensor, parametrization: str) -> tf.Tensor:
    """Return the relaxed input of ``theta``, which becomes the PWM."""
    return theta if parametrization == "clamp" else tf.nn.softmax(theta)


def _scored(x: tf.Tensor, parametrization: str) -> tf.Tensor:
    """Return the scored input; for straight-through, DNA with the gradient of ``x``."""
    if parametrization != "straight_through":
        return x
    dna = tf.one_hot(tf.argmax(x, axis=-1), 4, dtype=x.dtype)
    return x + tf.stop_gradient(dna - x)
