"""The window of each layer that one changed base affects and that must be recomputed.

After a convolution of width ``k`` a change of one base affects ``k`` positions; pooling by 2 halves
that. Everything outside this window equals the unchanged sequence, which is computed once; for each
mutant only the window is computed. Nothing is approximated. (The idea is that of fastISM: Nair et
al., Bioinformatics 38:2397, 2022.)

The start of a window depends on the position and the length, its width does not: widths are part of
the compiled function, starts are its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo_widgets.models.anatomy.layers import WINDOWED
from demo_widgets.models.anatomy.positions import Reach
from demo_widgets.models.model_facts import IntArray
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = ["ChangedWindows", "Windows"]


@dataclass(frozen=True)
class Windows:
    """Values in the changed window of each mutant, with those of the unchanged sequence.

    Attributes
    ----------
    values
        ``(mutants, width, channels)``; undefined at positions beyond the sequence's ends.
    reference
        ``(n, length, channels)`` of the unchanged sequences.
    sequence, start
        ``(mutants,)``: which sequence was changed, and at which position the window begins.
    """

    values: tf.Tensor
    reference: tf.Tensor
    sequence: tf.Tensor
    start: tf.Tensor

    @property
    def width(self) -> int:
        return self.values.shape[1]

    def inside(self) -> tf.Tensor:
        """Return which positions of the windows lie on the sequence, ``(mutants, width, 1)``."""
        at = self.start[:, None] + tf.range(self.width)
        return ((at >= 0) & (at < tf.shape(self.reference)[1]))[..., None]

    def difference(self) -> tf.Tensor:
        """Values minus the reference's, undefined where the values are."""
        return self.values - take_windows(self.reference, self.sequence, self.start, self.width)

    def change(self, first: tf.Tensor, width: int) -> tf.Tensor:
        """Values minus the reference's at ``width`` positions from ``first`` ``(mutants,)`` on.

        ``(mutants, width, channels)``; 0 outside of the window and beyond the sequence's ends.
        """
        change = tf.pad(self.difference(), ((0, 0), (0, 1), (0, 0)))
        at = first[:, None] + tf.range(width)
        column = at - self.start[:, None]
        length = tf.shape(self.reference)[1]
        known = (column >= 0) & (column < self.width) & (at >= 0) & (at < length)
        row = tf.range(tf.shape(change)[0])[:, None] * (self.width + 1)
        row += tf.where(known, column, self.width)
        return tf.gather(tf.reshape(change, (-1, change.shape[2])), row)


def take_windows(values: tf.Tensor, sequence: tf.Tensor, start: tf.Tensor, width: int) -> tf.Tensor:
    """Windows ``(mutants, width, channels)`` of ``(n, length, channels)``; ends are repeated."""
    length = tf.shape(values)[1]
    at = tf.clip_by_value(start[:, None] + tf.range(width), 0, length - 1)
    flat = tf.reshape(values, (-1, values.shape[2]))
    return tf.gather(flat, sequence[:, None] * length + at)


class ChangedWindows:
    """Window of each of the layers ``before`` a pooling or a recurrent layer.

    Parameters
    ----------
    before
        Layers of :class:`Chain`.
    """

    def __init__(self, before: Sequence[keras.Layer]):
        self.before = tuple(before)
        self.reaches = [Reach.of(layer) for layer in before if type(layer) in WINDOWED]
        changed = [1]
        for reach in self.reaches:
            changed.append(reach.outputs_of(changed[-1]))
        # A pooling layer needs its whole input, so the layer before it computes that much.
        self._whole = [type(x) is not layers.Conv1D for x in before if type(x) in WINDOWED]
        self.widths = changed
        for i in reversed(range(len(self.reaches))):
            if self._whole[i]:
                self.widths[i] = self.reaches[i].inputs_of(self.widths[i + 1])

    @property
    def width(self) -> int:
        """Width of the window after the last layer."""
        return self.widths[-1]

    def length(self, length: int) -> int:
        """Return the positions after the last layer; below 1 if ``length`` is too short."""
        for reach in self.reaches:
            length = reach.shape(length)[0]
            if length < 1:
                break
        return length

    def starts(self, length: int) -> IntArray:
        """First position of each window, ``(windowed layers + 1, length)`` int32.

        Row 0 is the window in the input. Starts may lie outside the sequence.
        """
        starts, paddings = [np.arange(length)], []
        for reach in self.reaches:
            length, before = reach.shape(length)
            starts.append(-((reach.span - 1 - before - starts[-1]) // reach.stride))
            paddings.append(before)
        for i in reversed(range(len(self.reaches))):
            if self._whole[i]:
                starts[i] = starts[i + 1] * self.reaches[i].stride - paddings[i]
        return np.stack(starts).astype(np.int32)

    def __call__(
        self,
        x: tf.Tensor,
        starts: tf.Tensor,
        sequence: tf.Tensor,
        position: tf.Tensor,
        base: tf.Tensor,
    ) -> Windows:
        """Compute the window of every mutant through all layers.

        Parameters
        ----------
        x
            Unchanged one-hot sequences ``(n, L, 4)``.
        starts
            Of :meth:`starts` for length ``L``.
        sequence, position, base
            ``(mutants,)`` int32: the substitution of each mutant.
        """
        start = tf.gather(starts, position, axis=1)
        at = (start[0][:, None] + tf.range(self.widths[0]))[..., None]
        mutated = tf.one_hot(base, 4)[:, None]
        values = take_windows(x, sequence, start[0], self.widths[0])
        values = tf.where(at == position[:, None, None], mutated, values)
        windows = Windows(values, x, sequence, start[0])
        stage = 0
        for layer in self.before:
            if type(layer) not in WINDOWED:
                windows = Windows(
                    layer(windows.values, training=False),
                    layer(windows.reference, training=False),
                    sequence,
                    windows.start,
                )
                continue
            stage += 1
            if type(layer) is layers.Conv1D:
                natural = stage == len(self._whole) or not self._whole[stage]
                windows = _convolved(layer, windows, start[stage], self.widths[stage], natural)
            else:
                windows = _pooled(layer, windows, start[stage])
        return windows


def _convolved(
    layer: layers.Conv1D, windows: Windows, start: tf.Tensor, width: int, natural: bool
) -> Windows:
    """A convolution is linear: its output changes by the convolution of the input's change.

    ``natural`` windows begin at the first output that reads the change; windows for a pooling layer
    begin at its window.
    """
    reach = Reach.of(layer)
    kernel = tf.convert_to_tensor(layer.kernel)
    x, padding = windows.reference, layer.padding
    length = tf.shape(x)[1]
    if padding == "causal":
        x, padding = tf.pad(x, ((0, 0), (reach.span - 1, 0), (0, 0))), "valid"
    before = _padding_before(reach, length)
    dilated = {"dilations": reach.step}
    z = tf.nn.conv1d(x, kernel, reach.stride, padding.upper(), **dilated)
    if layer.use_bias:
        z += tf.convert_to_tensor(layer.bias)
    if natural and windows.width == 1 and (reach.stride, reach.step, width) == (1, 1, reach.width):
        change = tf.where(windows.inside(), windows.difference(), 0.0)
        change = _change_of_one(kernel, change[:, 0])
    else:
        change = windows.change(start * reach.stride - before, reach.inputs_of(width))
        change = tf.nn.conv1d(change, kernel, reach.stride, "VALID", **dilated)
    values = take_windows(z, windows.sequence, start, width) + change
    return Windows(layer.activation(values), layer.activation(z), windows.sequence, start)


def _change_of_one(kernel: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Convolve a change at one position: each output reads it through a different tap.

    ``(width, channels, filters)`` and ``(mutants, channels)`` to ``(mutants, width, filters)``.
    """
    width, channels, filters = kernel.shape
    taps = tf.reshape(tf.transpose(kernel[::-1], (1, 0, 2)), (channels, width * filters))
    return tf.reshape(tf.matmul(change, taps), (-1, width, filters))


def _padding_before(reach: Reach, length: tf.Tensor) -> tf.Tensor:
    if reach.padding != "same":
        return tf.constant(reach.span - 1 if reach.padding == "causal" else 0)
    out = -(-length // reach.stride)
    return tf.maximum((out - 1) * reach.stride + reach.span - length, 0) // 2


def _pooled(layer: keras.Layer, windows: Windows, start: tf.Tensor) -> Windows:
    reach = Reach.of(layer)
    reference = layer(windows.reference)
    inside = windows.inside()
    size = reach.width, reach.stride, "VALID"
    if type(layer) is layers.MaxPooling1D:
        filled = tf.where(inside, windows.values, windows.values.dtype.min)
        values = tf.nn.max_pool1d(filled, *size)
    else:  # padding does not count
        filled = tf.where(inside, windows.values, 0.0)
        read = tf.nn.avg_pool1d(tf.cast(inside, tf.float32), *size)
        values = tf.math.divide_no_nan(tf.nn.avg_pool1d(filled, *size), read)
    return Windows(values, reference, windows.sequence, start)
