"""Weights of a Keras LSTM as arrays, and its input's contribution to the gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo_widgets.interpret.exact.one_thread import product
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import layers

__all__ = ["LstmWeights"]


@dataclass(frozen=True)
class LstmWeights:
    """One direction of a recurrent layer.

    Attributes
    ----------
    kernel, recurrent
        ``(channels, 4 * units)`` and ``(units, 4 * units)`` float32.
    bias
        ``(4 * units,)``, or 0.
    backwards
        Whether it reads from the right.
    """

    kernel: FloatArray
    recurrent: FloatArray
    bias: FloatArray | float
    backwards: bool

    @classmethod
    def of(cls, score: KerasModel, lstm: layers.LSTM) -> LstmWeights:
        """Return the weights of ``lstm``, a layer of ``score``."""
        cell = lstm.cell
        return cls(
            kernel=score.value_of(cell.kernel),
            # The kernels need writable arrays.
            recurrent=score.value_of(cell.recurrent_kernel).copy(),
            bias=score.value_of(cell.bias) if cell.use_bias else 0.0,
            backwards=lstm.go_backwards,
        )

    @property
    def units(self) -> int:
        return len(self.recurrent)

    def inputs(self, features: FloatArray) -> FloatArray:
        """Return the gates' inputs ``(T, n, 4 * units)`` of features ``(n, T, channels)``."""
        x = self.projected(features)
        x += self.bias
        return np.ascontiguousarray(self.in_reading_order(x).swapaxes(0, 1))

    def projected(self, features: FloatArray) -> FloatArray:
        """``features @ kernel``, ``(..., 4 * units)``."""
        rows = product(features.reshape(-1, features.shape[-1]), self.kernel)
        return rows.reshape(*features.shape[:-1], -1)

    def back(self, of_inputs: FloatArray) -> FloatArray:
        """Return the gradient for the features from that for :meth:`inputs`."""
        of_x = self.in_reading_order(of_inputs.swapaxes(0, 1))
        n, length, gates = of_x.shape
        return product(of_x.reshape(-1, gates), self.kernel.T).reshape(n, length, -1)

    def in_reading_order(self, values: FloatArray) -> FloatArray:
        """Return a view of ``values``, axis 1 reversed if the LSTM reads from the right."""
        return values[:, ::-1] if self.backwards else values
