"""Exact temporal output scores of a network with one LSTM layer, without TensorFlow's loops.

To read every suffix of a sequence, an LSTM restarts at each position; to read every prefix from its
end, the LSTM of the other direction does. In reading order both are the same: one lane per start,
and at each step all started lanes read the same position. The first lane also yields every prefix,
or suffix.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from demo_widgets.interpret.exact.kernel_warmup import ready_kernels
from demo_widgets.interpret.exact.lstm_layer import LstmWeights
from demo_widgets.interpret.progress import Progress
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["FastPrefixes", "fast_prefixes"]

_FEW = 64  # sequences: with more, TensorFlow's threads are faster
_SHORT = 1_000  # steps: longer sequences are computed in pieces, to report progress


def fast_prefixes(score: KerasModel, n: int, steps: int) -> FastPrefixes | None:
    """Return the shortcut for ``n`` sequences; ``None`` if there is none or it is not faster.

    Also ``None`` while the kernels are being compiled.
    """
    if n > _FEW or steps > _SHORT:
        return None
    chain = score.chain
    if chain is None or not chain.windows_are_known or not chain.lstms:
        return None
    kernels = ready_kernels()
    return None if kernels is None else FastPrefixes(score, chain, kernels)


class FastPrefixes:
    """Class scores and probabilities of all prefixes and suffixes; see :func:`fast_prefixes`."""

    def __init__(self, score: KerasModel, chain: Chain, kernels: ModuleType):
        self.score = score
        self.chain = chain
        self.kernels = kernels
        self.weights = [LstmWeights.of(score, lstm) for lstm in chain.lstms]

    def __call__(self, X: FloatArray, report: Progress) -> tuple[FloatArray, FloatArray]:
        """Return scores and probabilities, ``(2, n, steps)`` each, of prefixes, then of suffixes.

        ``report`` is called with (sequence steps done, total) before each sequence and at the end.
        """
        features = self._features(X)
        n, steps = features.shape[:2]
        sequences = []
        for i in range(n):
            report(i * steps, n * steps)
            sequences.append(self._vectors(features[i : i + 1]))
        vectors = np.stack(sequences, axis=1)
        flat = vectors.reshape(-1, vectors.shape[-1])
        head = self.score.compiled(
            "prefix_head", self._head, tf.TensorSpec((None, flat.shape[1]), tf.float32)
        )
        answers = tuple(v.numpy().reshape(vectors.shape[:3]) for v in head(tf.constant(flat)))
        report(n * steps, n * steps)
        return answers

    def _features(self, X: FloatArray) -> FloatArray:
        """Return the LSTM's input, ``(n, steps, channels)``."""
        if not self.chain.before:
            return X
        spec = self.score.input_spec(X.shape[1])
        return self.score.compiled("prefix_features", self._before, spec)(tf.constant(X)).numpy()

    def _before(self, x: tf.Tensor) -> tf.Tensor:
        for layer in self.chain.before:
            x = layer(x, training=False)
        return x

    def _vectors(self, features: FloatArray) -> FloatArray:
        """Return the pooled states of a sequence's prefixes and suffixes, ``(2, steps, width)``."""
        prefixes, suffixes = [], []
        for lstm in self.weights:
            passed, ended = self._pools(lstm.inputs(features), lstm.recurrent)
            prefixes.append(ended[::-1] if lstm.backwards else passed)
            suffixes.append(passed[::-1] if lstm.backwards else ended)
        return np.stack([np.concatenate(ways, axis=1) for ways in (prefixes, suffixes)])

    def _pools(self, x: FloatArray, recurrent: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return pooled states from the first step to each step, and from each step to the last.

        Parameters
        ----------
        x
            ``(steps, 1, 4 * units)``, in reading order.
        recurrent
            ``(units, 4 * units)``.
        """
        how = self.kernels.POOLS[self.chain.pool]
        steps, units = len(x), len(recurrent)
        *_, passed = self.kernels.forward(x.copy(), recurrent, how)
        nothing_read = np.zeros((steps + 1, units), np.float32)
        empty_pool = np.broadcast_to(passed[0], nothing_read.shape).copy()
        unchanged = np.empty((steps, 0, 4 * units), np.float32)
        first = np.arange(steps)
        ended = self.kernels.from_each(
            x[:, 0], recurrent, first, nothing_read, nothing_read, empty_pool, unchanged, how
        )
        passed = passed[1:, 0]
        if self.chain.pool == "mean":
            count = np.arange(1, steps + 1, dtype=np.float32)[:, None]
            passed, ended = passed / count, ended / count[::-1]
        return passed, ended

    def _head(self, pooled: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = self.score.head_logits(self.chain.head, pooled)
        return self.score.score_of_logits(z), self.score.probability_of_logits(z)
