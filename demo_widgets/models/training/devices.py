"""Where a network trains, and in which precision: one device or several, the same code.

Several devices each take a part of every batch (``tf.distribute.MirroredStrategy``). Mixed
precision computes in 16 bits and keeps the weights in 32 (Micikevicius et al., ICLR 2018).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from demo_widgets.errors import ModelError
from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = ["PRECISIONS", "limit_threads", "strategy_of", "training_optimizer", "training_twin"]

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def strategy_of(devices: Sequence[str] | None) -> tf.distribute.Strategy:
    """Strategy that runs a step on ``devices``, such as ``["GPU:0", "GPU:1"]``.

    ``None`` takes every GPU where there are several, else the device that TensorFlow chooses.

    Raises
    ------
    ModelError
        If a device is not there; the message lists those that are.
    """
    present = [device.name.split("device:")[-1] for device in tf.config.list_logical_devices()]
    if devices is None:
        devices = [name for name in present if name.startswith("GPU")]
        if len(devices) < 2:
            return tf.distribute.get_strategy()
    devices = [devices] if isinstance(devices, str) else list(devices)
    if not devices or not set(devices) <= set(present):
        raise ModelError(f"devices: got {devices}, expected some of {present}")
    if len(devices) == 1:
        return tf.distribute.OneDeviceStrategy(devices[0])
    # The collective all-reduce fuses gradients differently on each device with some networks and
    # stops; these gradients are small enough to be added up on one device.
    return tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())


def training_twin(
    model: keras.Model, strategy: tf.distribute.Strategy, precision: str
) -> keras.Model:
    """The model to take gradient steps on: ``model`` itself, or its copy on several devices.

    A copy has the weights of ``model``; its last layer stays in float32, as the loss needs.

    Raises
    ------
    ModelError
        If ``precision`` is not one of :data:`PRECISIONS`.
    """
    if precision not in PRECISIONS:
        raise ModelError(f"precision: got {precision!r}, expected one of {PRECISIONS}")
    if precision == "float32" and not _is_chosen(strategy):
        return model
    last = model.layers[-1]

    def copy(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if precision != "float32" and layer is not last:
            config = _in_precision(config, precision)
        return type(layer).from_config(config)

    with strategy.scope():
        twin = keras.models.clone_model(model, clone_function=copy)
        twin.set_weights(model.get_weights())
    return twin


def training_optimizer(
    twin: keras.Model, strategy: tf.distribute.Strategy, clip_norm: float, precision: str
) -> keras.optimizers.Optimizer:
    """Adam for :func:`demo_widgets.models.training.step.train_step` on these devices.

    Each of ``n`` devices hands it an ``n``-th of the whole gradient and it adds them up, so it
    clips at ``clip_norm / n``: together that is ``clip_norm`` on the whole.
    """
    with strategy.scope():
        optimizer = keras.optimizers.Adam(clipnorm=clip_norm / strategy.num_replicas_in_sync)
        if precision == "mixed_float16":  # its small gradients would be zero without
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(twin.trainable_variables)
    return optimizer


def _is_chosen(strategy: tf.distribute.Strategy) -> bool:
    return strategy is not tf.distribute.get_strategy()


def _in_precision(config: dict[str, Any], precision: str) -> dict[str, Any]:
    """A layer's config, and those of the layers inside it, in another precision."""
    inner = {
        name: {**value, "config": _in_precision(value["config"], precision)}
        for name, value in config.items()
        if isinstance(value, dict) and "dtype" in value.get("config", {})
    }
    return {**config, **inner, **({"dtype": precision} if "dtype" in config else {})}


def limit_threads(threads: int) -> None:
    """Limit TensorFlow and numba to ``threads`` each, where they have not started theirs yet."""
    os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # workers share a GPU
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return  # TensorFlow is running: an earlier job of this process has set them
