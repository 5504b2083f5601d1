"""What a report is made from, as it stood when somebody asked for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.engine.optima import shown_optima
from demo_widgets.dashboard.session.session import Session
from demo_widgets.sequences import SequenceDataset

__all__ = ["ReportSource"]


@dataclass(frozen=True)
class ReportSource:
    """Models, sequences and settings; they stay while the page goes on being used.

    Attributes
    ----------
    models, results
        As in :class:`~demo_widgets.dashboard.engine.engine.Engine`.
    dataset, attribution, palette, known_motifs, jaspar_release
        As in :class:`~demo_widgets.dashboard.session.session.Session`.
    optimized
        Model name -> ``(OptimizationResult, restart)`` as shown.
    cancel
        Stops the writing when set.
    """

    models: Mapping[str, Any]
    dataset: SequenceDataset
    results: Results
    attribution: tuple[str, tuple]
    palette: str
    known_motifs: str
    jaspar_release: str
    optimized: Mapping[str, tuple[Any, int]]
    cancel: threading.Event | None = None

    @classmethod
    def of(cls, session: Session, engine: Engine) -> ReportSource:
        """The session and its results of this moment."""
        return cls(
            models=engine.models,
            dataset=session.dataset,
            results=engine.results,
            attribution=session.attribution,
            palette=session.palette,
            known_motifs=session.known_motifs,
            jaspar_release=session.jaspar_release,
            optimized=shown_optima(engine.optimized, session.restart_rank),
        )
