"""Exact gradient of the class score of few sequences, mostly without TensorFlow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import ModuleType

import numpy as np

from demo_widgets.interpret.exact.convolution_gradient import (
    forward,
    knows,
    multiplications,
    pooled,
)
from demo_widgets.interpret.exact.dense_head import DenseHead, dense_head
from demo_widgets.interpret.exact.kernel_warmup import ready_kernels
from demo_widgets.interpret.exact.lstm_layer import LstmWeights
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["FastGradient", "fast_gradient"]

_FEW = 64  # sequences: with more, TensorFlow's threads are faster
_POSITIONS = 1_000  # of one batch with an LSTM: fits in the processor's cache
_SMALL = 2**24  # multiplications: with more, several threads are faster


def fast_gradient(score: KerasModel, n: int, length: int) -> FastGradient | None:
    """Return the shortcut for ``n`` sequences; ``None`` if there is none or it is not faster.

    Also ``None`` for a recurrent model while its kernels are being compiled.
    """
    if not 1 <= n <= _FEW:
        return None
    chain = score.chain
    if chain is None or not chain.windows_are_known:
        return None
    at_once = min(n, _batch(length)) if chain.lstms else n
    small = _is_small(chain, at_once, length)
    if chain.lstms:
        kernels = ready_kernels()
        return None if kernels is None else _Recurrent(score, chain, kernels, small)
    head = dense_head(score, chain.head) if small else None
    return _Convolutional(score, chain, head) if head is not None else None


def _batch(length: int) -> int:
    """Number of sequences per batch with an LSTM."""
    return max(1, _POSITIONS // length)


def _is_small(chain: Chain, n: int, length: int) -> bool:
    """Whether the layers before the pool are supported, and faster in one thread."""
    if not all(map(knows, chain.before)):
        return False
    each = multiplications(chain.before, length)
    return each is not None and n * each <= _SMALL


class FastGradient(ABC):
    """Gradients, scores and probabilities; see :func:`fast_gradient`."""

    def __init__(self, score: KerasModel, chain: Chain):
        self.score = score
        self.chain = chain

    @abstractmethod
    def __call__(self, X: FloatArray, batch_size: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Gradient ``(n, L, 4)`` of the class score at ``X``, scores and probabilities ``(n,)``."""


class _Convolutional(FastGradient):
    """Convolutions, then the maximum or mean over positions, then classes."""

    def __init__(self, score: KerasModel, chain: Chain, head: DenseHead):
        super().__init__(score, chain)
        self.head = head

    def __call__(self, X: FloatArray, batch_size: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        self.score.check_length(X.shape[1])
        parts = [self._batch(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        gradient, scores, predictions = map(np.concatenate, zip(*parts, strict=True))
        return gradient, scores, predictions

    def _batch(self, X: FloatArray) -> tuple[FloatArray, ...]:
        y, back = forward(self.score, self.chain.before, np.asarray(X, np.float32))
        vectors, back_from_pool = pooled(y, self.chain.pool)
        of_vectors = np.broadcast_to(self.head.gradient, vectors.shape)
        return back(back_from_pool(of_vectors)), *self.head(vectors)


class _Recurrent(FastGradient):
    """Convolutions or nothing, then an LSTM, one direction or two."""

    def __init__(self, score: KerasModel, chain: Chain, kernels: ModuleType, small: bool):
        super().__init__(score, chain)
        self.kernels = kernels
        self.small = small

    def __call__(self, X: FloatArray, batch_size: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        n, length = X.shape[:2]
        self.score.check_length(length)
        size = min(batch_size, _batch(length))
        weights = [LstmWeights.of(self.score, lstm) for lstm in self.chain.lstms]
        parts = [self._batch(X[i : i + size], weights) for i in range(0, n, size)]
        gradient, scores, predictions = map(np.concatenate, zip(*parts, strict=True))
        return gradient, scores, predictions

    def _batch(self, X: FloatArray, weights: list[LstmWeights]) -> tuple[FloatArray, ...]:
        features, back = self._features(np.asarray(X, np.float32))
        how = self.kernels.POOLS[self.chain.pool]
        runs: list[tuple[LstmWeights, FloatArray, FloatArray, FloatArray, FloatArray]] = []
        for lstm in weights:
            gates = lstm.inputs(features)
            h, c, pools = self.kernels.forward(gates, lstm.recurrent, how)
            runs.append((lstm, gates, h, c, pools[-1]))
        steps = features.shape[1] if self.chain.pool == "mean" else 1
        vectors = np.concatenate([pooled for *_, pooled in runs], axis=1)
        vectors /= np.float32(steps)
        of_vectors, scores, probabilities = self._of_head(vectors)
        of_pools = np.split(np.asarray(of_vectors) / np.float32(steps), len(weights), axis=1)
        of_features = np.zeros_like(features)
        for (lstm, gates, h, c, pools), of_pool in zip(runs, of_pools, strict=True):
            of_pool = np.ascontiguousarray(of_pool)
            self.kernels.backward(gates, h, c, pools, lstm.recurrent, of_pool, how)
            of_features += lstm.back(gates)
        return back(of_features), scores, probabilities

    def _features(self, X: FloatArray) -> tuple[FloatArray, Callable[[FloatArray], FloatArray]]:
        """Return the LSTM's input, and the function from its gradient to that of ``X``."""
        if self.small:
            return forward(self.score, self.chain.before, X)
        x, spec = tf.constant(X), self.score.input_spec(X.shape[1])
        features = self.score.compiled("gradient_features", self._before, spec)(x).numpy()
        of_features = tf.TensorSpec((None, None, features.shape[2]), tf.float32)
        back = self.score.compiled("gradient_back", self._back, spec, of_features)
        return features, lambda gradient: back(x, tf.constant(gradient)).numpy()

    def _before(self, x: tf.Tensor) -> tf.Tensor:
        for layer in self.chain.before:
            x = layer(x, training=False)
        return x

    def _back(self, x: tf.Tensor, of_features: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            features = self._before(x)
        return tape.gradient(features, x, output_gradients=of_features)

    def _of_head(self, vectors: FloatArray) -> tuple[FloatArray, ...]:
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
