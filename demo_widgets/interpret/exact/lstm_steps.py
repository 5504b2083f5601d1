"""Step the two LSTMs of a bidirectional layer together, outside of TensorFlow's loop.

A loop of TensorFlow spends more time on its bookkeeping than on a network of this size. Here
a time step is one matrix product and a dozen passes over arrays that stay in the processor's
cache:

.. math:: c_t = f_t c_{t-1} + i_t g_t, \\qquad h_t = o_t \\tanh c_t

with the gates ``i, f, o`` sigmoids and ``g`` a tanh of ``W x_t + b + U h_{t-1}``. As
``sigmoid(z) = (1 + tanh(z / 2)) / 2``, one tanh serves all four once the gates' weights are
halved.

States are ``(directions, lanes, units)`` arrays, a lane being one sequence or mutant, and the four
gates are four such arrays, so that all that is done to the first lanes goes through memory in
long runs. A matrix product takes at most so many lanes that it stays in one thread. The
direction that reads from the right is given its features back to front.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo_widgets.interpret.exact.dense_head import values
from demo_widgets.interpret.exact.one_thread import ONE_THREAD
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["LANES", "States", "gate_weights", "project", "reading_order", "recurrent_weights"]

LANES = 32
"""Lanes of a block of :class:`demo_widgets.interpret.exact.lstm_gradient.PooledStates`."""


def reading_order(features: tf.Tensor, lstms: Sequence) -> list[tf.Tensor]:
    """Features ``(n, T, channels)`` in the order that each LSTM reads them."""
    return [tf.reverse(features, [1]) if one.go_backwards else features for one in lstms]


def gate_weights(kernel: tf.Tensor) -> tf.Tensor:
    """Last axis of Keras' gates ``i, f, g, o`` as ``o, i, f, g``, all but ``g`` halved."""
    i, f, g, o = tf.split(tf.convert_to_tensor(kernel), 4, axis=-1)
    return tf.concat([o / 2, i / 2, f / 2, g], axis=-1)


def project(features: tf.Tensor, lstm) -> tf.Tensor:
    """What the gates get from the input: ``(..., channels)`` to ``(..., 4 * units)``."""
    rows = tf.reshape(features, (-1, features.shape[-1]))  # a batched product crashes TF 2.21
    z = tf.matmul(rows, gate_weights(lstm.cell.kernel))
    if lstm.cell.use_bias:
        z += gate_weights(lstm.cell.bias)
    return tf.reshape(z, tf.concat([tf.shape(features)[:-1], tf.shape(z)[1:]], axis=0))


def recurrent_weights(lstms: Sequence) -> np.ndarray:
    """``(directions, 1, 4 * units, units)`` float32, ordered and halved as the gates are."""
    directions = []
    for one in lstms:
        i, f, g, o = np.split(values(one.cell.recurrent_kernel), 4, axis=1)
        directions.append(np.concatenate([o / 2, i / 2, f / 2, g], axis=1).T)
    return np.stack(directions)[:, None]


class States:
    """States and running pool of the lanes of an LSTM, all zero at first.

    ``h`` and the pool are kept doubled, which saves halving them.

    Parameters
    ----------
    weights
        Of :func:`recurrent_weights`.
    lanes
        Lanes to make room for.
    pool
        ``"mean"``, ``"max"`` or ``"last"``.
    """

    def __init__(self, weights: np.ndarray, lanes: int, pool: str):
        directions, _, gates, units = weights.shape
        self.units, self.pool = units, pool
        # A last row for a state of one takes the input's share of the gates into the product.
        self._weights = np.empty((4, directions, units + 1, units), np.float32)
        split = weights.reshape(directions, 4, units, units)
        self._weights[:, :, :units] = split.transpose(1, 0, 3, 2) / 2
        self._h = np.zeros((directions, lanes, units + 1), np.float32)
        self._h[..., units] = 1
        self._c = np.zeros((directions, lanes, units), np.float32)
        self._pool = np.full(self._c.shape, -np.inf if pool == "max" else 0, np.float32)
        self._gates = np.empty((4, directions, lanes, units), np.float32)
        self._room = np.empty_like(self._c)
        self._at_once = max(LANES, ONE_THREAD // (units * (units + 1)))

    def follow(self, first: int, last: int) -> None:
        """Set lanes ``first .. last - 1`` to where lane 0 is."""
        for lanes in (self._h, self._c, self._pool):
            lanes[:, first:last] = lanes[:, :1]

    def gates(self, inputs: np.ndarray, lanes: int) -> np.ndarray:
        """Gates before their activation, ``(4, directions, lanes, units)``.

        ``inputs`` ``(directions, 4 * units)`` are the same for every one of the first ``lanes``.
        """
        split = inputs.reshape(len(inputs), 4, self.units)
        self._weights[:, :, self.units] = split.swapaxes(0, 1)
        for first in range(0, lanes, self._at_once):
            part = slice(first, min(first + self._at_once, lanes))
            np.matmul(self._h[:, part], self._weights, out=self._gates[:, :, part])
        return self._gates[:, :, :lanes]

    def step(self, gates: np.ndarray) -> None:
        """Read one position; ``gates`` are overwritten."""
        lanes = gates.shape[2]
        h, c = self._h[:, :lanes, : self.units], self._c[:, :lanes]
        room, pool = self._room[:, :lanes], self._pool[:, :lanes]
        np.tanh(gates, out=gates)
        sigmoids = gates[:3]  # doubled
        sigmoids += 1
        o, i, f, g = gates
        c *= f
        c += np.multiply(i, g, out=room)
        c *= 0.5
        np.tanh(c, out=room)
        room *= o
        h[...] = room
        if self.pool == "mean":
            pool += room
        elif self.pool == "max":
            np.maximum(pool, room, out=pool)

    @property
    def running(self) -> np.ndarray:
        """Pool so far, ``(directions, lanes, units)``, a view: doubled, a mean not yet divided."""
        return self._h[..., : self.units] if self.pool == "last" else self._pool

    def pooled(self, length: int | np.ndarray) -> np.ndarray:
        """Pool of ``length`` steps, ``(lanes,)`` or one for all: ``(directions, lanes, units)``."""
        return self.scaled(self.running, length)

    def scaled(self, running: np.ndarray, length: int | np.ndarray) -> np.ndarray:
        """The pool of ``length`` steps, ``(lanes,)`` or one for all, that was ``running``."""
        pool = running * np.float32(0.5)
        if self.pool == "mean":
            pool /= np.asarray(length, np.float32).reshape(-1, 1)
        return pool
