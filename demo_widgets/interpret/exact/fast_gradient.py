"""Gradient of the class score of a few sequences, with little of it left to TensorFlow; exact."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from demo_widgets.interpret.exact.convolution_gradient import (
    forward,
    knows,
    multiplications,
    pooled,
)
from demo_widgets.interpret.exact.dense_head import DenseHead, dense_head
from demo_widgets.interpret.exact.lstm_gradient import PooledStates
from demo_widgets.interpret.exact.lstm_steps import LANES, project, reading_order, recurrent_weights
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["FastGradient", "fast_gradient"]

_FEW = 64  # sequences: with more, TensorFlow's loop has enough to do at each step
_POSITIONS = 10_000  # of one batch: its states stay in the processor's cache
_SMALL = 2**24  # multiplications: with more, convolutions are worth several threads


def fast_gradient(score: KerasModel, n: int, length: int) -> FastGradient | None:
    """Return the short cut for ``n`` sequences; ``None`` where there is none, or no gain."""
    if not 1 <= n <= _FEW:
        return None
    chain = score.chain
    if chain is None or not chain.windows_are_known:
        return None
    if chain.lstms:
        return _Recurrent(score, chain) if chain.pool != "max" else None
    each = multiplications(chain.before, length) if all(map(knows, chain.before)) else None
    if each is None or n * each > _SMALL:
        return None
    head = dense_head(score, chain.head)
    return _Convolutional(score, chain, head) if head is not None else None


class FastGradient(ABC):
    """Gradients, scores and probabilities; see :func:`fast_gradient`."""

    def __init__(self, score: KerasModel, chain: Chain):
        self.score = score
        self.chain = chain

    @abstractmethod
    def __call__(self, X: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradient ``(n, L, 4)`` of the class score at ``X``, scores and probabilities ``(n,)``."""


class _Convolutional(FastGradient):
    """Convolutions, then the maximum or mean over positions, then classes."""

    def __init__(self, score: KerasModel, chain: Chain, head: DenseHead):
        super().__init__(score, chain)
        self.head = head

    def __call__(self, X, batch_size):
        self.score.check_length(X.shape[1])
        parts = [self._batch(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def _batch(self, X: np.ndarray) -> tuple[np.ndarray, ...]:
        y, back = forward(self.chain.before, np.asarray(X, np.float32))
        vectors, back_from_pool = pooled(y, self.chain.pool)
        of_vectors = np.broadcast_to(self.head.gradient, vectors.shape)
        return back(back_from_pool(of_vectors)), *self.head(vectors)


class _Recurrent(FastGradient):
    """Convolutions or nothing, then an LSTM, one direction or two."""

    def __call__(self, X, batch_size):
        n, length = X.shape[:2]
        self.score.check_length(length)
        size = max(1, min(batch_size, _POSITIONS // length))
        weights = recurrent_weights(self.chain.lstms)
        parts = [self._batch(X[i : i + size], weights) for i in range(0, n, size)]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def _batch(self, X: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
        n = len(X)
        blocks = -(-n // LANES)
        lanes = -(-n // blocks)
        filled = np.zeros((blocks * lanes, *X.shape[1:]), np.float32)
        filled[:n] = X
        x, count = tf.constant(filled), tf.constant(lanes)
        spec = self.score.input_spec(X.shape[1]), tf.TensorSpec((), tf.int32)
        directions, _, gates, _ = weights.shape
        inputs = self.score.compiled("gradient_inputs", self._inputs, *spec)(x, count).numpy()
        states = PooledStates(weights, inputs, self.chain.pool)
        of_pooled, scores, probabilities = self._of_head(states.pooled)
        blocked = tf.TensorSpec((directions, None, None, gates, None), tf.float32)
        back = self.score.compiled("gradient_back", self._back, *spec, blocked)
        gradient = back(x, count, tf.constant(states.gradient(of_pooled))).numpy()
        return gradient[:n], scores[:n], probabilities[:n]

    def _inputs(self, x: tf.Tensor, lanes: tf.Tensor) -> tf.Tensor:
        """What the input gives to the gates, ``(directions, T, blocks, 4 * units, lanes)``."""
        for layer in self.chain.before:
            x = layer(x, training=False)
        blocks = tf.shape(x)[0] // lanes
        parts = []
        for features, lstm in zip(
            reading_order(x, self.chain.lstms), self.chain.lstms, strict=True
        ):
            shape = (blocks, lanes, tf.shape(features)[1], features.shape[2])
            by_time = tf.transpose(tf.reshape(features, shape), (2, 0, 1, 3))
            parts.append(tf.linalg.matrix_transpose(project(by_time, lstm)))
        return tf.stack(parts)

    def _back(self, x: tf.Tensor, lanes: tf.Tensor, of_inputs: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            inputs = self._inputs(x, lanes)
        return tape.gradient(inputs, x, output_gradients=of_inputs)

    def _of_head(self, vectors: np.ndarray) -> tuple[np.ndarray, ...]:
        head = dense_head(self.score, self.chain.head)
        if head is not None:
            return np.broadcast_to(head.gradient, vectors.shape), *head(vectors)
        spec = tf.TensorSpec((None, vectors.shape[1]), tf.float32)
        run = self.score.compiled("gradient_head", self._head, spec)
        return tuple(np.asarray(value) for value in run(tf.constant(vectors)))

    def _head(self, pooled: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pooled)
            z = self.score.head_logits(self.chain.head, pooled)
            s = self.score.score_of_logits(z)
        return tape.gradient(s, pooled), s, self.score.probability_of_logits(z)
