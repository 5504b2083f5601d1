"""One gradient step of a two-class network, compiled."""

from __future__ import annotations

from collections.abc import Callable

from demo_widgets.errors import ModelError
from demo_widgets.models.anatomy.ends import activation_at_the_end, find_end
from demo_widgets.models.anatomy.graph import graph_of
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = ["loss_of", "train_step"]


def train_step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    length: int,
    strategy: tf.distribute.Strategy,
) -> Callable[[FloatArray, IntArray], tf.Tensor]:
    """Return the compiled gradient step, ``(b, L, 4), (b,)`` -> loss in nats.

    Each of the ``n`` devices of ``strategy`` processes every ``n``-th sequence of the batch; the
    step equals that of one device with the whole batch. XLA is disabled: on CPU it makes the
    convolutions of these networks 10 times slower.
    """
    losses_of, devices = loss_of(model), strategy.num_replicas_in_sync
    weights = model.trainable_variables

    def on_one_device(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        mine = slice(context.replica_id_in_sync_group, None, devices)
        whole = tf.cast(tf.shape(y)[0], tf.float32)
        with tf.GradientTape() as tape:
            losses = tf.cast(losses_of(y[mine], model(x[mine], training=True)), tf.float32)
            loss = tf.reduce_sum(losses) / whole
            penalties = [tf.cast(penalty, tf.float32) / devices for penalty in model.losses]
            target = optimizer.scale_loss(tf.add_n([loss, *penalties]))
        gradients = context.all_reduce("SUM", tape.gradient(target, weights))
        optimizer.apply([gradient / devices for gradient in gradients], weights)
        return loss

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, length, 4), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        ]
    )
    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        return strategy.reduce("SUM", strategy.run(on_one_device, args=(x, y)), axis=None)

    return step


def loss_of(model: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Return the cross-entropy ``(y, output) -> (b,)`` for the model's last layer."""
    graph = graph_of(model)
    if graph is None:
        raise ModelError(
            f"model {model.name!r}: the last layer of a subclassed model cannot be determined; "
            "train() needs a functional or Sequential one, or train this one with model.fit"
        )
    units = model.output_shape[-1]
    end = find_end(graph, graph.outputs[0])
    if end is None:
        named = activation_at_the_end(graph, graph.outputs[0]) or "unknown activation"
    else:
        named = end.activation
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
