"""Compiled LSTM kernels: forward, backward, and from any step on.

For networks of this size, a TensorFlow or NumPy loop over time steps spends most of its time on
call overhead. These loops are compiled by numba instead, for float32 and one thread. They take and
return arrays only, in the order of Keras' gates ``i, f, g, o``:

.. math:: c_t = f_t c_{t-1} + i_t g_t, \\qquad h_t = o_t \\tanh c_t

with sigmoids ``i, f, o`` and a tanh ``g`` of ``x_t + h_{t-1} U``. ``x`` holds the input's
contribution to the gates, ``W x_t + b``, in reading order. A *lane* is one sequence, mutant, prefix
or suffix.

Importing this module imports numba and compiles nothing: :func:`compile_all` compiles the kernels
or loads those of an earlier process. After that no call compiles anything, because the kernels
accept these array types only. Use it through :mod:`demo_widgets.interpret.exact.kernel_warmup`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numba import njit

from demo_widgets.models.model_facts import FloatArray, IntArray

__all__ = ["POOLS", "backward", "compile_all", "forward", "from_each"]

POOLS = {"mean": 0, "max": 1, "last": 2}
"""Code of each pooling of the states over time."""

_MAX, _LAST = POOLS["max"], POOLS["last"]

# "contract" allows fused multiply-add. No other flag is needed, because the innermost loops run
# over units and reorder nothing; and NaN must stay NaN. Loops over units are written for
# vectorisation: no branches, parts of rows as views (an index such as ``2 * units + j`` is checked
# for its sign), and values that several lanes write side by side are computed elsewhere first. One
# loop per step is faster than several.
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}

_TILE = 32  # maximum lanes of one matrix product: more are not faster
_FEW = 4  # lanes: for fewer, a loop is faster than BLAS
_ONE_THREAD = 2**18  # multiplications: larger products start OpenBLAS threads, which stall

_f32 = np.float32
_kernels: list[tuple[Any, str]] = []

Function = TypeVar("Function", bound=Callable[..., Any])


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Create a kernel for one signature, cached on disk if numba finds a writable folder."""

    def make(function: Function) -> Function:
        dispatcher: Any
        try:
            dispatcher = njit(cache=True, **_OPTIONS)(function)
        except RuntimeError:  # numba found no writable folder
            dispatcher = njit(**_OPTIONS)(function)
        _kernels.append((dispatcher, signature))
        return dispatcher

    return make


def compile_all() -> Iterator[bool]:
    """Compile the kernels, or load them from numba's cache; call it once.

    Yield after each kernel whether it came from the cache.
    """
    for dispatcher, signature in _kernels:
        try:
            dispatcher.compile(signature)
        except OSError:  # compiled, but not written to disk
            if not dispatcher.signatures:
                raise
        dispatcher.disable_compile()
        yield bool(dispatcher.stats.cache_hits)


@njit(inline="always")
def _tanh(x: np.float32) -> np.float32:
    """Hyperbolic tangent to 3e-7, by the rational function of Eigen, which TensorFlow uses.

    Contains no function call, so that loops over it are vectorised. NaN stays NaN.
    """
    x = min(max(x, _f32(-7.90531110763549805)), _f32(7.90531110763549805))  # propagates NaN
    s = x * x
    p = s * _f32(-2.76076847742355e-16) + _f32(2.00018790482477e-13)
    p = s * p + _f32(-8.60467152213735e-11)
    p = s * p + _f32(5.12229709037114e-08)
    p = s * p + _f32(1.48572235717979e-05)
    p = s * p + _f32(6.37261928875436e-04)
    p = s * p + _f32(4.89352455891786e-03)
    q = s * _f32(1.19825839466702e-06) + _f32(1.18534705686654e-04)
    q = s * q + _f32(2.26843463243900e-03)
    q = s * q + _f32(4.89352518554385e-03)
    return x * p / q


@njit(inline="always")
def _sigmoid(x: np.float32) -> np.float32:
    """``1 / (1 + exp(-x))`` to a relative 2e-7, so that gradients of closed gates are accurate.

    The exponential follows Cephes: a power of 2, set by its bits, times a polynomial.
    """
    x = min(max(x, _f32(-87)), _f32(87))
    rounded = _f32(x * _f32(-1.44269504088896341) + _f32(12582912))  # ends in the power
    power = rounded - _f32(12582912)
    r = -x - power * _f32(0.693359375)
    r = r - power * _f32(-2.12194440e-4)
    p = r * _f32(1.9875691500e-4) + _f32(1.3981999507e-3)
    p = p * r + _f32(8.3334519073e-3)
    p = p * r + _f32(4.1665795894e-2)
    p = p * r + _f32(1.6666665459e-1)
    p = p * r + _f32(5.0000001201e-1)
    exponential = p * r * r + r + _f32(1)
    bits = (_f32(rounded).view(np.int32) + np.int32(127)) << np.int32(23)
    scale = np.int32(bits).view(np.float32)
    return _f32(1) / (_f32(1) + exponential * scale)


@njit(inline="always")
def _multiply(rows: FloatArray, matrix: FloatArray, out: FloatArray) -> None:
    """``out = rows @ matrix`` of matrices."""
    tile = min(_TILE, _ONE_THREAD // matrix.size)
    if min(len(rows), tile) >= _FEW:
        for first in range(0, len(rows), tile):
            last = min(first + tile, len(rows))
            np.dot(rows[first:last], matrix, out[first:last])
        return
    whole = len(matrix) - len(matrix) % 4
    for lane in range(len(rows)):
        row, sums = rows[lane], out[lane]
        sums[:] = 0
        for k in range(0, whole, 4):
            a, b, c, d = row[k], row[k + 1], row[k + 2], row[k + 3]
            for j in range(len(sums)):
                sums[j] += (
                    a * matrix[k, j]
                    + b * matrix[k + 1, j]
                    + c * matrix[k + 2, j]
                    + d * matrix[k + 3, j]
                )
        for k in range(whole, len(row)):
            for j in range(len(sums)):
                sums[j] += row[k] * matrix[k, j]


@njit(inline="always")
def _gates(row: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the parts ``i, f, g, o`` of a row of gates."""
    units = len(row) // 4
    return row[:units], row[units : 2 * units], row[2 * units : 3 * units], row[3 * units :]


@njit(inline="always")
def _add_to_pool(pool: FloatArray, h: FloatArray, how: int) -> None:
    """Add a state to a running pool; for a mean, the sum."""
    if how == _MAX:
        for j in range(len(h)):
            pool[j] = h[j] if h[j] > pool[j] or h[j] != h[j] else pool[j]
    elif how == _LAST:
        for j in range(len(h)):
            pool[j] = h[j]
    else:
        for j in range(len(h)):
            pool[j] += h[j]


@_kernel("Tuple((f4[:,:,::1], f4[:,:,::1], f4[:,:,::1]))(f4[:,:,::1], f4[:,::1], i8)")
def forward(
    x: FloatArray, recurrent: FloatArray, how: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Run every lane over all steps.

    Parameters
    ----------
    x
        ``(T, lanes, 4 * units)``; overwritten by the gates.
    recurrent
        ``(units, 4 * units)``.
    how
        One of :data:`POOLS`.

    Returns
    -------
    h, c, pool
        ``(T + 1, lanes, units)`` each: before the first step and after every one. The pool of a
        mean is the sum so far; an empty pool is 0, or minus infinity for a maximum.
    """
    length, lanes = x.shape[:2]
    units = len(recurrent)
    h = np.zeros((length + 1, lanes, units), np.float32)
    c = np.zeros((length + 1, lanes, units), np.float32)
    pool = np.zeros((length + 1, lanes, units), np.float32)
    if how == _MAX:
        pool[0] = -np.inf
    product = np.empty((lanes, 4 * units), np.float32)
    made = np.empty(4 * units, np.float32)
    for t in range(length):
        _multiply(h[t], recurrent, product)
        for lane in range(lanes):
            z = product[lane]
            z += x[t, lane]
            old, new, state = c[t, lane], c[t + 1, lane], h[t + 1, lane]
            (zi, zf, zg, zo), (i, f, g, o) = _gates(z), _gates(made)
            for j in range(units):
                i[j], f[j] = _sigmoid(zi[j]), _sigmoid(zf[j])
                g[j], o[j] = _tanh(zg[j]), _sigmoid(zo[j])
                cell = f[j] * old[j] + i[j] * g[j]
                new[j] = cell
                state[j] = o[j] * _tanh(cell)
            x[t, lane] = made
            pool[t + 1, lane] = pool[t, lane]
            _add_to_pool(pool[t + 1, lane], state, how)
    return h, c, pool


@_kernel("void(f4[:,:,::1], f4[:,:,::1], f4[:,:,::1], f4[:,::1], f4[:,::1], f4[:,::1], i8)")
def backward(
    gates: FloatArray,
    h: FloatArray,
    c: FloatArray,
    pooled: FloatArray,
    recurrent: FloatArray,
    of_pooled: FloatArray,
    how: int,
) -> None:
    """Turn the gates into the gradient with respect to ``x``: backpropagation through time.

    Parameters
    ----------
    gates, h, c
        As :func:`forward` left them; ``gates`` are overwritten.
    pooled
        ``(lanes, units)``, the last of its pools.
    recurrent
        ``(units, 4 * units)``.
    of_pooled
        ``(lanes, units)``, gradient with respect to ``pooled`` (for a mean, to the sum). Equal
        maxima share it, as in TensorFlow.
    how
        One of :data:`POOLS`.
    """
    length, lanes = gates.shape[:2]
    units = len(recurrent)
    transposed = np.ascontiguousarray(recurrent.T)
    share = of_pooled
    if how == _MAX:
        ties = np.zeros((lanes, units), np.float32)
        for t in range(1, length + 1):
            ties += h[t] == pooled
        share = of_pooled / ties
    dh, dc = np.zeros((lanes, units), np.float32), np.zeros((lanes, units), np.float32)
    made = np.empty(4 * units, np.float32)
    for t in range(length - 1, -1, -1):
        for lane in range(lanes):
            z, old, new = gates[t, lane], c[t, lane], c[t + 1, lane]
            of_h, of_c, part = dh[lane], dc[lane], share[lane]
            if how == _MAX:
                for j in range(units):
                    of_h[j] += part[j] if h[t + 1, lane, j] == pooled[lane, j] else _f32(0)
            elif how != _LAST or t == length - 1:
                for j in range(units):
                    of_h[j] += part[j]
            for j in range(units):
                i, f = z[j], z[units + j]
                g, o = z[2 * units + j], z[3 * units + j]
                tanh_c = _tanh(new[j])
                of_cell = of_c[j] + of_h[j] * o * (_f32(1) - tanh_c * tanh_c)
                made[j] = of_cell * g * i * (_f32(1) - i)
                made[units + j] = of_cell * old[j] * f * (_f32(1) - f)
                made[2 * units + j] = of_cell * i * (_f32(1) - g * g)
                made[3 * units + j] = of_h[j] * tanh_c * o * (_f32(1) - o)
                of_c[j] = of_cell * f
            z[:] = made
        _multiply(gates[t], transposed, dh)


@_kernel(
    "f4[:,::1](f4[:,::1], f4[:,::1], i8[::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[:,:,::1], i8)"
)
def from_each(
    x: FloatArray,
    recurrent: FloatArray,
    first: IntArray,
    h: FloatArray,
    c: FloatArray,
    pool: FloatArray,
    changes: FloatArray,
    how: int,
) -> FloatArray:
    """Run lanes over the same inputs, each from its own first step to the last one.

    Parameters
    ----------
    x
        ``(T, 4 * units)``, the same for every lane except for its ``changes``.
    recurrent
        ``(units, 4 * units)``.
    first
        ``(lanes,)``, in ascending order: the first step of each lane. It may lie outside of ``0 ..
        T - 1``, as may the changed steps.
    h, c, pool
        ``(T + 1, units)``: the states before each step, and after the last one.
    changes
        ``(lanes, width, 4 * units)``, to be added to ``x`` from step ``first`` on.
    how
        One of :data:`POOLS`.

    Returns
    -------
    np.ndarray
        ``(lanes, units)``, pools after the last step; for a mean, sums.
    """
    length, units = len(x), len(recurrent)
    lanes, width = changes.shape[:2]
    pools = np.empty((lanes, units), np.float32)
    lane_h = np.empty((_TILE, units), np.float32)
    lane_c = np.empty((_TILE, units), np.float32)
    product = np.empty((_TILE, 4 * units), np.float32)
    for start in range(0, lanes, _TILE):
        stop = min(start + _TILE, lanes)
        begun = start
        for t in range(max(first[start], 0), length):
            while begun < stop and first[begun] <= t:
                lane_h[begun - start] = h[t]
                lane_c[begun - start] = c[t]
                pools[begun] = pool[t]
                begun += 1
            now = begun - start
            _multiply(lane_h[:now], recurrent, product[:now])
            for lane in range(now):
                z, cells, states = product[lane], lane_c[lane], lane_h[lane]
                place = t - first[start + lane]
                if place < width:
                    for j in range(4 * units):
                        z[j] += changes[start + lane, place, j]
                (zi, zf, zg, zo), (xi, xf, xg, xo) = _gates(z), _gates(x[t])
                for j in range(units):
                    kept = _sigmoid(zf[j] + xf[j]) * cells[j]
                    cell = kept + _sigmoid(zi[j] + xi[j]) * _tanh(zg[j] + xg[j])
                    cells[j] = cell
                    states[j] = _sigmoid(zo[j] + xo[j]) * _tanh(cell)
                _add_to_pool(pools[start + lane], states, how)
        pools[begun:stop] = pool[length]
    return pools
