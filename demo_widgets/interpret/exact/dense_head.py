"""Class scores from the input of a single last layer, without calling TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import keras, layers

__all__ = ["DenseHead", "dense_head"]

_OF_ONE_SCORE = ("log_odds", "logit")  # the probability follows from the score


def dense_head(score: KerasModel, head: Sequence[keras.Layer]) -> DenseHead | None:
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
        kernel = score.value_of(last.kernel)
        self._score = score
        self.gradient = kernel @ score.score_of_logits(np.eye(kernel.shape[1], dtype=np.float32))
        self._kernel = kernel
        self._bias = score.value_of(last.bias) if last.use_bias else np.float32(0)

    def __call__(self, vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Class scores and probabilities ``(n,)`` of ``vectors`` ``(n, features)``."""
        scores = self._score.score_of_logits(vectors @ self._kernel + self._bias)
        return scores, self._score.to_probability(scores).astype(np.float32)
