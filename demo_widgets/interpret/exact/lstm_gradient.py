"""Gradient of the pooled states of an LSTM, forward and back in arrays that stay in place.

The states are those of :mod:`demo_widgets.interpret.exact.lstm_steps`; the way back is the
chain rule through them (backpropagation through time), for the inputs only. One array holds
what the input gives to the gates, then the gates, then the gradient with respect to the former.
"""

from __future__ import annotations

import numpy as np

__all__ = ["PooledStates"]


class PooledStates:
    """Run an LSTM over its inputs, and take gradients back to them.

    Parameters
    ----------
    weights
        Of :func:`recurrent_weights`.
    inputs
        ``(directions, T, blocks, 4 * units, lanes)`` float32, what the input gives to the gates;
        overwritten.
    pool
        ``"mean"`` or ``"last"``.

    Attributes
    ----------
    pooled
        ``(blocks * lanes, directions * units)``.
    """

    def __init__(self, weights: np.ndarray, inputs: np.ndarray, pool: str):
        directions, length, blocks, gates, lanes = inputs.shape
        self._units, self._pool = gates // 4, pool
        self._weights = weights / 2  # of states that are kept doubled
        self._gates = inputs
        states = directions, length + 1, blocks, self._units, lanes
        self._c = np.zeros(states, np.float32)
        self._tanh_c = np.empty(states, np.float32)
        self.pooled = self._forward()

    def _forward(self) -> np.ndarray:
        directions, length, blocks, _, lanes = self._gates.shape
        units = self._units
        h, total = (np.zeros((directions, blocks, units, lanes), np.float32) for _ in range(2))
        room = np.empty_like(h)
        recurrent = np.empty((directions, blocks, 4 * units, lanes), np.float32)
        sigmoids = recurrent[:, :, : 3 * units]
        o, i, f = _split(sigmoids, units)
        for step in range(length):
            gates, c = self._gates[:, step], self._c[:, step + 1]
            tanh_c = self._tanh_c[:, step + 1]
            gates += np.matmul(self._weights, h, out=recurrent)
            np.tanh(gates, out=gates)
            np.add(gates[:, :, : 3 * units], 1, out=sigmoids)
            np.multiply(self._c[:, step], f, out=c)
            c += np.multiply(i, gates[:, :, 3 * units :], out=room)
            c *= 0.5
            np.tanh(c, out=tanh_c)
            np.multiply(o, tanh_c, out=h)
            total += h
        pooled = total / (2 * length) if self._pool == "mean" else h / 2
        return pooled.transpose(1, 3, 0, 2).reshape(blocks * lanes, directions * units)

    def gradient(self, of_pooled: np.ndarray) -> np.ndarray:
        """Gradient with respect to ``inputs``, in their place, from that of ``pooled``."""
        directions, length, blocks, _, lanes = self._gates.shape
        units = self._units
        each = of_pooled.reshape(blocks, lanes, directions, units).transpose(2, 0, 3, 1) / 2
        each = np.ascontiguousarray(each / length if self._pool == "mean" else each)
        back = self._weights.swapaxes(2, 3).copy()
        dh, dc = each.copy(), np.zeros_like(each)
        room = np.empty_like(each)
        slopes = np.empty((directions, blocks, 4 * units, lanes), np.float32)
        sigmoids = np.empty((directions, blocks, 3 * units, lanes), np.float32)
        o, i, f = _split(sigmoids, units)
        slope_o, slope_i, slope_f, slope_g = _split(slopes, units)
        by_cell = slopes[:, :, units:].reshape(directions, blocks, 3, units, lanes)
        for step in range(length - 1, -1, -1):
            gates, tanh_c = self._gates[:, step], self._tanh_c[:, step + 1]
            np.multiply(gates, gates, out=slopes)
            np.subtract(1, slopes, out=slopes)
            np.add(gates[:, :, : 3 * units], 1, out=sigmoids)
            slope_o *= tanh_c
            slope_o *= dh
            np.multiply(tanh_c, tanh_c, out=room)
            np.subtract(1, room, out=room)
            room *= o
            room *= dh
            dc += room
            dc *= 0.5
            slope_i *= gates[:, :, 3 * units :]
            slope_f *= self._c[:, step]
            slope_g *= i
            by_cell *= dc[:, :, None]
            dc *= f
            gates[...] = slopes
            np.matmul(back, slopes, out=dh)
            if self._pool == "mean":
                dh += each
        return self._gates


def _split(rows: np.ndarray, units: int) -> list[np.ndarray]:
    return [rows[:, :, at : at + units] for at in range(0, rows.shape[2], units)]
