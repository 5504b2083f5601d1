"""Class scores from the input of a single last layer, without calling TensorFlow."""

from __future__ import annotations

import numpy as np

from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = ["DenseHead", "dense_head", "values"]

_OF_ONE_SCORE = ("log_odds", "logit")  # the probability follows from the score


def values(variable: keras.Variable) -> np.ndarray:
    """Return the value of a Keras variable, not copied."""
    held = variable.value
    if isinstance(held, tf.distribute.DistributedValues):
        return np.asarray(held.value())
    # The operation itself takes a third less time than the method of the variable.
    return np.asarray(tf.raw_ops.ReadVariableOp(resource=held.handle, dtype=held.dtype))


def dense_head(score: KerasModel, head: tuple) -> DenseHead | None:
    """Return the current last layer of a :class:`Chain`; ``None`` if there are several."""
    last = head[-1]
    if score.kind not in _OF_ONE_SCORE or len(head) > 1 or type(last) is not layers.Dense:
        return None
    return DenseHead(score, last) if isinstance(last.kernel, keras.Variable) else None


class DenseHead:
    """Scores and probabilities; see :func:`dense_head`.

    Attributes
    ----------
    gradient
        ``(features,)`` of the class score, which is linear in the vectors.
    """

    def __init__(self, score: KerasModel, last: layers.Dense):
        kernel = values(last.kernel)
        self._score = score
        self.gradient = kernel @ score.score_of_logits(np.eye(kernel.shape[1], dtype=np.float32))
        self._kernel = kernel
        self._bias = values(last.bias) if last.use_bias else np.float32(0)

    def __call__(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Class scores and probabilities ``(n,)`` of ``vectors`` ``(n, features)``."""
        scores = self._score.score_of_logits(vectors @ self._kernel + self._bias)
        return scores, self._score.to_probability(scores).astype(np.float32)
