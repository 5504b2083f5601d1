"""Snapshot of the data that a report is made from."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.engine.optima import shown_optima
from demo_widgets.dashboard.session.planted_sites import planted_matrices
from demo_widgets.dashboard.session.targets import scored_models
from demo_widgets.interpret.results import OptimizationResult
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences import SequenceDataset

if TYPE_CHECKING:
    from demo_widgets.dashboard.engine.engine import Engine
    from demo_widgets.dashboard.session.session import Session

__all__ = ["ReportSource"]


@dataclass(frozen=True)
class ReportSource:
    """Models, sequences and settings of a report, unaffected by later changes in the dashboard.

    Attributes
    ----------
    models
        Name -> model, as requests name them.
    dataset
        The sequences that the report is about.
    results
        Computes missing results.
    attribution
        Method of the importance of bases and its settings, ``(key, ((option, value), ...))``.
    palette
        Key of ``BASE_PALETTES``.
    known_motifs, jaspar_release
        Comma-separated names or matrix ids to scan for, and their JASPAR release.
    optimized
        Model name -> ``(OptimizationResult, restart)`` as shown.
    cancel
        Stops the writing when set.
    """

    models: Mapping[str, SequenceModel]
    dataset: SequenceDataset
    results: Results
    attribution: tuple[str, tuple[tuple[str, Any], ...]] = ("saliency", ())
    palette: str = "classic"
    known_motifs: str = ""
    jaspar_release: str = "JASPAR2024"
    optimized: Mapping[str, tuple[OptimizationResult, int]] = field(default_factory=dict)
    cancel: threading.Event | None = None

    @classmethod
    def of_models(
        cls, models: Mapping[str, Any], dataset: SequenceDataset, target: int | None = None
    ) -> ReportSource:
        """Create a source from models and a dataset, with the settings of :class:`MotifDashboard`.

        Parameters
        ----------
        models
            Name -> model; the caller keeps them.
        dataset
            The sequences.
        target
            The output that means "bound", of all models.
        """
        scores = scored_models(models, target)
        return cls(scores, dataset, Results(scores), known_motifs=planted_matrices(dataset))

    @classmethod
    def of(cls, session: Session, engine: Engine) -> ReportSource:
        """Create a source from the current state of a session and its results."""
        engine.notice_changes()
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
