"""Words over-represented in windows relative to control sequences."""

from __future__ import annotations

import numpy as np

__all__ = ["WORD_LENGTH", "enriched_words"]

WORD_LENGTH = 6
MIN_WINDOWS = 10
ALPHA = 0.01
"""Family-wise error rate."""


def enriched_words(bases: np.ndarray, controls: np.ndarray, *, limit: int = 4) -> list[str]:
    """Return six-letter words over-represented in windows, most significant first.

    A word and its reverse complement count as one, at most once per window. The expected number of
    windows with a word comes from its frequency in the controls; significance is the
    binomial tail, Bonferroni-corrected over all words to a family-wise error rate of 1 %.

    Parameters
    ----------
    bases
        Windows, one-hot ``(n, w, 4)``; all-zero positions (ends, N, erased sites) break words.
    controls
        One-hot sequences ``(m, L, 4)``.
    limit
        At most this many words; the next word must not be a one-base shift of a better one.

    Returns
    -------
    list of str
        Empty where nothing is over-represented.
    """
    from scipy.stats import binom

    codes, n_positions = _word_codes(bases)
    n = len(codes)
    if n == 0:
        return []
    windows_with = _rows_with_each(codes)
    control_codes, _ = _word_codes(controls)
    seen = control_codes[control_codes >= 0]
    canonical = _CANONICAL
    counted = np.bincount(seen, minlength=4**WORD_LENGTH) + _SMOOTHING * (_SIZE_OF_CLASS > 0)
    frequency = counted / counted.sum()
    expected = -np.expm1(np.log1p(-np.minimum(frequency, 0.999)) * (n_positions / n))
    log_p = binom.logsf(windows_with - 1, n, np.clip(expected, 1e-12, 1))
    log_p[(canonical != np.arange(4**WORD_LENGTH)) | (windows_with < MIN_WINDOWS)] = 0
    order = np.argsort(log_p, kind="stable")
    threshold = np.log(ALPHA / (_SIZE_OF_CLASS > 0).sum())
    chosen: list[str] = []
    for code in order:
        if log_p[code] > threshold or len(chosen) >= limit:
            break
        word = _letters(int(code))
        if not any(_shifted(word, other) for other in chosen):
            chosen.append(word)
    return chosen


def _word_codes(bases: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the canonical code of the word at each position ``(n, w - 5)``, -1 for broken ones."""
    present = bases.sum(axis=2) > 0
    letters = bases.argmax(axis=2)
    windows = np.lib.stride_tricks.sliding_window_view(letters, WORD_LENGTH, axis=1)
    whole = np.lib.stride_tricks.sliding_window_view(present, WORD_LENGTH, axis=1).all(axis=2)
    codes = _CANONICAL[windows @ _POWERS]
    return np.where(whole, codes, -1), int(whole.sum())


def _rows_with_each(codes: np.ndarray) -> np.ndarray:
    """Return the number of rows that contain each word, ``(4096,)``."""
    ordered = np.sort(codes, axis=1)
    first = np.ones_like(ordered, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return np.bincount(ordered[first & (ordered >= 0)], minlength=4**WORD_LENGTH)


def _letters(code: int) -> str:
    return "".join("ACGT"[code // power % 4] for power in _POWERS.tolist())


def _shifted(word: str, other: str) -> bool:
    """Whether one word is the other shifted by one base, on either strand."""
    back = other[::-1].translate(str.maketrans("ACGT", "TGCA"))
    return any(word[1:] == o[:-1] or word[:-1] == o[1:] for o in (other, back))


def _canonical_table() -> np.ndarray:
    codes = np.arange(4**WORD_LENGTH)
    digits = codes[:, None] // _POWERS % 4
    return np.minimum(codes, (3 - digits[:, ::-1]) @ _POWERS)


_POWERS = 4 ** np.arange(WORD_LENGTH - 1, -1, -1)
_CANONICAL = _canonical_table()
_SIZE_OF_CLASS = np.bincount(_CANONICAL, minlength=4**WORD_LENGTH)
_SMOOTHING = 1.0
