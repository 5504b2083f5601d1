"""Temporal output scores of a chain with one recurrent layer: all prefixes step together."""

from __future__ import annotations

import numpy as np

from demo_widgets.interpret.exact.prefix_states import (
    Pooled,
    Pooling,
    against_advance,
    against_start,
    along,
)
from demo_widgets.interpret.exact.recurrent_cells import Tensors, stepper
from demo_widgets.interpret.progress import Progress
from demo_widgets.models.anatomy.chain import Chain
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["PrefixPasses", "step_together"]

_ROWS = 8_192  # prefixes stepped together: their states fit in the processor's cache
_ROW_STEPS = 2_000_000  # between two checks of ``cancel``: about a second

_MERGES = {
    "concat": lambda a, b: tf.concat([a, b], axis=1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}

Part = dict[str, tf.Tensor]
"""States, pool and projected input of one pass; ``()`` where there is no such reader."""
Against = tuple[Tensors, tf.Tensor] | tuple[()]
"""States and pool of the reader that goes against a pass; ``()`` where there is none."""


def step_together(
    passes: PrefixPasses, X: FloatArray, batch_size: int, count: int, report: Progress
) -> tuple[FloatArray, FloatArray]:
    """Class scores and probabilities ``(2, n, count)`` of all prefixes at once."""
    n, parts = len(X), []
    size = max(1, min(batch_size, _ROWS // count))
    for start in range(0, n, size):
        chunk = X[start : start + size]
        parts.append(passes.run(chunk, count, report, start * count, n * count))
    report(n * count, n * count)
    scores, probabilities = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return scores, probabilities


class PrefixPasses:
    """The forward pass (prefixes) and the backward pass (suffixes) of one model.

    The backward pass is the forward pass over the reversed features: the reader from the right runs
    along the suffixes, and the reader from the left against them.
    """

    def __init__(self, score: KerasModel, structure: Chain):
        self.score = score
        self.structure = structure
        self.pooling = Pooling(structure.pool)
        self.steppers = [stepper(reader.cell) for reader in structure.readers]
        from_left = [reader.from_left for reader in structure.readers]
        # Index of the reader along and of the reader against the prefixes, for each pass.
        self.roles = [
            tuple(from_left.index(way) if way in from_left else None for way in ways)
            for ways in ((True, False), (False, True))
        ]
        two = len(structure.readers) == 2
        position_wise = bool(structure.between) or structure.merge != "concat"
        self.merged_first = two and structure.pool != "last" and position_wise

    def run(
        self, X: FloatArray, count: int, report: Progress, before: int, total: int
    ) -> tuple[FloatArray, FloatArray]:
        """Class scores and probabilities, each ``(2, n, count)``, of ``count`` recurrent steps.

        ``before`` of ``total`` sequence steps are done already.
        """
        n = len(X)
        compiled = self.score.compiled
        prepare = compiled("temporal_prepare", self._prepare, self.score.input_spec(X.shape[1]))
        along_parts, states = prepare(tf.constant(X))
        done: list[list[tf.Tensor]] = [[] for _ in states]
        steps = max(1, _ROW_STEPS // (n * count))
        stops = list(range(0, count, steps)) + [count]
        if any(states):
            advance = compiled(
                "temporal_advance",
                self._advance,
                *tf.nest.map_structure(_any_rows, (along_parts, states)),
                *[tf.TensorSpec((), tf.int32)] * 3,
            )
            for start, stop in zip(stops, stops[1:], strict=False):
                report(before + start * n, total)
                states, ended = advance(along_parts, states, start, stop, n)
                for pieces, piece in zip(done, ended, strict=True):
                    pieces.append(piece)
        against_pools = [
            () if b is None else self.pooling.finish(tf.concat(pieces, axis=0), n)
            for (_, b), pieces in zip(self.roles, done, strict=True)
        ]
        along_pools = [part["pool"] for part in along_parts]
        finish = compiled(
            "temporal_finish",
            self._finish,
            *tf.nest.map_structure(_any_rows, (along_pools, against_pools)),
        )
        scores, probabilities = (
            values.numpy().reshape(2, count, n).transpose(0, 2, 1)
            for values in finish(along_pools, against_pools)
        )
        return (
            np.stack([scores[0], scores[1][:, ::-1]]),
            np.stack([probabilities[0], probabilities[1][:, ::-1]]),
        )

    def _prepare(self, x: tf.Tensor) -> tuple[list[Part], list[Against]]:
        """Run the position-wise layers and the readers along the prefixes, once."""
        n = tf.shape(x)[0]
        for layer in self.structure.before:
            x = layer(x, training=False)
        time_major = tf.transpose(tf.cast(x, tf.float32), (1, 0, 2))
        along_parts: list[Part] = []
        states: list[Against] = []
        for (a, b), features in zip(
            self.roles, (time_major, tf.reverse(time_major, [0])), strict=True
        ):
            x = tf.reshape(features, (-1, features.shape[2]))
            part: Part = dict.fromkeys(("states", "pool", "projected"), ())
            if a is not None:
                outputs = along(self.steppers[a], x, n)
                if self.merged_first:
                    part["states"] = outputs
                else:
                    pool = self.pooling.running(self._between(outputs), n)
                    part["pool"] = self.pooling.finish(pool, n)
            state: Against = ()
            if b is not None:
                part["projected"] = self.steppers[b].project(x)
                value = self._merging_value(part, a)
                state = against_start(self.steppers[b], value, self.pooling, part["projected"], n)
            along_parts.append(part)
            states.append(state)
        return along_parts, states

    def _advance(
        self,
        along_parts: list[Part],
        states: list[Against],
        start: tf.Tensor,
        stop: tf.Tensor,
        n: tf.Tensor,
    ) -> tuple[list[Against], list[tf.Tensor]]:
        """Advance the readers against the prefixes by some steps, both passes together."""
        new_states: list[Against] = []
        ended: list[tf.Tensor] = []
        for (a, b), part, state in zip(self.roles, along_parts, states, strict=True):
            if b is None or not state:
                new_states.append(())
                ended.append(())
                continue
            cells, pool, done = against_advance(
                self.steppers[b],
                self._merging_value(part, a),
                self.pooling,
                part["projected"],
                *state,
                start,
                stop,
                n,
            )
            new_states.append((cells, pool))
            ended.append(done)
        return new_states, ended

    def _finish(
        self, along_pools: list[tf.Tensor], against_pools: list[tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Merge the two readers' pools and apply the head."""
        vectors = []
        for (a, b), pool, other in zip(self.roles, along_pools, against_pools, strict=True):
            if self.merged_first or a is None:
                vectors.append(other)
            elif b is None:
                vectors.append(pool)
            else:
                vectors.append(self._merge(a, pool, other))
        z = self.score.head_logits(self.structure.head, tf.concat(vectors, axis=0))
        return self.score.score_of_logits(z), self.score.probability_of_logits(z)

    def _merging_value(self, part: Part, a: int | None) -> Pooled:
        """Return the pooled value of the reader against the prefixes for a number of rows."""

        def value(output: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
            if not self.merged_first or a is None:
                return self._between(output)
            return self._between(self._merge(a, part["states"][:rows], output))

        return value

    def _merge(self, a: int, along_value: tf.Tensor, against_value: tf.Tensor) -> tf.Tensor:
        pair = (along_value, against_value) if a == 0 else (against_value, along_value)
        return _MERGES[self.structure.merge](*pair)

    def _between(self, h: tf.Tensor) -> tf.Tensor:
        for layer in self.structure.between:
            h = tf.cast(layer(h[:, None, :], training=False)[:, 0], tf.float32)
        return h


def _any_rows(tensor: tf.Tensor) -> tf.TensorSpec:
    return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)
