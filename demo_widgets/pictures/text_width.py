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
    """``words``, or as much of them as fits into ``width`` with an ellipsis at the end."""
    ems, kept, ellipsis = 0.0, 0, _em("…")
    for end, letter in enumerate(words, start=1):
        ems += _em(letter)
        if size * (ems + ellipsis) <= width:
            kept = end
        elif size * ems > width:
            return words[:kept].rstrip() + "…"
    return words


def wrapped(pieces: list[str], size: float, width: float) -> list[str]:
    """Return lines of ``pieces`` joined by a middle dot; a piece is never split, only shortened."""
    lines: list[str] = []
    for piece in (fitted(piece, size, width) for piece in pieces):
        if lines and text_width(lines[-1] + _BETWEEN + piece, size) <= width:
            lines[-1] += _BETWEEN + piece
        else:
            lines.append(piece)
    return lines
