"""Placement of motif sites, and sites drawn from a motif's frequencies."""

from __future__ import annotations

import numpy as np

from demo_widgets.sequences.jaspar_releases import MotifMatrix

__all__ = ["place_anywhere", "place_apart", "sample_sites", "write_sites"]


def place_anywhere(n: int, widths: list[int], length: int, rng: np.random.Generator) -> np.ndarray:
    """Return starts of non-overlapping sites, in random order, at uniform places.

    Parameters
    ----------
    n
        Number of sequences.
    widths
        Width of each motif; their sum is at most ``length``.

    Returns
    -------
    numpy.ndarray
        int64 ``(n, len(widths))``, 0-based, one column per motif.
    """
    width = np.array(widths)
    free = length - width.sum()
    # Each site is shrunk to one base among the free ones, so that all choices are equally likely.
    # Sorted points that may be equal would be biased: equal ones have fewer orders.
    points = _distinct(n, len(widths), free + len(widths), rng) - np.arange(len(widths))
    order = rng.permuted(np.tile(np.arange(len(widths)), (n, 1)), axis=1)
    ordered_widths = width[order]
    starts = np.empty_like(points)
    np.put_along_axis(
        starts, order, points + np.cumsum(ordered_widths, axis=1) - ordered_widths, axis=1
    )
    return starts


def _distinct(n: int, k: int, limit: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``(n, k)``: in each row, in order, ``k`` distinct numbers below ``limit``.

    All sets are equally likely, and memory does not grow with ``limit`` (R. Floyd's algorithm,
    Bentley 1987, Commun ACM 30:754): a repeated number is replaced by the highest one that could
    not be drawn yet.
    """
    chosen = np.empty((n, k), np.int64)
    for column in range(k):
        highest = limit - k + column
        drawn = rng.integers(0, highest + 1, n)
        taken = (chosen[:, :column] == drawn[:, None]).any(axis=1)
        chosen[:, column] = np.where(taken, highest, drawn)
    return np.sort(chosen, axis=1)


def place_apart(
    gaps: np.ndarray, swapped: np.ndarray, widths: list[int], length: int, rng: np.random.Generator
) -> np.ndarray:
    """Return starts of two sites ``gaps`` bases apart, the pair at a uniform place.

    Parameters
    ----------
    gaps
        int ``(n,)``: bases between the end of the left site and the start of the right one.
    swapped
        bool ``(n,)``: the second motif is left of the first.

    Returns
    -------
    numpy.ndarray
        int64 ``(n, 2)``, 0-based, one column per motif.
    """
    first, second = widths
    left = rng.integers(0, length - first - second - gaps + 1)
    return np.stack(
        [
            np.where(swapped, left + second + gaps, left),
            np.where(swapped, left, left + first + gaps),
        ],
        axis=1,
    )


def sample_sites(frequencies: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``n`` sites base by base: uint8 codes ``(n, width)``."""
    limits = np.cumsum(frequencies, axis=1)[:, :3]
    draws = rng.random((n, len(frequencies), 1))
    codes = (draws >= limits).sum(2).astype(np.uint8)
    # Rounding must not select a base of frequency 0.
    impossible = frequencies[np.arange(len(frequencies)), codes] == 0
    return np.where(impossible, frequencies.argmax(1).astype(np.uint8), codes)


def write_sites(
    codes: np.ndarray,
    motif: MotifMatrix,
    starts: np.ndarray,
    minus: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Draw one site per row and write it into ``codes`` ``(n, length)``, in place.

    ``minus`` ``(n,)`` marks the rows whose site lies on the reverse strand.
    """
    sites = sample_sites(motif.frequencies, len(codes), rng)
    sites = np.where(minus[:, None], 3 - sites[:, ::-1], sites)
    columns = starts[:, None] + np.arange(motif.width)
    np.put_along_axis(codes, columns, sites, axis=1)
