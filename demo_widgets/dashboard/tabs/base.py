"""What every tab has: a title, a widget, and a refresh that draws the current state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets as W

from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.dashboard.session.window import SequenceWindow
from demo_widgets.pictures.palette import BASE_PALETTES, MODEL_COLOURS

__all__ = ["NEW_BASES", "TabView"]

NEW_BASES = frozenset({"sequence_index", "revision"})
"""Traits of the state that mean: the bases shown may be others."""


class TabView:
    """Base of the tabs. Built when first looked at; refreshed while it is in view.

    Attributes
    ----------
    title : str
        What the tab is called.
    widget : ipywidgets.Widget
        The tab's content.
    unseen : list of ipywidgets.Widget
        Widgets that are not part of it but live with it: links, interactions at rest.
    """

    title = ""
    widget: W.Widget

    def __init__(self, state: DashboardState, window: SequenceWindow) -> None:
        self.state = state
        self.window = window
        self.unseen: list[W.Widget] = []
        self._shown_of: Subject | None = None
        self._question = 0
        self._patience = state.patience(
            lambda: self.widget.add_class("dw-waiting"),
            lambda: self.widget.remove_class("dw-waiting"),
        )

    def refresh(self, changed: frozenset[str]) -> None:
        """Draw what depends on the state's traits named in ``changed``; at first, all of them."""

    def fetch(self, slot: str, wanted: Mapping, paint: Callable[[dict], None]) -> None:
        """Ask the state for the requests in ``wanted`` and call ``paint(results)`` in time.

        An answer that comes after the next question is dropped. If it lasts, the tab pales: what
        it shows meanwhile is something else.
        """
        self._question += 1
        question, subject = self._question, self.state.subject

        def ready(results: dict) -> None:
            if question != self._question:
                return
            self._patience.over()
            self._shown_of = subject
            paint(results)

        self._patience.start()
        self.state.fetch(slot, list(wanted.values()), ready)

    def ask_nothing(self) -> None:
        """Drop the question under way: nothing is to be shown."""
        self._question += 1
        self._shown_of = None
        self._patience.over()

    @property
    def shown_of(self) -> Subject:
        """The sequence whose results are at hand, which the current one may have left behind."""
        return self._shown_of or self.state.subject

    @property
    def is_current(self) -> bool:
        """Whether the results at hand are those of the sequence as it now stands."""
        return self._shown_of is not None and self._shown_of.sequence == self.state.sequence

    @property
    def colours(self) -> dict[str, str]:
        """Base -> colour of the palette in use."""
        return BASE_PALETTES[self.state.palette]

    def model_colour(self, name: str) -> str:
        """Line colour of a model."""
        return MODEL_COLOURS[list(self.state.models).index(name) % len(MODEL_COLOURS)]
