"""Devices and precision of a training.

Several devices each process a part of every batch (``tf.distribute.MirroredStrategy``). Mixed
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
    """Return the strategy that runs a step on ``devices``, such as ``["GPU:0", "GPU:1"]``.

    ``None`` uses all GPUs if there are several, otherwise TensorFlow's default device.

    Raises
    ------
    ModelError
        If a device does not exist; the message lists the available ones.
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
    # stops; these gradients are small enough to be summed on one device.
    return tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())


def training_twin(
    model: keras.Model, strategy: tf.distribute.Strategy, precision: str
) -> keras.Model:
    """Return the model to train: ``model`` itself, or its copy on several devices.

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
    """Return Adam for :func:`demo_widgets.models.training.step.train_step` on these devices.

    Each of ``n`` devices contributes an ``n``-th of the gradient, and Adam sums them, so it clips
    at ``clip_norm / n``, which is ``clip_norm`` in total.
    """
    with strategy.scope():
        optimizer = keras.optimizers.Adam(clipnorm=clip_norm / strategy.num_replicas_in_sync)
        if precision == "mixed_float16":  # without it small gradients would underflow
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(twin.trainable_variables)
    return optimizer


def _is_chosen(strategy: tf.distribute.Strategy) -> bool:
    return strategy is not tf.distribute.get_strategy()


def _in_precision(config: dict[str, Any], precision: str) -> dict[str, Any]:
    """Return a layer's config, including nested layers, in another precision."""
    inner = {
        name: {**value, "config": _in_precision(value["config"], precision)}
        for name, value in config.items()
        if isinstance(value, dict) and "dtype" in value.get("config", {})
    }
    return {**config, **inner, **({"dtype": precision} if "dtype" in config else {})}


def limit_threads(threads: int) -> None:
    """Limit TensorFlow and numba to ``threads`` each, if they have not started yet."""
    os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # workers share a GPU
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return  # TensorFlow has started: an earlier job of this process has set them
