"""Text descriptions of figures for screen readers."""

from __future__ import annotations

import numpy as np

__all__ = ["mutations_summary", "saliency_summary", "strongest_run", "temporal_summary"]

_RUN_SHARE = 0.5  # of the largest size: positions above it belong to the run
_RUN_GAP = 2  # weaker positions allowed within a run


def strongest_run(importance: np.ndarray) -> tuple[int, int]:
    """Return the stretch (0-based, half-open) around the maximum where values reach half of it.

    Parameters
    ----------
    importance
        Values ``(length,)``; their signs are ignored.
    """
    sizes = np.abs(importance)
    top = int(sizes.argmax())
    strong = np.flatnonzero(sizes >= _RUN_SHARE * sizes[top])
    place = int(np.searchsorted(strong, top))
    first = last = place
    while first > 0 and strong[first] - strong[first - 1] <= _RUN_GAP + 1:
        first -= 1
    while last < len(strong) - 1 and strong[last + 1] - strong[last] <= _RUN_GAP + 1:
        last += 1
    return int(strong[first]), int(strong[last]) + 1


def saliency_summary(importance: np.ndarray, sequence: str) -> str:
    """Return a sentence on the position and size of the importance.

    Parameters
    ----------
    importance
        A value a position, ``(length,)``.
    sequence
        The bases.
    """
    if not np.abs(importance).max() > 0:
        return "No base has any importance: all values are zero."
    start, end = strongest_run(importance)
    top = int(np.abs(importance).argmax())
    where = f"position {start + 1}" if end - start == 1 else f"positions {start + 1} to {end}"
    return (
        f"Strongest at {where}, {sequence[start:end]}; largest {importance[top]:.3g} "
        f"at {sequence[top]}{top + 1}."
    )


def temporal_summary(forward: np.ndarray, backward: np.ndarray, rise: int, fall: int) -> str:
    """Return two sentences on the course of the scores.

    Parameters
    ----------
    forward, backward
        Probability of "bound" at each position, ``(length,)``.
    rise, fall
        0-based positions of the steepest change, forward and backward.
    """
    return (
        f"Forward, the score goes from {forward[0]:.2f} to {forward[-1]:.2f}, steepest at "
        f"position {rise + 1}. Backward, it goes from {backward[-1]:.2f} at the right end to "
        f"{backward[0]:.2f}, steepest at position {fall + 1}."
    )


def mutations_summary(effects: np.ndarray, sequence: str) -> str:
    """Return a sentence on the most harmful and most beneficial substitutions.

    Parameters
    ----------
    effects
        Change of the class score, ``(length, 4)``; NaN where not computed.
    sequence
        The bases.
    """
    words = []
    every = "the substitutions computed" if np.isnan(effects).any() else "all substitutions"
    for what, flat in (("costs", np.nanargmin(effects)), ("gains", np.nanargmax(effects))):
        position, base = divmod(int(flat), 4)
        change = f"{sequence[position]}{position + 1}{'ACGT'[base]}"
        words.append(f"{change} {what} most ({effects[position, base]:+.2f})")
    start, end = strongest_run(np.abs(np.nan_to_num(effects)).max(axis=1))
    return f"Of {every} {' and '.join(words)}; the score changes most at positions " + (
        f"{start + 1} to {end}, {sequence[start:end]}."
    )
