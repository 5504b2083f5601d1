"""Matrix products in one thread, with any BLAS behind NumPy.

OpenBLAS uses several threads for products above a certain size. For the products of one sequence
this gains little, and on a busy machine it stalls, because the calling thread waits for threads
that are not running. Products are therefore split into parts below that size.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from demo_widgets.models.model_facts import FloatArray

__all__ = ["ONE_THREAD", "product"]

ONE_THREAD = 2**18
"""Multiplications of the largest product that OpenBLAS computes in one thread."""

_WIDE, _NARROW = 64, 8  # maximum and minimum rows or columns of a part


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return ``a @ b`` of matrices, in parts if it would be too large for one thread.

    If the matrices do not divide into useful parts, BLAS computes the product.
    """
    rows, inner = a.shape
    columns = b.shape[1]
    tile = ONE_THREAD // (inner * columns)
    if rows <= tile:
        return a @ b
    if tile >= _NARROW:
        out = np.empty((rows, columns), np.float32)
        whole = rows - rows % tile
        tiles = out[:whole].reshape(-1, tile, columns)
        np.matmul(a[:whole].reshape(-1, tile, inner), b, out=tiles)
        np.matmul(a[whole:], b, out=out[whole:])
        return out
    wide = _divisor(columns, _WIDE)
    deep = _divisor(inner, ONE_THREAD // (rows * wide))
    if min(wide, deep) < _NARROW:
        return a @ b
    left = a.reshape(rows, -1, deep).transpose(1, 0, 2)[:, None]
    right = b.reshape(-1, deep, columns // wide, wide).transpose(0, 2, 1, 3)
    parts = np.matmul(left, right)
    parts = parts[0] if len(parts) == 1 else np.add.reduce(parts)
    return parts.transpose(1, 0, 2).reshape(rows, columns)


@lru_cache(maxsize=256)
def _divisor(number: int, most: int) -> int:
    """Return the largest divisor of ``number`` up to ``most``; 0 if ``most`` is 0."""
    return next((d for d in range(min(number, most), 0, -1) if number % d == 0), 0)
