"""Step a recurrent cell over many rows, with the input product computed once per position.

A stock LSTM or GRU cell multiplies its input by the kernel at every step. When the same position is
read at many steps (once for every prefix that contains it), that product is computed once and
reused; any other cell is called directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = ["Stepper", "Tensors", "stepper"]

Tensors = list[tf.Tensor]
"""States ``(rows, units)``, or weights, of a cell."""
Step = tuple[tf.Tensor, Tensors]
"""Output ``(rows, units)`` and new states."""


@dataclass(frozen=True)
class Stepper:
    """Any Keras recurrent ``cell``, called in inference mode."""

    cell: Any

    def project(self, x: tf.Tensor) -> tf.Tensor:
        """Return the precomputed part of inputs ``(rows, features)`` for :meth:`step`."""
        return x

    def initial(self, rows: tf.Tensor) -> Tensors:
        """Return the initial states of ``rows`` rows."""
        return [tf.convert_to_tensor(s) for s in _as_list(self.cell.get_initial_state(rows))]

    def weights(self) -> Tensors:
        """Return the recurrent weights for :meth:`step`, read once before the loop."""
        return []

    def step(self, projected: tf.Tensor, states: Tensors, weights: Tensors) -> Step:
        """Read one position in every row; return output ``(rows, units)`` and new states."""
        output, states = self.cell(projected, states, training=False)
        return tf.cast(output, tf.float32), [tf.convert_to_tensor(s) for s in _as_list(states)]


class _LSTMStepper(Stepper):
    def project(self, x: tf.Tensor) -> tf.Tensor:
        z = tf.matmul(x, _value(self.cell.kernel))
        return z + _value(self.cell.bias) if self.cell.use_bias else z

    def weights(self) -> Tensors:
        return [_value(self.cell.recurrent_kernel)]

    def step(self, projected: tf.Tensor, states: Tensors, weights: Tensors) -> Step:
        h, c = states
        gate, activation = self.cell.recurrent_activation, self.cell.activation
        z = projected + tf.matmul(h, weights[0])
        i, f, new, o = tf.split(z, 4, axis=1)
        c = gate(f) * c + gate(i) * activation(new)
        h = gate(o) * activation(c)
        return h, [h, c]


class _GRUStepper(Stepper):
    """``reset_after=True``, the Keras default."""

    def project(self, x: tf.Tensor) -> tf.Tensor:
        z = tf.matmul(x, _value(self.cell.kernel))
        return z + _value(self.cell.bias)[0] if self.cell.use_bias else z

    def weights(self) -> Tensors:
        kernel = [_value(self.cell.recurrent_kernel)]
        return [*kernel, _value(self.cell.bias)[1]] if self.cell.use_bias else kernel

    def step(self, projected: tf.Tensor, states: Tensors, weights: Tensors) -> Step:
        h = states[0]
        gate, activation = self.cell.recurrent_activation, self.cell.activation
        inner = tf.matmul(h, weights[0])
        if self.cell.use_bias:
            inner += weights[1]
        x_z, x_r, x_h = tf.split(projected, 3, axis=1)
        h_z, h_r, h_h = tf.split(inner, 3, axis=1)
        z = gate(x_z + h_z)
        h = z * h + (1 - z) * activation(x_h + gate(x_r + h_r) * h_h)
        return h, [h]


def stepper(cell: Any) -> Stepper:
    """Return the fastest exact way to step ``cell``."""
    if cell.compute_dtype == "float32":
        if type(cell) is layers.LSTMCell:
            return _LSTMStepper(cell)
        if type(cell) is layers.GRUCell and cell.reset_after:
            return _GRUStepper(cell)
    return Stepper(cell)


def _value(variable: keras.Variable) -> tf.Tensor:
    return tf.convert_to_tensor(variable)


def _as_list(states: Any) -> Tensors:
    return list(states) if isinstance(states, (list, tuple)) else [states]
