"""Temporal output scores of a network around one LSTM layer, without TensorFlow's loops; exact.

To read every suffix of a sequence, an LSTM starts anew at each position; to read every prefix
from its end, the LSTM of the other direction does. In the order in which an LSTM reads, both
are the same: a lane for each start, and at each step all lanes that have started read the
same position. The lane that starts first also passes every prefix, or suffix, on its way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_widgets.interpret.exact.lstm_steps import (
    States,
    project,
    reading_order,
    recurrent_weights,
)
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["FastPrefixes", "fast_prefixes"]

_FEW = 2  # sequences: with more, TensorFlow's loop has enough to do at each step
_SHORT = 1_000  # steps: longer ones are cut into pieces that tell of progress


def fast_prefixes(score: KerasModel, n: int, steps: int) -> FastPrefixes | None:
    """Return the short cut for ``n`` sequences; ``None`` where there is none, or no gain."""
    if n > _FEW or steps > _SHORT:
        return None
    chain = score.chain
    known = chain is not None and chain.windows_are_known and bool(chain.lstms)
    return FastPrefixes(score, chain) if known else None


class FastPrefixes:
    """Class scores and probabilities of all prefixes and suffixes; see :func:`fast_prefixes`."""

    def __init__(self, score: KerasModel, chain: Chain):
        self.score = score
        self.chain = chain
        self._weights = recurrent_weights(chain.lstms)

    def __call__(
        self, X: np.ndarray, report: Callable[[int, int], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and probabilities, ``(2, n, steps)`` each: of prefixes, then of suffixes.

        ``report`` is called with (sequence steps done, in all) before each sequence and at the end.
        """
        inputs_of = self.score.compiled(
            "prefix_inputs", self._inputs, self.score.input_spec(X.shape[1])
        )
        inputs = inputs_of(tf.constant(X)).numpy()
        n, steps = inputs.shape[1:3]
        sequences = []
        for i in range(n):
            report(i * steps, n * steps)
            sequences.append(self._vectors(inputs[:, i]))
        vectors = np.stack(sequences, axis=1)
        flat = vectors.reshape(-1, vectors.shape[-1])
        head = self.score.compiled(
            "prefix_head", self._head, tf.TensorSpec((None, flat.shape[1]), tf.float32)
        )
        answers = tuple(v.numpy().reshape(vectors.shape[:3]) for v in head(tf.constant(flat)))
        report(n * steps, n * steps)
        return answers

    def _inputs(self, x: tf.Tensor) -> tf.Tensor:
        """What the input gives to the gates, ``(directions, n, steps, 4 * units)``."""
        for layer in self.chain.before:
            x = layer(x, training=False)
        lstms = self.chain.lstms
        return tf.stack(
            [project(f, one) for f, one in zip(reading_order(x, lstms), lstms, strict=True)]
        )

    def _vectors(self, inputs: np.ndarray) -> np.ndarray:
        """Pooled states of one sequence's prefixes and suffixes, ``(2, steps, width)``."""
        on_the_way, to_the_end = pooled_starts(self._weights, inputs, self.chain.pool)
        prefixes, suffixes = [], []
        for lstm, passed, ended in zip(self.chain.lstms, on_the_way, to_the_end, strict=True):
            prefixes.append(ended[::-1] if lstm.go_backwards else passed)
            suffixes.append(passed[::-1] if lstm.go_backwards else ended)
        return np.stack([np.concatenate(ways, axis=1) for ways in (prefixes, suffixes)])

    def _head(self, pooled: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = self.score.head_logits(self.chain.head, pooled)
        return self.score.score_of_logits(z), self.score.probability_of_logits(z)


def pooled_starts(
    weights: np.ndarray, inputs: np.ndarray, pool: str
) -> tuple[np.ndarray, np.ndarray]:
    """Pooled states of an LSTM that reads from every start to the end.

    Parameters
    ----------
    weights
        Of :func:`demo_widgets.interpret.exact.lstm_steps.recurrent_weights`.
    inputs
        ``(directions, steps, 4 * units)``, in reading order.
    pool
        ``"mean"``, ``"max"`` or ``"last"``.

    Returns
    -------
    on_the_way, to_the_end
        ``(directions, steps, units)``: from the first step up to each step, and from each step
        to the last one.
    """
    directions, count = inputs.shape[:2]
    states = States(weights, count, pool)
    on_the_way = np.empty((directions, count, states.units), np.float32)
    for step in range(count):
        states.step(states.gates(inputs[:, step], step + 1))
        on_the_way[:, step] = states.running[:, 0]
    steps = np.arange(count)
    return states.scaled(on_the_way, steps + 1), states.pooled(count - steps)
