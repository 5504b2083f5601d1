"""One gradient step of a two-class network, compiled."""

from __future__ import annotations

import keras
import tensorflow as tf

from ..errors import ModelError
from .logits import has_graph

__all__ = ["train_step"]


def train_step(model: keras.Model, optimizer: keras.optimizers.Optimizer, length: int):
    """Compiled function of one gradient step: ``(b, L, 4), (b,)`` -> loss of the batch, in nats.

    XLA is left off: on CPU it makes the convolutions of these networks 10 times slower.
    """
    loss_of = _loss(model)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, length, 4), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        ]
    )
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_of(y, model(x, training=True)))
            loss_with_penalties = tf.add_n([loss, *model.losses])
        weights = model.trainable_variables
        optimizer.apply_gradients(
            zip(tape.gradient(loss_with_penalties, weights), weights, strict=True)
        )
        return loss

    return step


def _loss(model: keras.Model):
    """Cross-entropy ``(y, output) -> (b,)`` that suits the model's last layer."""
    if not has_graph(model):
        raise ModelError(
            f"model {model.name!r}: its last layer cannot be read from a subclassed model; train() "
            f"needs a functional or Sequential one, or train this one with model.fit"
        )
    units = model.output_shape[-1]
    activation = getattr(model.layers[-1], "activation", None)
    named = getattr(activation, "__name__", "of no known activation")
    if units == 2 and named in ("softmax", "linear"):
        return lambda y, out: keras.losses.sparse_categorical_crossentropy(
            y, out, from_logits=named == "linear"
        )
    if units == 1 and named in ("sigmoid", "linear"):
        return lambda y, out: keras.losses.binary_crossentropy(
            tf.cast(y, out.dtype)[:, None], out, from_logits=named == "linear"
        )
    raise ModelError(
        f"model {model.name!r}: its last layer gives {units} outputs ({named}); train() needs "
        f"2 (softmax or linear) or 1 (sigmoid or linear)"
    )
