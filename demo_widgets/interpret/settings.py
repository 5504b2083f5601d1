"""Settings that several methods take, positions."""

from __future__ import annotations

import math
import numbers
import operator
from typing import Any

from demo_widgets.errors import ModelError, SequenceError

__all__ = ["checked_stretch", "checked_whole"]


def checked_whole(name: str, value: Any, least: int) -> int:
    """``value`` as an ``int`` of at least ``least``.

    Raises
    ------
    ModelError
        It is none; the message names it.
    """
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or int(value) != value or value < least:
        raise ModelError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


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
