"""Which sequence position each step of a recurrent layer stands for.

Layers before the recurrent one may shorten the sequence (a convolution without padding,
pooling, strides): one recurrent step then stands for several bases. A step is placed at
the centre of the bases that its window is centred on, so a ``same`` convolution of stride 1
keeps step ``t`` at position ``t``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo_widgets.models.quiet_tensorflow import layers

__all__ = ["VECTOR_LAYERS", "Steps", "keeps_positions", "steps_after", "steps_of_sequence"]

_CONVOLUTIONS = (layers.Conv1D, layers.SeparableConv1D, layers.DepthwiseConv1D)
_POOLINGS = (layers.MaxPooling1D, layers.AveragePooling1D)
_MERGES = (layers.Add, layers.Average, layers.Concatenate, layers.Maximum, layers.Multiply)
VECTOR_LAYERS = (
    layers.Activation,
    layers.BatchNormalization,
    layers.Dense,
    layers.Dropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LeakyReLU,
    layers.LayerNormalization,
    layers.ReLU,
    layers.Rescaling,
    layers.Softmax,
    layers.SpatialDropout1D,
)
"""Layers that turn each position's vector into another one, whatever the other positions hold."""


@dataclass(frozen=True)
class Steps:
    """``count`` steps over ``length`` bases, at positions ``first + i * apart``."""

    count: int
    length: int
    first: float = 0.0
    apart: float = 1.0

    def read_from_left(self) -> np.ndarray:
        """``(length,)`` index of the last step read once each base is; at least the first step."""
        reached = np.searchsorted(self._bases(), np.arange(self.length), side="right")
        return np.maximum(reached - 1, 0)

    def read_from_right(self) -> np.ndarray:
        """``(length,)`` index of the first step of the suffix that starts at each base."""
        before = np.searchsorted(self._bases(), np.arange(self.length), side="left")
        return np.minimum(before, self.count - 1)

    def _bases(self) -> np.ndarray:
        places = np.floor(self.first + self.apart * np.arange(self.count))
        return np.clip(places, 0, self.length - 1)


def keeps_positions(layer) -> bool:
    """Whether what ``layer`` gives can be placed along the sequence, given its input."""
    if type(layer) in (*_CONVOLUTIONS, *_POOLINGS):
        return layer.data_format == "channels_last"
    if type(layer) is layers.Concatenate:
        return layer.axis in (-1, 2)
    return type(layer) in _MERGES or (type(layer) in VECTOR_LAYERS and on_last_axis(layer))


def on_last_axis(layer) -> bool:
    """Whether ``layer`` normalises, if it does, over the channels."""
    axis = getattr(layer, "axis", -1)
    return tuple(axis if isinstance(axis, (list, tuple)) else (axis,)) in ((-1,), (2,))


def steps_of_sequence(chain, length: int) -> Steps:
    """Steps after the layers of ``chain``, applied in turn to ``length`` bases."""
    steps = Steps(length, length)
    for layer in chain:
        steps = steps_after(layer, steps)
    return steps


def steps_after(layer, steps: Steps) -> Steps:
    """Steps that ``layer`` makes of those it gets."""
    if type(layer) in _CONVOLUTIONS:
        reach = (layer.kernel_size[0] - 1) * layer.dilation_rate[0] + 1
    elif type(layer) in _POOLINGS:
        reach = layer.pool_size[0]
    else:
        return steps
    stride, n = layer.strides[0], steps.count
    if layer.padding == "valid":
        count, centre = max((n - reach) // stride + 1, 0), (reach - 1) / 2
    elif layer.padding == "causal":
        count, centre = -(-n // stride), 0.0
    else:
        count = -(-n // stride)
        padding = max((count - 1) * stride + reach - n, 0) // 2
        centre = 0.0 if stride == 1 else (reach - 1) / 2 - padding
    return Steps(count, steps.length, steps.first + steps.apart * centre, steps.apart * stride)
