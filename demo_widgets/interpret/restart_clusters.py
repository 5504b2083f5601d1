"""Clusters of class-optimization restarts that found the same pattern, in any place or strand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import ModelError
from demo_widgets.interpret.results import OptimizationResult, RestartClusters
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.sequences import reverse_complement

__all__ = ["cluster_restarts"]

Matrix = npt.NDArray[np.float64]


def cluster_restarts(
    result: OptimizationResult, *, threshold: float = 0.6, max_shift: int | None = None
) -> RestartClusters:
    """Cluster the PWMs of a class optimization by their best alignment over shifts and strands.

    A column's deviation from 0.25 is weighted by its information in bits; the similarity of
    two PWMs is the correlation (cosine) of these weighted matrices at the best shift and strand.
    Columns without a partner count as dissimilar, so PWMs that overlap at uninformative ends, or
    share only a small part of their information, are not similar. Clusters are those of average
    linkage cut at ``threshold``: two clusters merge while their members' mean similarity reaches
    it.

    A long input has room for many copies of a motif, and restarts place them differently: of the
    shipped CNN, 8 restarts of 101 bases reach similarities of 0.2 to 0.5 (8 clusters), of 30 bases
    0.4 to 0.9 (4 clusters). Optimise a length near that of the pattern to compare restarts.

    Parameters
    ----------
    result
        Result of :func:`optimize_class`, with several restarts.
    threshold
        Mean similarity, 0 to 1, above which restarts form one cluster.
    max_shift
        Columns that one PWM may be moved against another; default half the length.

    Returns
    -------
    RestartClusters
        ``.clusters``, ``.shifts`` ``(r,)`` and ``.strands``; ``.aligned`` ``(r, L, 4)``.

    Raises
    ------
    ModelError
        ``threshold`` or ``max_shift`` out of range.

    Examples
    --------
    >>> found = cluster_restarts(optimize_class(model, restarts=8))
    >>> pattern = found.aligned[found.clusters == 0].mean(axis=0)
    """
    r, length = result.pwm.shape[:2]
    max_shift = length // 2 if max_shift is None else max_shift
    if not 0 < threshold <= 1:
        raise ModelError(f"threshold must be above 0 and at most 1, got {threshold!r}")
    if not 0 <= max_shift < length:
        raise ModelError(f"max_shift must be 0 to {length - 1}, got {max_shift!r}")
    weighted = _weighted(result.pwm.astype(np.float64))
    similarities, shifts, reverse = np.eye(r), np.zeros((r, r), int), np.zeros((r, r), bool)
    for i in range(r):
        for j in range(r):
            if i != j:
                similarities[i, j], shifts[i, j], reverse[i, j] = _best_alignment(
                    weighted[i], weighted[j], max_shift
                )
    clusters = _by_size(_linked(similarities, threshold))
    representatives = np.array(
        [
            members[result.discrete_scores[members].argmax()]
            for members in (np.flatnonzero(clusters == c) for c in range(clusters.max() + 1))
        ]
    )
    own = representatives[clusters], np.arange(r)
    aligned = [
        _moved(reverse_complement(pwm) if turned else pwm, shift)
        for pwm, turned, shift in zip(result.pwm, reverse[own], shifts[own], strict=True)
    ]
    return RestartClusters(
        clusters=clusters,
        representatives=representatives,
        shifts=shifts[own],
        strands=["-" if turned else "+" for turned in reverse[own]],
        similarities=similarities,
        aligned=np.stack(aligned),
        threshold=threshold,
    )


def _weighted(pwm: Matrix) -> Matrix:
    """Return deviations from 0.25 times each column's information, scaled to unit size."""
    information = 2 + (pwm * np.log2(np.maximum(pwm, 1e-12))).sum(axis=-1, keepdims=True)
    weighted = information * (pwm - 0.25)
    size = np.sqrt((weighted**2).sum(axis=(1, 2), keepdims=True))
    return weighted / np.where(size > 0, size, 1)


def _best_alignment(a: Matrix, b: Matrix, max_shift: int) -> tuple[float, int, bool]:
    """Return similarity, shift and strand of weighted matrix ``b`` on ``a``, both ``(L, 4)``."""
    length = len(a)
    shifts = np.arange(-(length - 1), length)
    best = (-1.0, 0, False)
    for turned in (False, True):
        other = b[::-1, ::-1] if turned else b
        values = sum(np.correlate(a[:, base], other[:, base], "full") for base in range(4))
        values = np.where(np.abs(shifts) <= max_shift, values, -1.0)
        at = values.argmax()
        if values[at] > best[0] + 1e-12:
            best = (float(values[at]), int(shifts[at]), turned)
    return best


def _linked(similarities: Matrix, threshold: float) -> IntArray:
    """Return the cluster labels ``(r,)`` of average linkage."""
    if len(similarities) == 1:
        return np.zeros(1, int)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distances = np.clip(1 - (similarities + similarities.T) / 2, 0, None)
    tree = linkage(squareform(distances, checks=False), method="average")
    return fcluster(tree, 1 - threshold + 1e-9, criterion="distance")


def _by_size(labels: IntArray) -> IntArray:
    """Return the clusters renumbered from 0, largest first, then by their first member."""
    found, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = found[np.lexsort((first, -counts))]
    return np.array([int(np.flatnonzero(order == label)[0]) for label in labels])


def _moved(pwm: FloatArray, shift: int) -> FloatArray:
    """Return ``pwm`` shifted right by ``shift`` columns (left below 0), filled with 0.25."""
    moved = np.full_like(pwm, 0.25)
    length = len(pwm)
    moved[max(0, shift) : length + min(0, shift)] = pwm[max(0, -shift) : length - max(0, shift)]
    return moved
