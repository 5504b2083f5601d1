"""Estimates of text widths without a font, so that text does not overflow."""

from __future__ import annotations

import unicodedata

__all__ = ["fitted", "text_width", "wrapped"]

_NARROW, _WIDE, _USUAL, _FULL = frozenset("iIjl.,:;|'!()[] ft"), frozenset("MWmw@%"), 0.6, 1.02
_BETWEEN = " · "


def text_width(words: str, size: float) -> float:
    """Return an upper estimate of the width of ``words`` at font size ``size``, in its unit."""
    return size * sum(_em(letter) for letter in words)


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return _FULL
    if letter in _WIDE:
        return 0.95
    return 0.38 if letter in _NARROW else _USUAL + 0.08 * letter.isupper()


def fitted(words: str, size: float, width: float) -> str:
    """Return ``words``, shortened with an ellipsis to fit into ``width``."""
    if text_width(words, size) <= width:
        return words
    while words and text_width(words + "…", size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(pieces: list[str], size: float, width: float) -> list[str]:
    """Return lines of ``pieces`` joined by a middle dot; a piece is never split, only shortened."""
    lines: list[str] = []
    for piece in (fitted(piece, size, width) for piece in pieces):
        if lines and text_width(lines[-1] + _BETWEEN + piece, size) <= width:
            lines[-1] += _BETWEEN + piece
        else:
            lines.append(piece)
    return lines
