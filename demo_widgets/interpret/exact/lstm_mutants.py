"""Step all mutants of a sequence through an LSTM, each from where it first differs.

Until its change is read, a mutant's states are the unchanged sequence's: for the LSTM that
reads from the left those of the positions before the change, for the other one those after
it. So mutants join the steps one after another, in a triangle of half the work. What the input
gives to the gates is computed once for the unchanged sequence and, for each mutant, at the few
positions that its change reaches.

Lane 0 is the unchanged sequence; the mutants follow in the order in which the LSTM meets their
changes, so those under way are the first lanes, and those whose change is now being
read are neighbours. A lane that steps early has the reference's inputs and so the reference's
states: lanes may begin some at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo_widgets.interpret.exact.lstm_steps import States

__all__ = ["Schedule", "pooled_mutants", "schedule"]

_TOGETHER = 16  # lanes that begin at once, in the time that one would take


@dataclass(frozen=True)
class Schedule:
    """When each lane joins and where the inputs differ, for each direction.

    Attributes
    ----------
    under_way
        For each step, how many lanes take it.
    pairs
        ``(K, 2)`` int32: (mutant, place in its window) of all inputs that differ, in the order in
        which an LSTM reads them from the left; from the right it is the reverse.
    backwards
        For each direction, whether it reads from the right.
    reads
        For each step, and in it for each direction: the lanes whose input differs, and which of
        the pairs, in the direction's own order, they read.
    """

    under_way: list[int]
    pairs: np.ndarray
    backwards: tuple[bool, ...]
    reads: list[tuple[tuple[slice, slice], ...]]


def schedule(start: np.ndarray, width: int, length: int, backwards: Sequence[bool]) -> Schedule:
    """Plan the steps of mutants whose windows ``start .. start + width - 1`` differ.

    Parameters
    ----------
    start
        ``(mutants,)``, in ascending order; windows may reach over the ends.
    width, length
        Of the windows, and of the sequence that the LSTM reads.
    backwards
        For each direction, whether it reads from the right.
    """
    lanes = len(start) + 1
    time = np.arange(length)
    first = np.searchsorted(start, time - width, side="right")  # mutant whose change is read
    count = np.searchsorted(start, time, side="right") - first
    until = np.cumsum(count)
    position = np.repeat(time, count)
    mutant = np.arange(until[-1]) + np.repeat(first + count - until, count)
    reads, joined = [], np.ones(length, int)
    for from_right in backwards:
        if from_right:
            lane, n = (lanes - first - count)[::-1], count[::-1]
        else:
            lane, n = first + 1, count
        reads.append(_slices(lane, n))
        joined = np.maximum(joined, np.maximum.accumulate(lane + n))
    joined = np.minimum(-(-joined // _TOGETHER) * _TOGETHER, lanes)
    joined[-1] = lanes
    return Schedule(
        under_way=joined.tolist(),
        pairs=np.stack([mutant, position - start[mutant]], axis=1).astype(np.int32),
        backwards=tuple(backwards),
        reads=list(zip(*reads, strict=True)),
    )


def _slices(lane: np.ndarray, count: np.ndarray) -> list[tuple[slice, slice]]:
    """For each step, ``count`` lanes from ``lane`` on, and the next so many pairs."""
    until = np.cumsum(count)
    ends = lane, lane + count, until - count, until
    rows = zip(*(end.tolist() for end in ends), strict=True)
    return [(slice(a, b), slice(c, d)) for a, b, c, d in rows]


def pooled_mutants(
    plan: Schedule, weights: np.ndarray, inputs: np.ndarray, changes: np.ndarray, pool: str
) -> np.ndarray:
    """Pooled states of the unchanged sequence and of every mutant.

    Parameters
    ----------
    plan
        Of :func:`schedule`.
    weights
        Of :func:`recurrent_weights`.
    inputs
        ``(directions, length, 4 * units)`` of the unchanged sequence, in reading order.
    changes
        ``(K, directions, 4 * units)``: what to add to them, for each of ``plan.pairs``.
    pool
        ``"mean"``, ``"max"`` or ``"last"``.

    Returns
    -------
    np.ndarray
        ``(1 + mutants, directions * units)``; row 0 is the unchanged sequence.
    """
    states = States(weights, plan.under_way[-1], pool)
    by_gate = changes.reshape(*changes.shape[:2], 4, states.units).transpose(1, 2, 0, 3)
    shares = [
        one[:, ::-1] if from_right else one
        for one, from_right in zip(by_gate, plan.backwards, strict=True)
    ]
    joined = 1
    for step, (lanes, reads) in enumerate(zip(plan.under_way, plan.reads, strict=True)):
        if lanes > joined:
            states.follow(joined, lanes)
            joined = lanes
        gates = states.gates(inputs[:, step], lanes)
        for direction, (reading, pairs) in enumerate(reads):
            part = gates[:, direction, reading]
            part += shares[direction][:, pairs]
        states.step(gates)
    pooled = states.pooled(len(plan.under_way))
    for one, from_right in zip(pooled, plan.backwards, strict=True):
        if from_right:
            one[1:] = one[:0:-1].copy()
    return np.concatenate(list(pooled), axis=1)
