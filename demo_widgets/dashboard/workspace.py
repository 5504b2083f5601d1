"""Objects shared by the views of one dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from demo_widgets.dashboard.drawing.sequence_window import SequenceWindow
from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.page.accessibility import AccessibleNames
from demo_widgets.dashboard.session.session import Session
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences import SequenceDataset

__all__ = ["Workspace"]


@dataclass(frozen=True, eq=False)
class Workspace:
    """Objects that a view needs to fetch results and to draw.

    Attributes
    ----------
    session
        State of the dashboard; views observe it, and change it in response to user input.
    engine
        Computes the results that views fetch.
    window
        The x scale that all tracks share.
    aria
        Names and descriptions of widgets, for screen readers.
    listed_rows
        Returns the rows listed by the table of sequences, in order; all rows if there is no table
        yet.
    """

    session: Session
    engine: Engine
    window: SequenceWindow = field(repr=False)
    aria: AccessibleNames = field(repr=False)
    listed_rows: Callable[[], Sequence[int]] = field(repr=False)

    @classmethod
    def of(
        cls,
        models: Mapping[str, SequenceModel],
        dataset: SequenceDataset,
        *,
        block: bool = False,
        listed_rows: Callable[[], Sequence[int]] | None = None,
    ) -> Workspace:
        """Return a session over ``dataset`` with an engine for ``models``."""
        session, engine = Session(dataset), Engine(models, dataset, block=block)
        session.observe(lambda change: engine.predictions.take_dataset(change.new), "dataset")
        session.observe(lambda _: engine.say("page", ""), "sequence_index")
        engine.observe(lambda change: session.take_revision(change.new), "revision")
        return cls(
            session,
            engine,
            SequenceWindow(session),
            AccessibleNames(),
            listed_rows or (lambda: range(len(session.dataset))),
        )
