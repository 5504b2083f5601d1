"""Random generators from a checked seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import SequenceError

__all__ = ["generator_of_seed"]


def generator_of_seed(seed: Any) -> np.random.Generator:
    """Return the NumPy generator of a seed.

    Raises
    ------
    SequenceError
        The seed is not an integer of 0 or more.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise SequenceError(f"seed is {seed!r}; expected an integer, 0 or more")
    return np.random.default_rng(seed)
