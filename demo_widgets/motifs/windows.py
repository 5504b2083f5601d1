"""The windows of a sequence with the highest importance."""

from __future__ import annotations

import numpy as np

from demo_widgets.errors import MotifError

__all__ = ["MAX_WIDTH", "MIN_WIDTH", "best_windows", "random_windows", "windows_elsewhere"]

MIN_WIDTH, MAX_WIDTH = 9, 20
"""Widths of a window in bases (Lanchantin et al. 2017 take 9 to 20)."""


def best_windows(
    importance: np.ndarray,
    *,
    per_sequence: int = 1,
    widths: tuple[int, int] = (MIN_WIDTH, MAX_WIDTH),
) -> dict[str, np.ndarray]:
    """Return the non-overlapping windows of most significant importance.

    A window of width w scores ``sum_t (a_t - mean) / (sd sqrt(w))`` with the mean and
    standard deviation of all of ``importance``. Sums always prefer the widest window and means the
    narrowest; this score compares windows of different widths by the significance of their sum.

    Parameters
    ----------
    importance
        ``(n, L)`` importance of each base.
    per_sequence
        At most this many windows of each sequence, best first.
    widths
        Smallest and largest width in bases.

    Returns
    -------
    dict of numpy.ndarray
        Equally long arrays ``sequence_index, start, end`` (0-based, end excluded) and
        ``score``, ordered by rank within the sequence, then sequence.

    Raises
    ------
    MotifError
        If the sequences are shorter than the smallest window, or importance is not finite.

    Examples
    --------
    >>> a = np.zeros((1, 30)); a[0, 10:20] = 1
    >>> found = best_windows(a)
    >>> int(found["start"][0]), int(found["end"][0])
    (10, 20)
    """
    importance = np.asarray(importance, dtype=float)
    n, length = importance.shape
    narrow, wide = widths
    if length < narrow:
        raise MotifError(f"sequences of {length} bases are shorter than a window of {narrow}")
    if not np.isfinite(importance).all():
        raise MotifError("importance holds values that are not finite")
    scores, offsets = _all_scores(importance, range(narrow, min(wide, length) + 1))
    picks: dict[str, list[np.ndarray]] = {
        key: [] for key in ("sequence_index", "start", "end", "score")
    }
    starts = np.concatenate([np.arange(s.shape[1]) for s in scores])
    ends = starts + np.repeat(offsets, [s.shape[1] for s in scores])
    table = np.concatenate(scores, axis=1)
    rows = np.arange(n)
    for _ in range(per_sequence):
        best = table[rows, :].argmax(axis=1)
        score = table[rows, best]
        found = np.isfinite(score)
        rows, best, score = rows[found], best[found], score[found]
        if len(rows) == 0:
            break
        for key, values in zip(picks, (rows, starts[best], ends[best], score), strict=True):
            picks[key].append(values)
        overlap = (starts < ends[best][:, None]) & (ends > starts[best][:, None])
        table[rows] = np.where(overlap, -np.inf, table[rows])
    return {key: np.concatenate(values) for key, values in picks.items()}


def random_windows(
    windows: dict[str, np.ndarray], length: int, seed: int = 0
) -> dict[str, np.ndarray]:
    """Return windows of the same sequences and widths at uniformly random places."""
    width = windows["end"] - windows["start"]
    start = np.random.default_rng(seed).integers(0, length - width + 1)
    return {**windows, "start": start, "end": start + width, "score": np.zeros(len(start))}


def windows_elsewhere(
    windows: dict[str, np.ndarray], length: int, *, margin: int = 0, seed: int = 0
) -> dict[str, np.ndarray]:
    """Return random windows of the same sequences and widths, ``margin`` bases from the given ones.

    One for each window, unless its sequence has no room for it.
    """
    rng = np.random.default_rng(seed)
    index, start, end = (windows[key] for key in ("sequence_index", "start", "end"))
    taken = np.zeros((int(index.max()) + 1, length + 1), dtype=int)
    np.add.at(taken, (index, np.maximum(start - margin, 0)), 1)
    np.add.at(taken, (index, np.minimum(end + margin, length)), -1)
    busy = np.pad((taken.cumsum(axis=1)[:, :length] > 0).cumsum(axis=1), ((0, 0), (1, 0)))
    width = end - start
    places = np.arange(length)
    last = np.minimum(places + width[:, None], length)
    rows = index[:, None]
    free = (busy[rows, last] == busy[rows, places]) & (places + width[:, None] <= length)
    some = free.any(axis=1)
    chosen = np.where(free, rng.random(free.shape), -1).argmax(axis=1)[some]
    return {"sequence_index": index[some], "start": chosen, "end": chosen + width[some]}


def _all_scores(importance: np.ndarray, widths: range) -> tuple[list[np.ndarray], list[int]]:
    """Return the score of every window, one array ``(n, L - w + 1)`` per width."""
    spread = importance.std()
    centred = (importance - importance.mean()) / (spread if spread > 0 else 1.0)
    total = np.pad(centred.cumsum(axis=1), ((0, 0), (1, 0)))
    return [(total[:, w:] - total[:, :-w]) / np.sqrt(w) for w in widths], list(widths)
