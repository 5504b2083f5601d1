"""Stratified splits that keep pairs together."""

from __future__ import annotations

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.seeding import generator_of_seed

__all__ = ["grouped_split"]


def grouped_split(
    n: int,
    labels: np.ndarray | None,
    pairs: np.ndarray | None,
    validation: float,
    seed: int,
) -> np.ndarray:
    """Return the boolean mask ``(n,)`` of the held-out sequences.

    Groups (sequences that share a pair id; a sequence without one is its own group) are
    sorted into strata of equal numbers of bound and unbound sequences per group, and the same
    fraction is drawn at random from each stratum.

    Parameters
    ----------
    n
        Number of sequences.
    labels, pairs
        ``(n,)`` or ``None``; a missing value in ``pairs`` means no partner.
    validation
        Fraction to hold out, between 0 and 1.
    seed
        Seed of the draw.

    Raises
    ------
    SequenceError
        ``validation`` is out of range, or there are fewer than two groups.
    """
    if not 0 < validation < 1:
        raise SequenceError(
            f"validation is {validation!r}; expected a share between 0 and 1, such as 0.1"
        )
    group = _group_ids(n, pairs)
    n_groups = int(group.max()) + 1 if n else 0
    if n_groups < 2:
        raise SequenceError(
            f"cannot split {n} sequences in {n_groups} pair groups; expected at least two groups"
        )
    composition = np.zeros((n_groups, 2), np.int64)
    np.add.at(composition, (group, np.zeros(n, np.int64) if labels is None else labels), 1)
    held_out = _draw_groups(composition, validation, generator_of_seed(seed))
    return held_out[group]


def _group_ids(n: int, pairs: np.ndarray | None) -> np.ndarray:
    """Return groups numbered from 0, in order of first appearance."""
    if pairs is None:
        return np.arange(n)
    number: dict[object, int] = {}
    ids = np.empty(n, np.int64)
    for row, pair in enumerate(pairs.tolist()):
        missing = pair is None or str(pair) == "<NA>" or pair != pair  # pd.NA compares as NA
        key = ("single", row) if missing else ("pair", pair)
        ids[row] = number.setdefault(key, len(number))
    return ids


def _draw_groups(
    composition: np.ndarray, validation: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the boolean mask of held-out groups, the same fraction of each stratum."""
    kinds, stratum = np.unique(composition, axis=0, return_inverse=True)
    stratum = stratum.reshape(-1)
    sizes = np.bincount(stratum, minlength=len(kinds))
    held_out = np.zeros(len(composition), bool)
    carry = 0.0  # the rounding remainder goes to the next stratum
    for kind in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(stratum == kind)
        wanted = validation * members.size + carry
        fewest, most = (1, members.size - 1) if members.size > 1 else (0, 1)
        taken = int(np.clip(np.floor(wanted + 0.5), fewest, most))
        carry = wanted - taken
        held_out[rng.permutation(members)[:taken]] = True
    if held_out.all() or not held_out.any():
        held_out[rng.integers(len(held_out))] ^= True
    return held_out
