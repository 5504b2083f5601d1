"""Effects of single layers on the axis of positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = [
    "CONVOLUTIONS",
    "NOTHING_AT_INFERENCE",
    "POOLS",
    "VECTOR_LAYERS",
    "WINDOWED",
    "acts_on_each_position",
    "is_recurrent",
    "keeps_positions",
    "on_last_axis",
]

NOTHING_AT_INFERENCE = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.SpatialDropout1D,
)
"""Layers that pass their input through at inference."""

CONVOLUTIONS = (layers.Conv1D, layers.SeparableConv1D, layers.DepthwiseConv1D)
POOLINGS = (layers.MaxPooling1D, layers.AveragePooling1D)
WINDOWED = (*CONVOLUTIONS, *POOLINGS)
"""Layers whose outputs each read a window of positions."""

POOLS = {layers.GlobalAveragePooling1D: "mean", layers.GlobalMaxPooling1D: "max"}
"""Layers that pool over all positions, and how."""

_MERGES = (layers.Add, layers.Average, layers.Concatenate, layers.Maximum, layers.Multiply)

VECTOR_LAYERS = (
    layers.Activation,
    layers.BatchNormalization,
    layers.Dense,
    layers.ELU,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.ReLU,
    layers.Rescaling,
    layers.Softmax,
    *NOTHING_AT_INFERENCE,
)
"""Layers that map each position's vector independently of the other positions."""

_ELEMENTWISE = {
    getattr(keras.activations, name)
    for name in (
        "celu elu exponential gelu glu hard_sigmoid hard_silu hard_tanh leaky_relu linear "
        "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign tanh"
    ).split()
    if hasattr(keras.activations, name)
}


def is_recurrent(operation: Any) -> bool:
    """Whether ``operation`` is a recurrent or bidirectional layer."""
    return isinstance(operation, (layers.RNN, layers.Bidirectional))


def on_last_axis(layer: Any) -> bool:
    """Whether ``layer``, if it is a normalisation, normalises over the channels."""
    axis = getattr(layer, "axis", -1)
    return tuple(axis if isinstance(axis, (list, tuple)) else (axis,)) in ((-1,), (2,))


def acts_on_each_position(layer: Any) -> bool:
    """Whether ``layer`` maps each position's vector independently of the other positions."""
    return type(layer) in VECTOR_LAYERS and on_last_axis(layer) and _activation_is_local(layer)


def keeps_positions(layer: Any) -> bool:
    """Whether the output of ``layer`` can be placed along the sequence, given its input."""
    if type(layer) in WINDOWED:
        return layer.data_format == "channels_last" and _activation_is_local(layer)
    if type(layer) is layers.Concatenate:
        return layer.axis in (-1, 2)
    return type(layer) in _MERGES or acts_on_each_position(layer)


def _activation_is_local(layer: Any) -> bool:
    """Whether the layer's activation, if any, does not mix positions."""
    activation = getattr(layer, "activation", None)
    return activation is None or activation in _ELEMENTWISE or _is_local(activation)


def _is_local(function: Callable[[tf.Tensor], tf.Tensor]) -> bool:
    """Whether ``function`` gives the same result for a stretch alone and in context."""
    channels = 3
    x = np.random.default_rng(0).normal(size=(2, 7, channels)).astype(np.float32)

    def values(part: FloatArray) -> FloatArray:
        return np.asarray(function(tf.constant(part)))

    try:
        whole = values(x)
        return whole.shape == x.shape and all(
            np.allclose(whole[rows, start:end], values(x[rows, start:end]), atol=1e-6)
            for rows, start, end in (
                (slice(None), 2, 5),
                (slice(None), 0, 1),
                (slice(1), 0, 7),
            )
        )
    except Exception:  # functions of the user may raise any error; then nothing is known
        return False
