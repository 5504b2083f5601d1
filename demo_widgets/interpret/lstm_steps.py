"""Step the two LSTMs of a bidirectional layer together, outside of TensorFlow's loop.

A loop of TensorFlow spends more time on its bookkeeping than on a network of this size. Here
a time step is one matrix product and a dozen passes over arrays that stay in the processor's
cache:

.. math:: c_t = f_t c_{t-1} + i_t g_t, \\qquad h_t = o_t \\tanh c_t

with the gates ``i, f, o`` sigmoids and ``g`` a tanh of ``W x_t + b + U h_{t-1}``. As
``sigmoid(z) = (1 + tanh(z / 2)) / 2``, one tanh serves all four once the gates' weights are
halved.

Arrays are ``(directions, blocks, rows, lanes)``: a lane is one sequence or mutant, a row a
gate or a state. Blocks hold few lanes, so that each matrix product is too small for the BLAS
to share among threads, which costs more than it brings and stalls on a busy machine. The
direction that reads from the right is given its features back to front.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

__all__ = ["LANES", "States", "gate_weights", "project", "reading_order", "recurrent_weights"]

LANES = 32
"""Lanes of a block."""


def reading_order(features: tf.Tensor, lstms: Sequence) -> list[tf.Tensor]:
    """Features ``(n, T, channels)`` in the order that each LSTM reads them."""
    return [tf.reverse(features, [1]) if one.go_backwards else features for one in lstms]


def gate_weights(kernel: tf.Tensor) -> tf.Tensor:
    """Last axis of Keras' gates ``i, f, g, o`` as ``o, i, f, g``, all but ``g`` halved."""
    i, f, g, o = tf.split(tf.convert_to_tensor(kernel), 4, axis=-1)
    return tf.concat([o / 2, i / 2, f / 2, g], axis=-1)


def project(features: tf.Tensor, lstm, *, bias: bool = True) -> tf.Tensor:
    """What the gates get from the input: ``(..., channels)`` to ``(..., 4 * units)``."""
    rows = tf.reshape(features, (-1, features.shape[-1]))  # a batched product crashes TF 2.21
    z = tf.matmul(rows, gate_weights(lstm.cell.kernel))
    if bias and lstm.cell.use_bias:
        z += gate_weights(lstm.cell.bias)
    return tf.reshape(z, tf.concat([tf.shape(features)[:-1], tf.shape(z)[1:]], axis=0))


def recurrent_weights(lstms: Sequence) -> np.ndarray:
    """``(directions, 1, 4 * units, units)`` float32, ordered and halved as the gates are."""
    directions = []
    for one in lstms:
        i, f, g, o = np.split(np.asarray(one.cell.recurrent_kernel), 4, axis=1)
        directions.append(np.concatenate([o / 2, i / 2, f / 2, g], axis=1).T)
    return np.stack(directions)[:, None]


class States:
    """States and running pool of the lanes of an LSTM, all zero at first.

    ``h`` and the pool are kept doubled, which saves halving them.

    Parameters
    ----------
    weights
        Of :func:`recurrent_weights`.
    blocks
        Blocks of lanes to make room for.
    pool
        ``"mean"``, ``"max"`` or ``"last"``.
    """

    def __init__(self, weights: np.ndarray, blocks: int, pool: str):
        directions, _, gates, units = weights.shape
        self.units, self.pool = units, pool
        # A last row of ones takes the input's share of the gates into the matrix product.
        self._weights = np.empty((directions, 1, gates, units + 1), np.float32)
        self._weights[..., :units] = weights / 2
        self._h = np.zeros((directions, blocks, units + 1, LANES), np.float32)
        self._h[:, :, units] = 1
        self._c = np.zeros((directions, blocks, units, LANES), np.float32)
        self._pool = np.full(self._c.shape, -np.inf if pool == "max" else 0, np.float32)
        self._gates = np.empty((directions, blocks, gates, LANES), np.float32)
        self._room = np.empty_like(self._c)

    def follow(self, first: int, last: int) -> None:
        """Set every lane of blocks ``first .. last - 1`` to where lane 0 is."""
        for values in (self._h, self._c, self._pool):
            values[:, first:last] = values[:, :1, :, :1]

    def forget(self, block: int, first: int) -> None:
        """Set the lanes of ``block`` from ``first`` on to where they have read nothing."""
        for values in (self._h[:, :, : self.units], self._c):
            values[:, block, :, first:] = 0
        self._pool[:, block, :, first:] = -np.inf if self.pool == "max" else 0

    def gates(self, inputs: np.ndarray, blocks: int) -> np.ndarray:
        """Gates before their activation, ``(directions, blocks, 4 * units, LANES)``.

        ``inputs`` ``(directions, 4 * units)`` are the same for every lane of the first ``blocks``.
        """
        self._weights[:, 0, :, self.units] = inputs
        return np.matmul(self._weights, self._h[:, :blocks], out=self._gates[:, :blocks])

    def step(self, gates: np.ndarray) -> None:
        """Read one position; ``gates`` are overwritten."""
        units, blocks = self.units, gates.shape[1]
        h, c = self._h[:, :blocks, :units], self._c[:, :blocks]
        room, pool = self._room[:, :blocks], self._pool[:, :blocks]
        np.tanh(gates, out=gates)
        sigmoids = gates[:, :, : 3 * units]  # doubled
        sigmoids += 1
        o, i, f, g = (gates[:, :, at * units : (at + 1) * units] for at in range(4))
        c *= f
        c += np.multiply(i, g, out=room)
        c *= 0.5
        np.tanh(c, out=room)
        np.multiply(o, room, out=h)
        if self.pool == "mean":
            pool += h
        elif self.pool == "max":
            np.maximum(pool, h, out=pool)

    def pooled(self, length: int | np.ndarray, blocks: int | None = None) -> np.ndarray:
        """Pool of ``length`` steps, ``(directions, blocks * LANES, units)``.

        ``length`` may differ between lanes, ``(blocks * LANES,)``; all blocks, or the first ones.
        """
        pool = self._h[:, :, : self.units] if self.pool == "last" else self._pool
        lanes_first = pool[:, :blocks].transpose(0, 1, 3, 2) * np.float32(0.5)
        flat = lanes_first.reshape(len(pool), -1, self.units)
        if self.pool == "mean":
            flat /= np.broadcast_to(length, flat.shape[1]).astype(np.float32)[:, None]
        return flat
