"""Clustering of recurring sites into motifs, aligned by shift and strand.

The search is discriminative, as in STREME (Bailey 2021, Bioinformatics 37:2834): a motif
starts from the word that is most over-represented among the windows of high importance,
and is refined on every shift and both strands with the sites that control windows do not
explain. Its sites are then erased and the search continues until no word is
over-represented any more. Distinct motifs therefore yield distinct matrices, and windows without a
motif are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.motifs.alignment import merge_similar
from demo_widgets.motifs.motif import TRIM_BITS, Motif
from demo_widgets.motifs.seqlets import Seqlets
from demo_widgets.motifs.words import enriched_words

__all__ = ["recurrent_motifs"]

CORE_WIDTH = 16
PSEUDOCOUNT = 1.0
REFINEMENTS = 12
WORDS_TRIED = 3
FALSE_SITES = 0.1
"""The score threshold is set so that this fraction of sites is expected by chance."""


def recurrent_motifs(
    seqlets: Seqlets,
    controls: Seqlets,
    elsewhere: Seqlets,
    *,
    max_motifs: int = 5,
    min_sites: int = 20,
    name: str = "motif",
    **facts: Any,
) -> list[Motif]:
    """Cluster seqlets into motifs, each with its sites.

    Parameters
    ----------
    seqlets
        Windows of high importance.
    controls
        Windows of the same shape from control sequences (unbound ones, or shuffles).
    elsewhere
        Windows of the same sequences of *low* importance. A motif that is as common there reflects
        the sequences, not the network.
    max_motifs, min_sites
        Stop after this many motifs; drop a motif with fewer sites.
    name
        Motifs are called ``<name> 1``, ``<name> 2``, ...
    facts
        Further fields of every :class:`Motif` (``model``, ``method``, ``source``).

    Returns
    -------
    list of Motif
        Trimmed, most sites first; empty where no word is over-represented. ``sites`` are in
        forward-strand coordinates of the original sequences, with log2 odds as ``score``.
        ``notes["focus"]`` is the ratio of site frequencies in these windows and elsewhere,
        ``notes["focus_p"]`` Fisher's exact p-value of that.
    """
    bases, background = seqlets.bases.copy(), _background(controls.bases)
    rest = elsewhere.bases.copy()
    found: list[Motif] = []
    for _ in range(2 * max_motifs):
        words = enriched_words(bases, controls.bases, limit=WORDS_TRIED)
        refined = [_refine(bases, controls.bases, word, background, min_sites) for word in words]
        trials = [trial for trial in refined if trial is not None]
        if not trials or len(found) == max_motifs:
            break
        matrix, threshold = max(
            trials, key=lambda trial: _n_sites(bases, trial[0], trial[1], background)
        )
        motif = _motif_of_sites(bases, seqlets, matrix, threshold, background)
        motif.notes.update(_focus(bases, rest, matrix, threshold, background))
        _erase(bases, matrix, threshold, background)
        _erase(rest, matrix, threshold, background)
        if motif.is_informative:
            found.append(motif)
    merged = sorted(merge_similar(found), key=lambda motif: -(motif.n_sites or 0))
    return [motif.renamed(f"{name} {rank}", **facts) for rank, motif in enumerate(merged, start=1)]


def _background(bases: np.ndarray) -> np.ndarray:
    """Return the base frequencies of the controls, symmetrised over both strands."""
    counts = bases.sum(axis=(0, 1)) + 1.0
    counts = counts + counts[::-1]
    return counts / counts.sum()


def _refine(
    bases: np.ndarray, controls: np.ndarray, word: str, background: np.ndarray, min_sites: int
) -> tuple[np.ndarray, float] | None:
    """Return matrix ``(w, 4)`` and threshold refined from a word; ``None`` without sites."""
    width = min(CORE_WIDTH, bases.shape[1])
    matrix = _from_word(word, width, background)
    before, threshold = None, np.inf
    for step in range(REFINEMENTS):
        score, shift, reverse = _best_sites(bases, matrix, background)
        threshold = _threshold(score, _best_sites(controls, matrix, background)[0])
        rows = np.flatnonzero(score >= threshold)
        if len(rows) < min_sites:
            return None
        chosen = set(zip(rows.tolist(), shift[rows].tolist(), strict=True))
        if chosen == before:
            break
        before = chosen
        counts = _oriented(bases, rows, shift, reverse, width).sum(axis=0)
        matrix = counts + PSEUDOCOUNT * background
        matrix /= matrix.sum(axis=1, keepdims=True)
        if step in (1, 3):
            matrix = _recentred(matrix, background)
            before = None
    return matrix, threshold


def _odds(matrix: np.ndarray, background: np.ndarray) -> np.ndarray:
    return np.log2(matrix / background).astype(np.float32)


def _site_scores(bases: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Return log2 odds ``(n, shifts, 2)`` of every shift, forward and reverse strand.

    Shifts with fewer than half their positions on real, unerased bases cannot be sites.
    """
    width = len(odds)
    windows = np.lib.stride_tricks.sliding_window_view(bases, width, axis=1)
    windows = np.ascontiguousarray(windows.transpose(0, 1, 3, 2)).reshape(-1, width * 4)
    both = np.stack([odds.ravel(), odds[::-1, ::-1].ravel()], axis=1)
    scores = (windows @ both).reshape(len(bases), -1, 2)
    covered = windows.sum(axis=1).reshape(len(bases), -1)
    scores[covered < width / 2] = -np.inf
    return scores


def _best_sites(
    bases: np.ndarray, matrix: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return score, shift and strand (1 = reverse) of each window's best site."""
    scores = _site_scores(bases, _odds(matrix, background)).reshape(len(bases), -1)
    best = scores.argmax(axis=1)
    return scores[np.arange(len(bases)), best], best // 2, best % 2


def _n_sites(
    bases: np.ndarray, matrix: np.ndarray, threshold: float, background: np.ndarray
) -> int:
    return int((_best_sites(bases, matrix, background)[0] >= threshold).sum())


def _focus(
    bases: np.ndarray,
    rest: np.ndarray,
    matrix: np.ndarray,
    threshold: float,
    background: np.ndarray,
) -> dict[str, float]:
    """Return the enrichment of sites in the windows over the rest of their sequences."""
    from scipy.stats import fisher_exact

    if len(rest) == 0:
        return {"focus": float("nan"), "focus_p": 1.0}
    here = _n_sites(bases, matrix, threshold, background)
    there = _n_sites(rest, matrix, threshold, background)
    table = [[here, len(bases) - here], [there, len(rest) - there]]
    ratio = (here / len(bases)) / (max(there, 1) / len(rest))
    return {"focus": ratio, "focus_p": float(fisher_exact(table, "greater").pvalue)}


def _threshold(scores: np.ndarray, control_scores: np.ndarray) -> float:
    """Return the lowest threshold with at most :data:`FALSE_SITES` of the sites by chance.

    The fraction of control windows that score as high (plus one pseudo-window) over the fraction of
    windows that do.
    """
    order = np.sort(scores[np.isfinite(scores)])[::-1]
    controls = np.sort(control_scores[np.isfinite(control_scores)])
    above = len(controls) - np.searchsorted(controls, order, side="left") + 1
    share = above / (len(controls) + 1) / (np.arange(1, len(order) + 1) / len(scores))
    accepted = np.flatnonzero(share <= FALSE_SITES)
    return float(order[accepted[-1]]) if len(accepted) else np.inf


def _oriented(
    bases: np.ndarray, rows: np.ndarray, shift: np.ndarray, reverse: np.ndarray, width: int
) -> np.ndarray:
    """Return site bases ``(k, w, 4)`` of the given rows, on the motif's strand."""
    sites = bases[rows[:, None], shift[rows][:, None] + np.arange(width)]
    return np.where(reverse[rows][:, None, None] == 1, sites[:, ::-1, ::-1], sites)


def _from_word(word: str, width: int, background: np.ndarray) -> np.ndarray:
    """Return a matrix with the word in its middle and the background around it."""
    matrix = np.tile(background, (width, 1))
    start = (width - len(word)) // 2
    for i, letter in enumerate(word):
        matrix[start + i] = 0.1
        matrix[start + i, "ACGT".index(letter)] = 0.7
    return matrix


def _recentred(matrix: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Shift the centre of the information to the centre of the matrix."""
    information = (matrix * np.log2(matrix / background)).sum(axis=1)
    width = len(matrix)
    centre = (information * np.arange(width)).sum() / max(information.sum(), 1e-9)
    shift = int(round((width - 1) / 2 - centre))
    moved = np.tile(background, (width, 1))
    moved[max(0, shift) : width - max(0, -shift)] = matrix[max(0, -shift) : width - max(0, shift)]
    return moved


def _motif_of_sites(
    bases: np.ndarray,
    seqlets: Seqlets,
    matrix: np.ndarray,
    threshold: float,
    background: np.ndarray,
) -> Motif:
    """Return the motif of each window's best site at or above the threshold, trimmed."""
    import pandas as pd

    score, shift, reverse = _best_sites(bases, matrix, background)
    rows = np.flatnonzero(score >= threshold)
    start = seqlets.start[rows] + shift[rows]
    sites = pd.DataFrame(
        {
            "sequence_index": seqlets.index[rows],
            "start": start,
            "end": start + len(matrix),
            "strand": np.where(reverse[rows] == 1, "-", "+"),
            "score": score[rows].astype(float),
        }
    )
    counts = _oriented(bases, rows, shift, reverse, len(matrix)).sum(axis=0)
    motif = Motif.from_counts(
        "motif", counts, pseudocount=PSEUDOCOUNT, n_sites=len(rows), sites=sites
    )
    return motif.trim(TRIM_BITS) if motif.is_informative else motif


def _erase(bases: np.ndarray, matrix: np.ndarray, threshold: float, background: np.ndarray) -> None:
    """Erase the informative core of every site at or above the threshold, in place."""
    odds = _odds(matrix, background)
    core = np.flatnonzero((matrix * odds).sum(axis=1) >= 0.25)
    for strand, columns in enumerate((core, len(matrix) - 1 - core)):
        rows, shifts = np.nonzero(_site_scores(bases, odds)[:, :, strand] >= threshold)
        bases[rows[:, None], shifts[:, None] + columns] = 0
