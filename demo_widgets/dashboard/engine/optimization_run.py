"""One run of class optimization over several models, in the background, with cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["OptimizationSettings", "run_optimization"]


@dataclass(frozen=True)
class OptimizationSettings:
    """Settings of a run, named as in ``demo_widgets.optimize_class``."""

    length: int
    iterations: int
    restarts: int
    regularization: float
    parametrization: str
    seed: int


def run_optimization(
    models: Mapping[str, Any],
    settings: OptimizationSettings,
    cancel: threading.Event,
    on_progress: Callable[[str, float, str], None],
) -> dict[str, Any]:
    """Optimise an input for each model in turn.

    Parameters
    ----------
    models
        Name -> model.
    settings
        What to run.
    cancel
        Stops the run when set; models finished or begun by then are in the answer.
    on_progress
        Called with the model's name, the share of the whole run done (0 to 1), and a line.

    Returns
    -------
    dict
        Model name -> ``OptimizationResult``, or the exception it raised.
    """
    from demo_widgets.interpret import optimize_class

    results: dict[str, Any] = {}
    began = time.monotonic()
    for place, (name, model) in enumerate(models.items()):
        if cancel.is_set():
            break

        def progress(done: int, total: int, scores, place=place, name=name) -> None:
            share = (place + done / total) / len(models)
            left = (time.monotonic() - began) * (1 - share) / share if share else 0.0
            on_progress(
                name,
                share,
                f"{name}: iteration {done:,} of {total:,}, best class score "
                f"{float(scores.max()):+.2f}, about {left:.0f} s left",
            )

        try:
            results[name] = optimize_class(
                model,
                length=settings.length,
                iterations=settings.iterations,
                restarts=settings.restarts,
                regularization=settings.regularization,
                parametrization=settings.parametrization,
                seed=settings.seed,
                on_progress=progress,
                cancel=cancel,
            )
        except Exception as error:
            results[name] = error
    return results
