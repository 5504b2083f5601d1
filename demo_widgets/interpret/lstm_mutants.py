"""Step all mutants of a sequence through an LSTM, each from where it first differs.

Until its change is read, a mutant's states are the unchanged sequence's: for the LSTM that
reads from the left those of the positions before the change, for the other one those after
it. So mutants join the steps one after another, in a triangle of half the work. What the input
gives to the gates is computed once for the unchanged sequence and, for each mutant, at the few
positions that its change reaches.

Lane 0 is the unchanged sequence; the mutants follow in the order in which the LSTM meets their
changes, so those under way are the first blocks, and those whose change is now being
read are neighbours. A lane that steps early has the reference's inputs and so the reference's
states: blocks may begin whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo_widgets.interpret.lstm_steps import LANES, States

__all__ = ["Schedule", "pooled_mutants", "schedule"]


@dataclass(frozen=True)
class Schedule:
    """When each lane joins and where the inputs differ, for each direction.

    Attributes
    ----------
    length
        Steps.
    blocks
        ``(length,)``: how many blocks are under way at each step.
    pairs
        ``(directions, K, 2)`` int32: (mutant, place in its window) of all inputs that differ,
        in the order in which they are read.
    until
        ``(directions, length + 1)``: how many of ``pairs`` are read before each step.
    lanes
        ``(directions, K)``: lane of each pair.
    orders
        For each direction, the lane of every mutant.
    """

    length: int
    blocks: np.ndarray
    pairs: np.ndarray
    until: np.ndarray
    lanes: np.ndarray
    orders: tuple[np.ndarray, ...]


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
    mutants = len(start)
    time = np.arange(length)[:, None]
    differs = (time >= start) & (time < start + width)
    n_blocks = -(-(mutants + 1) // LANES)
    joins = np.full(n_blocks, length - 1)
    joins[0] = 0
    pairs, until, lanes, orders = [], [], [], []
    for from_right in backwards:
        seen = differs[::-1, ::-1] if from_right else differs
        step, lane = np.nonzero(seen)
        mutant = mutants - 1 - lane if from_right else lane
        position = length - 1 - step if from_right else step
        pairs.append(np.stack([mutant, position - start[mutant]], axis=1))
        until.append(np.concatenate([[0], np.cumsum(seen.sum(axis=1))]))
        lanes.append(lane + 1)
        order = np.arange(1, mutants + 1)
        orders.append(order[::-1] if from_right else order)
        np.minimum.at(joins, (lane + 1) // LANES, step)
    joins = np.minimum.accumulate(joins[::-1])[::-1]
    return Schedule(
        length=length,
        blocks=np.searchsorted(joins, np.arange(length), side="right"),
        pairs=np.stack(pairs).astype(np.int32),
        until=np.stack(until),
        lanes=np.stack(lanes),
        orders=tuple(orders),
    )


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
        ``(directions, K, 4 * units)``: what to add to them, for each of ``plan.pairs``.
    pool
        ``"mean"``, ``"max"`` or ``"last"``.

    Returns
    -------
    np.ndarray
        ``(1 + mutants, directions * units)``; row 0 is the unchanged sequence.
    """
    states = States(weights, int(plan.blocks[-1]), pool)
    joined = 1
    for step in range(plan.length):
        blocks = plan.blocks[step]
        if blocks > joined:
            states.follow(joined, blocks)
            joined = blocks
        gates = states.gates(inputs[:, step], blocks)
        for direction, until in enumerate(plan.until):
            first, last = until[step], until[step + 1]
            while first < last:
                block, lane = divmod(plan.lanes[direction, first], LANES)
                count = min(last - first, LANES - lane)
                share = changes[direction, first : first + count]
                gates[direction, block, :, lane : lane + count] += share.T
                first += count
        states.step(gates)
    rows = [
        np.concatenate([lanes[:1], lanes[order]])
        for lanes, order in zip(states.pooled(plan.length), plan.orders, strict=True)
    ]
    return np.concatenate(rows, axis=1)
