"""tf-keras-vis: gradients and activation maximisation of the same Keras layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from demo_widgets.interpret.class_optimization import to_pwm

from .rival import Rival
from .subject import Subject

__all__ = ["CLASS_OPTIMIZATION", "SALIENCY", "Ascent"]


@dataclass(frozen=True)
class Ascent:
    """A start ``(1, L, 4)`` and the number of iterations."""

    start: np.ndarray
    iterations: int


def _activation_maximization(subject: Subject) -> Callable[[Ascent], np.ndarray]:
    """The paper's class optimization: its settings, and none of the defaults meant for images."""
    from tf_keras_vis.activation_maximization import ActivationMaximization

    maximize = ActivationMaximization(subject.score_model, clone=False)

    def run(ascent: Ascent) -> np.ndarray:
        last = maximize(
            _class_score,
            seed_input=ascent.start,
            input_range=(None, None),
            input_modifiers=None,
            regularizers=[_size_of_the_input],
            optimizer=keras.optimizers.RMSprop(learning_rate=0.05),
            steps=ascent.iterations,
        )
        return to_pwm(np.asarray(last))

    return run


def _saliency(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    from tf_keras_vis.saliency import Saliency

    explain = Saliency(subject.score_model, clone=False)
    return lambda X: explain(_class_score, X, keepdims=True, normalize_map=False)


def _class_score(output: tf.Tensor) -> tf.Tensor:
    return output[:, 0]


def _size_of_the_input(x: tf.Tensor) -> tf.Tensor:
    return 0.009 * tf.reduce_sum(x**2)


SALIENCY = Rival(
    "tf-keras-vis",
    package="tf-keras-vis",
    prepare=_saliency,
    of_ours=lambda result, X: np.abs(result.gradient),
)
CLASS_OPTIMIZATION = Rival(
    "tf-keras-vis",
    package="tf-keras-vis",
    prepare=_activation_maximization,
    of_ours=lambda result, ascent: result.pwm,
)
