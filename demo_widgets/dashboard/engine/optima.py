"""Which restarts of class optimization are shown."""

from __future__ import annotations

from collections.abc import Mapping

from demo_widgets.dashboard.engine.request import good_results
from demo_widgets.interpret.results import OptimizationResult

__all__ = ["shown_optima"]


def shown_optima(
    optimized: Mapping[str, OptimizationResult | Exception], rank: int
) -> dict[str, tuple[OptimizationResult, int]]:
    """Return model name -> ``(OptimizationResult, restart)`` of the models that have a result.

    Parameters
    ----------
    optimized
        Model name -> ``OptimizationResult`` or the error it ended in.
    rank
        Which restart, 0 for the best; the last if there are fewer.
    """
    return {
        name: (result, int(result.best_first[min(rank, len(result.best_first) - 1)]))
        for name, result in good_results(optimized).items()
    }
