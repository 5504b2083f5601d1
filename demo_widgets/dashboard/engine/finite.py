"""Numbers that are not finite: a dashboard says which and why instead of drawing them."""

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
"""Attributes of results that are shown, and what they are called."""


def check_finite(result: Any, name: str) -> None:
    """Raise where a number of ``result`` that is shown is NaN or infinite.

    Effects of substitutions are not looked at: they are NaN where none were asked for.

    Parameters
    ----------
    result
        Any result of a computation.
    name
        Name of the model, for the message.

    Raises
    ------
    ModelError
        One is; the message says which, where and what the usual cause is.
    """
    for attribute, words in _SHOWN.items():
        values = getattr(result, attribute, None)
        if not isinstance(values, (float, np.ndarray)):
            continue
        values = np.asarray(values)
        bad = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(1, bool)
        if bad.any():
            where = ""
            if bad.ndim >= 2 and bad.shape[1] > 1:
                places = np.flatnonzero(
                    bad.reshape(bad.shape[0], bad.shape[1], -1).any(axis=(0, 2))
                )
                more = ", ..." * (len(places) > 5)
                where = f" at position {', '.join(str(p + 1) for p in places[:5])}{more}"
            raise ModelError(
                f"the {words} of model {name!r} is not finite{where}: a layer divides by zero, "
                "takes the logarithm of zero or overflows. A common cause is dividing by the "
                "norm of an all-zero row (a base N)"
            )
