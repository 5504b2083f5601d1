"""What a report is made from, as it stood when somebody asked for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.sequences import SequenceDataset

__all__ = ["ReportSource"]


@dataclass(frozen=True)
class ReportSource:
    """Models, sequences and settings; they stay while the page goes on being used.

    Attributes
    ----------
    models, dataset, results, attribution, palette, known_motifs, jaspar_release, optimized
        As in :class:`~demo_widgets.dashboard.session.state.DashboardState`.
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
    def of(cls, state: DashboardState) -> ReportSource:
        """The state of this moment."""
        names = [field.name for field in fields(cls) if field.name != "cancel"]
        return cls(**{name: getattr(state, name) for name in names})
