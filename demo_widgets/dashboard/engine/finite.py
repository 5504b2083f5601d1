"""Detection of NaN and infinite results, which are reported instead of drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import ModelError

__all__ = ["check_finite"]

_SHOWN = {
    "probability": "prediction",
    "score": "score",
    "scores": "score",
    "probabilities": "prediction",
    "reference_scores": "score",
    "importance": "importance",
    "gradient": "gradient",
    "forward": "forward temporal score",
    "backward": "backward temporal score",
    "interactions": "interactions",
}
"""Names, for messages, of the result attributes that are shown."""


def check_finite(result: Any, name: str) -> None:
    """Raise an error if a shown value of ``result`` is NaN or infinite.

    Effects of substitutions are not checked: they are NaN where they were not requested.

    Parameters
    ----------
    result
        Any result of a computation.
    name
        Name of the model, for the message.

    Raises
    ------
    ModelError
        A value is not finite; the message names it, its position and the usual cause.
    """
    for attribute, words in _SHOWN.items():
        values = getattr(result, attribute, None)
        if not isinstance(values, (float, np.ndarray)):
            continue
        values = np.asarray(values)
        bad = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(1, bool)
        if bad.any():
            where = ""
            shape: tuple[int, ...] = bad.shape
            if len(shape) >= 2 and shape[1] > 1:
                places = np.flatnonzero(bad.reshape(*shape[:2], -1).any(axis=(0, 2)))
                more = ", ..." * (len(places) > 5)
                where = f" at position {', '.join(str(p + 1) for p in places[:5])}{more}"
            raise ModelError(
                f"the {words} of model {name!r} is not finite{where}: a layer divides by zero, "
                "takes the logarithm of zero or overflows. A common cause is dividing by the "
                "norm of an all-zero row (a base N)"
            )
