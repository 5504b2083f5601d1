"""Validation of a range of positions."""

from __future__ import annotations

import operator

from demo_widgets.errors import SequenceError

__all__ = ["checked_stretch"]


def checked_stretch(name: str, stretch: tuple[int, int] | None, length: int) -> tuple[int, int]:
    """Return start and end, 0-based and half-open, of ``stretch``; ``None`` means all positions.

    Raises
    ------
    SequenceError
        It is not two whole numbers, or does not lie in ``length`` bases; the message names it.
    """
    if stretch is None:
        return 0, length
    try:
        start, end = (operator.index(edge) for edge in stretch)
    except (TypeError, ValueError) as error:
        raise SequenceError(
            f"{name} must be two whole numbers, start and end, got {stretch!r}"
        ) from error
    if not 0 <= start < end <= length:
        raise SequenceError(
            f"{name} must be a start and an end with 0 <= start < end <= {length} (the sequences "
            f"have {length} bases), got {stretch!r}"
        )
    return start, end
