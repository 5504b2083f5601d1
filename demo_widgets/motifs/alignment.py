"""Alignment of matrices by shift and strand, and merging of equal motifs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.motifs.motif import Motif

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["best_alignment", "merge_similar"]

MIN_OVERLAP = 6
SAME = 0.8
"""Motifs whose aligned positions correlate at least this well are merged."""


def best_alignment(a: np.ndarray, b: np.ndarray) -> tuple[float, int, bool]:
    """Return the best alignment of matrix ``b`` on matrix ``a``, both ``(width, 4)``.

    The similarity of a shift and strand is the correlation of the overlapping positions,
    taken together and relative to 0.25, times the fraction of the shorter motif's information in
    the overlap, so that motifs that overlap at uninformative ends are not similar.

    Returns
    -------
    similarity : float
        1 for the same matrix, about 0 for unrelated ones, -1 where no shift overlaps enough.
    shift : int
        Position of ``a`` that the first position of ``b`` (as oriented) lies on.
    reverse : bool
        Whether ``b`` is reverse-complemented.
    """
    min_overlap = min(MIN_OVERLAP, len(a), len(b))
    best = (-1.0, 0, False)
    centred = a - 0.25
    for reverse in (False, True):
        other = (b[::-1, ::-1] if reverse else b) - 0.25
        for shift in range(min_overlap - len(b), len(a) - min_overlap + 1):
            lo, hi = max(0, shift), min(len(a), shift + len(b))
            x, y = centred[lo:hi], other[lo - shift : hi - shift]
            size = np.sqrt((x**2).sum() * (y**2).sum())
            part, all_of_it = (x, centred) if len(a) < len(b) else (y, other)
            share = (part**2).sum() / max((all_of_it**2).sum(), 1e-12)
            similarity = float((x * y).sum() / size * share) if size > 0 else 0.0
            if similarity > best[0]:
                best = (similarity, shift, reverse)
    return best


def merge_similar(motifs: list[Motif], *, threshold: float = SAME) -> list[Motif]:
    """Merge similar motifs, in the frame of the larger one.

    Frequencies are averaged by number of sites over the positions of the larger motif; sites
    are joined, moved into that frame. Larger motifs are taken first, so the result does not
    depend on the order given.
    """
    kept: list[Motif] = []
    for motif in sorted(motifs, key=lambda m: (-(m.n_sites or 1), m.name)):
        for i, larger in enumerate(kept):
            similarity, shift, reverse = best_alignment(larger.frequencies, motif.frequencies)
            if similarity >= threshold:
                kept[i] = _merged(larger, motif, shift, reverse)
                break
        else:
            kept.append(motif)
    return kept


def _merged(larger: Motif, smaller: Motif, shift: int, reverse: bool) -> Motif:
    import pandas as pd

    if reverse:
        smaller = smaller.reverse_complement()
    weight = np.array([larger.n_sites or 1, smaller.n_sites or 1], dtype=float)
    frequencies = np.array(larger.frequencies)
    lo, hi = max(0, shift), min(len(larger), shift + len(smaller))
    part = smaller.frequencies[lo - shift : hi - shift]
    frequencies[lo:hi] = (weight[0] * frequencies[lo:hi] + weight[1] * part) / weight.sum()
    sites = larger.sites
    if sites is not None and smaller.sites is not None:
        moved = _in_frame(smaller.sites, -shift, len(larger) - shift - len(smaller))
        sites = pd.concat([sites, moved], ignore_index=True)
    names = [*larger.notes.get("merged", [larger.name]), smaller.name]
    return larger.renamed(
        larger.name,
        frequencies=frequencies,
        n_sites=int(weight.sum()),
        sites=sites,
        notes={**larger.notes, "merged": names},
    )


def _in_frame(sites: pd.DataFrame, left: int, right: int) -> pd.DataFrame:
    """Return sites extended by ``left`` positions at the motif's start and ``right`` at its end."""
    forward = (sites["strand"] == "+").to_numpy()
    return sites.assign(
        start=sites["start"] + np.where(forward, left, -right),
        end=sites["end"] + np.where(forward, right, -left),
    )
