"""The paper's temporal output scores: the model called on every prefix and suffix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from .rival import Rival
from .subject import Subject

__all__ = ["COMPILED", "EAGER"]

EAGER_EVERY = 10


def _loop(subject: Subject, compiled: bool, every: int) -> Callable[[np.ndarray], np.ndarray]:
    """Score prefixes and suffixes of one sequence: ``(2, 1, positions)`` probabilities.

    As in the authors' code, layers before the recurrent one run once, on the whole sequence.
    """
    before, after = _around_the_recurrent_layer(subject.model)

    def rest(features: tf.Tensor) -> tf.Tensor:
        for layer in after:
            features = layer(features, training=False)
        return features[:, 1]

    if compiled:
        channels = after[0].input.shape[-1]
        rest = tf.function(rest, input_signature=[tf.TensorSpec((None, None, channels))])

    def run(X: np.ndarray) -> np.ndarray:
        features = tf.constant(X)
        for layer in before:
            features = layer(features, training=False)
        positions = range(0, X.shape[1], every)
        forward = [rest(features[:, : t + 1]).numpy() for t in positions]
        backward = [rest(features[:, t:]).numpy() for t in positions]
        return np.stack([np.stack(forward, axis=1), np.stack(backward, axis=1)])

    return run


def _around_the_recurrent_layer(model: keras.Model) -> tuple[list, list]:
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    recurrent = [isinstance(layer, keras.layers.Bidirectional) for layer in layers].index(True)
    return layers[:recurrent], layers[recurrent:]


def _scores(result, X: np.ndarray, every: int) -> np.ndarray:
    return np.stack([result.forward, result.backward])[..., ::every]


COMPILED = Rival(
    "prefix loop, compiled",
    package="",
    prepare=partial(_loop, compiled=True, every=1),
    of_ours=partial(_scores, every=1),
)
EAGER = Rival(
    "prefix loop, eager",
    package="",
    prepare=partial(_loop, compiled=False, every=EAGER_EVERY),
    of_ours=partial(_scores, every=EAGER_EVERY),
    share=1 / EAGER_EVERY,
)
