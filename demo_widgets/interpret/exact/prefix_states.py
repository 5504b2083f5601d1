"""Pooled recurrent states of every prefix of a sequence, in one pass.

A reader *along* the prefixes (left to right) has, on a prefix, the states of its run over the whole
sequence: pooling them is a running mean or maximum. A reader *against* them restarts at the end of
every prefix, but all prefixes step together: at step ``s`` the prefix that ends at ``i`` reads
position ``i - s``, so the rows ``s .. L-1`` read one contiguous slice, ``0 .. L-1-s``. The prefix
that ends at ``s`` is then done and its row is dropped. Suffixes are the prefixes of the sequence
read backwards.

Rows are time-major and flat: row ``i * n + k`` belongs to position ``i`` of sequence ``k``,
so that "drop the first prefix" is a contiguous slice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo_widgets.interpret.exact.recurrent_cells import Stepper, Tensors
from demo_widgets.models.quiet_tensorflow import tf

__all__ = ["Pooling", "along", "against_advance", "against_start"]

Pooled = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""What is pooled of a reader, from its outputs ``(rows, units)`` and their number of rows."""


@dataclass(frozen=True)
class Pooling:
    """Running ``"mean"``, ``"max"`` or ``"last"`` of values ``(rows, units)``."""

    kind: str

    def start(self, rows: tf.Tensor, units: int) -> tf.Tensor:
        """Return the empty pool."""
        return tf.fill((rows, units), tf.float32.min if self.kind == "max" else 0.0)

    def add(self, pool: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        """Add a value to the pool."""
        if self.kind == "mean":
            return pool + value
        return tf.maximum(pool, value) if self.kind == "max" else value

    def finish(self, pools: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
        """Return pooled values ``(L * n, units)`` from pools of 1, 2, ... ``L`` positions."""
        if self.kind != "mean":
            return pools
        count = 1 + tf.range(tf.shape(pools)[0]) // n
        return pools / tf.cast(count, tf.float32)[:, None]

    def running(self, values: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
        """Pools ``(L * n, units)`` of the first 1, 2, ... ``L`` positions of ``values``."""
        if self.kind == "last":
            return values
        by_position = tf.reshape(values, (-1, n, values.shape[1]))
        if self.kind == "mean":
            pools = tf.cumsum(by_position)
        else:
            pools = tf.scan(tf.maximum, by_position)
        return tf.reshape(pools, (-1, values.shape[1]))


def along(cell: Stepper, x: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    """States ``(L * n, units)`` of ``cell`` over features ``x`` ``(L * n, features)``."""
    projected = cell.project(x)
    weights = cell.weights()
    length = tf.shape(x)[0] // n
    states = cell.initial(n)

    def body(t: tf.Tensor, states: Tensors, outputs: tf.TensorArray) -> Any:
        output, states = cell.step(projected[t * n : (t + 1) * n], states, weights)
        return t + 1, states, outputs.write(t, output)

    width = cell.step(projected[:n], states, weights)[0].shape[1]  # static; the step is pruned
    *_, outputs = tf.while_loop(
        lambda t, *_: t < length,
        body,
        (0, states, tf.TensorArray(tf.float32, size=length, element_shape=(None, width))),
        shape_invariants=(
            tf.TensorShape(()),
            [_rows_of(s) for s in states],
            tf.TensorShape(None),
        ),
        parallel_iterations=1,
    )
    return tf.ensure_shape(outputs.concat(), (None, width))


def against_start(
    cell: Stepper, value: Pooled, pooling: Pooling, projected: tf.Tensor, n: tf.Tensor
) -> tuple[Tensors, tf.Tensor]:
    """Return states and pool of every prefix before its first step."""
    rows = tf.shape(projected)[0]
    output, _ = cell.step(projected[:n], cell.initial(n), cell.weights())
    width = value(output, n).shape[1]  # static; the step itself is pruned from the graph
    return cell.initial(rows), pooling.start(rows, width)


def against_advance(
    cell: Stepper,
    value: Pooled,
    pooling: Pooling,
    projected: tf.Tensor,
    states: Tensors,
    pool: tf.Tensor,
    start: tf.Tensor,
    stop: tf.Tensor,
    n: tf.Tensor,
) -> tuple[Tensors, tf.Tensor, tf.Tensor]:
    """Do steps ``start`` to ``stop`` of all unfinished prefixes.

    ``value(output, rows)`` converts the outputs of the first ``rows`` reads into the values to
    pool.

    Returns
    -------
    states, pool
        Input of the next call; ``n`` rows fewer for each step.
    done
        ``((stop - start) * n, width)`` pools of the prefixes that ended.
    """
    total = tf.shape(projected)[0]
    weights = cell.weights()

    def body(s: tf.Tensor, states: Tensors, pool: tf.Tensor, done: tf.TensorArray) -> Any:
        rows = total - s * n
        output, states = cell.step(projected[:rows], states, weights)
        pool = pooling.add(pool, value(output, rows))
        done = done.write(s - start, pool[:n])
        return s + 1, [state[n:] for state in states], pool[n:], done

    width = pool.shape[1]
    _, states, pool, done = tf.while_loop(
        lambda s, *_: s < stop,
        body,
        (
            start,
            states,
            pool,
            tf.TensorArray(tf.float32, size=stop - start, element_shape=(None, width)),
        ),
        shape_invariants=(
            tf.TensorShape(()),
            [_rows_of(s) for s in states],
            tf.TensorShape((None, width)),
            tf.TensorShape(None),
        ),
        parallel_iterations=1,
    )
    return states, pool, done.concat()


def _rows_of(state: tf.Tensor) -> tf.TensorShape:
    return tf.TensorShape((None, *state.shape[1:]))
