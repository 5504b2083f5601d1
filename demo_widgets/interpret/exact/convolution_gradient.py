"""Exact forward and backward passes of convolutions and poolings for few sequences, in NumPy.

For networks of this size, TensorFlow spends more time distributing work to threads than computing,
above all after an idle period. Here a convolution is one matrix product of its input windows, and
the backward pass is the transposed product, summed over the windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from demo_widgets.interpret.exact.one_thread import product
from demo_widgets.models.anatomy.positions import Reach
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import keras, layers

__all__ = ["forward", "knows", "multiplications", "pooled"]

Back = Callable[[FloatArray], FloatArray]


def knows(layer: keras.Layer) -> bool:
    """Whether :func:`forward` can run ``layer``, one of a :class:`Chain`'s ``before``."""
    if type(layer) is layers.Conv1D:
        known = layer.activation in (keras.activations.relu, keras.activations.linear)
        return known and isinstance(layer.kernel, keras.Variable)
    return type(layer) is layers.MaxPooling1D


def multiplications(before: Sequence[keras.Layer], length: int) -> int | None:
    """Return the multiplications for a sequence of ``length``; ``None`` if it is too short."""
    total = 0
    for layer in before:
        length, _ = Reach.of(layer).shape(length)
        if length < 1:
            return None
        if type(layer) is layers.Conv1D:
            total += length * math.prod(layer.kernel.shape)
    return total


def forward(
    score: KerasModel, before: Sequence[keras.Layer], x: FloatArray
) -> tuple[FloatArray, Back]:
    """Run layers of ``score`` on ``x`` ``(n, length, channels)``.

    Returns
    -------
    y
        ``(n, positions, features)``.
    back
        Function from the gradient with respect to ``y`` to that with respect to ``x``.
    """
    backs = []
    for layer in before:
        if type(layer) is layers.Conv1D:
            x, back = _convolved(score, layer, x)
        else:
            x, back = _strongest(layer, x)
        backs.append(back)

    def all_back(dy: FloatArray) -> FloatArray:
        for back in reversed(backs):
            dy = back(dy)
        return dy

    return x, all_back


def pooled(y: FloatArray, how: str) -> tuple[FloatArray, Back]:
    """Pool ``y`` ``(n, positions, features)`` over positions by ``"max"`` or ``"mean"``."""
    if how == "mean":
        return y.mean(axis=1), lambda d: np.repeat(d[:, None] / y.shape[1], y.shape[1], axis=1)
    top = y.max(axis=1)

    def back(d: FloatArray) -> FloatArray:
        strongest = y == top[:, None]  # equal maxima share the gradient, as in TensorFlow
        return strongest * (d / strongest.sum(axis=1, dtype=np.float32))[:, None]

    return top, back


def _padded(reach: Reach, x: FloatArray, fill: float) -> tuple[FloatArray, slice, list[slice]]:
    """Return padded ``x``, the place of ``x`` in it, and the positions that each tap reads."""
    n, length, channels = x.shape
    out, before = reach.shape(length)
    read = reach.inputs_of(out)
    padded = np.full((n, max(read, before + length), channels), fill, np.float32)
    inside = slice(before, before + length)
    padded[:, inside] = x
    last = (out - 1) * reach.stride + 1
    return padded, inside, [slice(tap, tap + last, reach.stride) for tap in reach.taps]


def _convolved(score: KerasModel, layer: layers.Conv1D, x: FloatArray) -> tuple[FloatArray, Back]:
    padded, inside, taps = _padded(Reach.of(layer), x, 0)
    n, _, channels = x.shape
    kernel = score.value_of(layer.kernel).reshape(-1, layer.filters)
    out = padded[:, taps[0]].shape[1]
    windows = np.empty((n, out, len(taps), channels), np.float32)
    for i, tap in enumerate(taps):
        windows[:, :, i] = padded[:, tap]
    y = product(windows.reshape(n * out, -1), kernel)
    if layer.use_bias:
        y += score.value_of(layer.bias)
    rectified = layer.activation is keras.activations.relu
    if rectified:
        np.maximum(y, 0, out=y)

    def back(dy: FloatArray) -> FloatArray:
        dy = dy.reshape(y.shape)
        of_windows = product(dy * (y > 0) if rectified else dy, kernel.T)
        of_windows = of_windows.reshape(n, out, len(taps), channels)
        of_padded = np.zeros_like(padded)
        for i, tap in enumerate(taps):
            of_padded[:, tap] += of_windows[:, :, i]
        return of_padded[:, inside]

    return y.reshape(n, out, -1), back


def _strongest(layer: layers.MaxPooling1D, x: FloatArray) -> tuple[FloatArray, Back]:
    padded, inside, taps = _padded(Reach.of(layer), x, -np.inf)
    y = padded[:, taps[0]].copy()
    for tap in taps[1:]:
        np.maximum(y, padded[:, tap], out=y)

    def back(dy: FloatArray) -> FloatArray:
        of_padded = np.zeros_like(padded)
        for tap in taps:
            first = padded[:, tap] == y  # the first of equal maxima gets the gradient
            of_padded[:, tap] += first * dy
            dy = dy * ~first
        return of_padded[:, inside]

    return y, back
