"""Fast detection of changed weights of a Keras model."""

from __future__ import annotations

import numpy as np

from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = ["WeightWatch", "value_of"]

_COPIED = 2**20  # maximum size of an array that is copied for comparison


def value_of(variable: keras.Variable) -> np.ndarray:
    """Return the value of a Keras variable, not copied."""
    held = variable.value
    if isinstance(held, tf.distribute.DistributedValues):
        return np.asarray(held.value())
    # The operation itself is a third faster than the method of the variable.
    return np.asarray(tf.raw_ops.ReadVariableOp(resource=held.handle, dtype=held.dtype))


class WeightWatch:
    """The weights of ``model`` at the last check.

    Arrays of up to a million numbers are compared bit by bit with a copy; larger ones by a random
    weighted sum.
    """

    def __init__(self, model: keras.Model) -> None:
        self._variables = [one for one in model.weights if hasattr(one.value, "handle")]
        self._seen = [_kept(value_of(one)) for one in self._variables]

    def has_changed(self) -> bool:
        """Whether the weights have changed since the last call."""
        changed = False
        for i, variable in enumerate(self._variables):
            value = value_of(variable)
            if not _same(value, self._seen[i]):
                self._seen[i] = _kept(value)
                changed = True
        return changed


def _kept(value: np.ndarray) -> np.ndarray:
    return _bits(value).copy() if value.size <= _COPIED else _weighted_sum(value)


def _same(value: np.ndarray, kept: np.ndarray) -> bool:
    now = _bits(value) if value.size <= _COPIED else _weighted_sum(value)
    return now.shape == kept.shape and bool((now == kept).all())


def _bits(value: np.ndarray) -> np.ndarray:
    """Return the values as integers, so that NaN equals itself."""
    flat = np.ascontiguousarray(value).ravel()
    return flat.view(f"u{flat.itemsize}") if flat.dtype.kind in "fiub" else flat


def _weighted_sum(value: np.ndarray) -> np.ndarray:
    flat = np.ascontiguousarray(value).ravel()
    factors = np.random.default_rng(0).random(4_099, np.float32)
    rows = flat[: flat.size // 4_099 * 4_099].reshape(-1, 4_099)
    sums = rows @ factors
    order = np.arange(1, len(sums) + 1, dtype=np.float64)
    return np.array([sums @ order, sums.sum(), flat[len(rows) * 4_099 :].sum()]).view(np.uint64)
