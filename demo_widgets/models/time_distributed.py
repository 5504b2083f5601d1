"""``TimeDistributed`` layers where the length of the sequences is left open.

Keras 3 (3.15 among them) applies such a layer to as many positions as there are sequences when
it is compiled for any length: it takes the first axis for time. With a length that is known, and
by :func:`of_any_length`, it is right.
"""

from __future__ import annotations

from collections.abc import Callable

from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = ["of_any_length", "time_distributed"]


def time_distributed(model: keras.Model) -> list[keras.Layer]:
    """The ``TimeDistributed`` layers of ``model``, however deep."""
    layers = model._flatten_layers()
    return [layer for layer in layers if isinstance(layer, keras.layers.TimeDistributed)]


def of_any_length(operation) -> Callable:
    """``operation``, at inference; a ``TimeDistributed`` layer as one call on all positions."""
    if not isinstance(operation, keras.layers.TimeDistributed):
        return operation

    def call(x: tf.Tensor, **_) -> tf.Tensor:
        shape = tf.shape(x)
        y = operation.layer(tf.reshape(x, (-1, *x.shape[2:])), training=False)
        return tf.reshape(y, tf.concat([shape[:2], tf.shape(y)[1:]], axis=0))

    return call
