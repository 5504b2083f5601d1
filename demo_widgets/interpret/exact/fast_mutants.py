"""Exact class scores of mutants, computing only what a single change alters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from demo_widgets.interpret.exact.changed_windows import ChangedWindows, Windows
from demo_widgets.interpret.exact.dense_head import dense_head
from demo_widgets.interpret.exact.kernel_warmup import ready_kernels
from demo_widgets.interpret.exact.lstm_layer import LstmWeights
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["FastMutants", "fast_mutants"]

_INTEGERS = tf.TensorSpec((None,), tf.int32)


def fast_mutants(score: KerasModel, length: int) -> FastMutants | None:
    """Return the shortcut for sequences of ``length``; ``None`` if the model has none.

    Also ``None`` for a recurrent model while its kernels are being compiled.
    """
    chain = score.chain
    if chain is None or not chain.windows_are_known:
        return None
    if ChangedWindows(chain.before).length(length) < 1:
        return None
    score.check_length(length)
    if not chain.lstms:
        return _Pooled(score, chain, length)
    kernels = ready_kernels()
    return None if kernels is None else _Recurrent(score, chain, length, kernels)


class FastMutants(ABC):
    """Scores mutants of sequences of one length; see :func:`fast_mutants`."""

    def __init__(self, score: KerasModel, chain: Chain, length: int):
        self.score = score
        self.chain = chain
        self.windows = ChangedWindows(chain.before)
        self.starts = self.windows.starts(length)
        self.length = length

    def batches(self, substitutions: IntArray, size: int) -> Iterator[tuple[int, int]]:
        """Split ``(mutants, 3)`` rows of sequence, position and base into batches.

        At most ``size`` mutants each.
        """
        total = len(substitutions)
        return ((start, min(start + size, total)) for start in range(0, total, size))

    @abstractmethod
    def __call__(
        self, X: FloatArray, sequence: IntArray, position: IntArray, base: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Score the mutants of one batch.

        Parameters
        ----------
        X
            The unchanged sequences, one-hot ``(n, L, 4)``.
        sequence, position, base
            ``(mutants,)``: the substitution of each mutant.

        Returns
        -------
        effects
            ``(mutants,)`` class score minus that of the unchanged sequence.
        scores, probabilities
            ``(n,)`` of the unchanged sequences.
        """

    def _signature(self) -> tuple[tf.TensorSpec, ...]:
        starts = tf.TensorSpec((len(self.starts), None), tf.int32)
        return self.score.input_spec(self.length), starts, *[_INTEGERS] * 3

    def _head(self, pooled: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = self.score.head_logits(self.chain.head, pooled)
        return self.score.score_of_logits(z), self.score.probability_of_logits(z)


class _Pooled(FastMutants):
    """Convolutions, then the maximum or mean over positions."""

    def __call__(
        self, X: FloatArray, sequence: IntArray, position: IntArray, base: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        run = self.score.compiled("mutants", self._run, *self._signature())
        effects, scores, probabilities = run(
            tf.constant(X), tf.constant(self.starts), *_int32(sequence, position, base)
        )
        return effects.numpy(), scores.numpy(), probabilities.numpy()

    def _run(self, x: tf.Tensor, *mutants: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        windows = self.windows(x, *mutants)
        if self.chain.pool == "max":
            reference = tf.reduce_max(windows.reference, axis=1)
            pooled = _maximum(windows)
        else:
            reference = tf.reduce_mean(windows.reference, axis=1)
            change = tf.reduce_sum(windows.change(windows.start, windows.width), axis=1)
            length = tf.cast(tf.shape(windows.reference)[1], tf.float32)
            pooled = tf.gather(reference, windows.sequence) + change / length
        scores, probabilities = self._head(reference)
        effects = self._head(pooled)[0] - tf.gather(scores, windows.sequence)
        return effects, scores, probabilities


def _maximum(windows: Windows) -> tf.Tensor:
    """Return the maximum over the window and both sides, ``(mutants, channels)``."""
    lowest = windows.values.dtype.min
    inside = tf.where(windows.inside(), windows.values, lowest)
    reference = tf.pad(windows.reference, ((0, 0), (1, 1), (0, 0)), constant_values=lowest)
    length = tf.shape(windows.reference)[1]
    left, right = _running_maximum(reference), _running_maximum(reference[:, ::-1])[:, ::-1]

    def at(values: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
        where = tf.clip_by_value(where, 0, length + 1)
        flat = tf.reshape(values, (-1, values.shape[2]))
        return tf.gather(flat, windows.sequence * (length + 2) + where)

    sides = tf.maximum(at(left, windows.start), at(right, windows.start + windows.width + 1))
    return tf.maximum(tf.reduce_max(inside, axis=1), sides)


def _running_maximum(values: tf.Tensor) -> tf.Tensor:
    """Return the running maximum over positions, ``(n, length, channels)``."""
    length = tf.shape(values)[1]

    def double(reach: tf.Tensor, values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        later = values[:, reach:]
        earlier = values[:, : length - reach]
        return 2 * reach, tf.concat([values[:, :reach], tf.maximum(later, earlier)], axis=1)

    return tf.while_loop(
        lambda reach, _: reach < length,
        double,
        (1, values),
        shape_invariants=(tf.TensorShape(()), tf.TensorShape((None, None, values.shape[2]))),
    )[1]


class _Recurrent(FastMutants):
    """Convolutions or nothing, then an LSTM, one direction or two.

    Until its change is read, a mutant's states equal those of the unchanged sequence. Every mutant
    therefore starts at its change: the forward LSTM from the states before it, the backward LSTM
    from the states after it.
    """

    def __init__(self, score: KerasModel, chain: Chain, length: int, kernels: ModuleType):
        super().__init__(score, chain, length)
        self.kernels = kernels
        self.weights = [LstmWeights.of(score, lstm) for lstm in chain.lstms]

    def batches(self, substitutions: IntArray, size: int) -> Iterator[tuple[int, int]]:
        """Mutants of one sequence at a time: they share its states."""
        first = np.flatnonzero(np.diff(substitutions[:, 0], prepend=-1))
        for start, stop in zip(first, [*first[1:], len(substitutions)], strict=True):
            yield from ((at, min(at + size, stop)) for at in range(start, stop, size))

    def __call__(
        self, X: FloatArray, sequence: IntArray, position: IntArray, base: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        if self.chain.before:
            prepare = self.score.compiled("mutants", self._prepare, *self._signature())
            reference, difference = map(
                np.asarray,
                prepare(
                    tf.constant(X), tf.constant(self.starts), *_int32(sequence, position, base)
                ),
            )
        else:
            reference = X
            difference = (np.eye(4, dtype=np.float32)[base] - X[sequence, position])[:, None]
        start = self.starts[-1][position].astype(np.int64)
        pooled = np.concatenate(
            [self._pooled(lstm, reference, difference, start) for lstm in self.weights], axis=1
        )
        head: Callable[[FloatArray], Any] | None = dense_head(self.score, self.chain.head)
        if head is None:
            vectors = tf.TensorSpec((None, pooled.shape[1]), tf.float32)
            head = self.score.compiled("pooled_head", self._head, vectors)
        scores, probabilities = map(np.asarray, head(pooled))
        return scores[1:] - scores[0], scores[:1], probabilities[:1]

    def _prepare(self, x: tf.Tensor, *mutants: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        windows = self.windows(x, *mutants)
        # Positions beyond the sequence are undefined, for example minus infinity of a pool.
        return windows.reference, tf.where(windows.inside(), windows.difference(), 0.0)

    def _pooled(
        self, lstm: LstmWeights, reference: FloatArray, difference: FloatArray, start: IntArray
    ) -> FloatArray:
        """Return pooled states ``(1 + mutants, units)`` of the sequence and every mutant."""
        how = self.kernels.POOLS[self.chain.pool]
        x = lstm.inputs(reference)
        length, width = len(x), self.windows.width
        states = [one[:, 0] for one in self.kernels.forward(x.copy(), lstm.recurrent, how)]
        first = length - width - start if lstm.backwards else start
        order = np.argsort(first, kind="stable")
        changes = lstm.projected(lstm.in_reading_order(difference[order]))
        pools = np.empty((1 + len(start), lstm.units), np.float32)
        pools[0] = states[-1][-1]
        pools[1 + order] = self.kernels.from_each(
            x[:, 0], lstm.recurrent, first[order], *states, changes, how
        )
        return pools / np.float32(length) if self.chain.pool == "mean" else pools


def _int32(*arrays: IntArray) -> list[tf.Tensor]:
    return [tf.constant(array, tf.int32) for array in arrays]
