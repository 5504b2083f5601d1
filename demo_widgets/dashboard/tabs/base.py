"""Base class of the tabs: a title, a widget, and a ``refresh`` that draws the current sequence.

A tab from outside the package is a subclass of :class:`TabView`, given to the dashboard as
``MotifDashboard(models, data, tabs=["Saliency", MyTab])``. It needs a ``title``, and an
``__init__`` that takes a :class:`~demo_widgets.dashboard.workspace.Workspace`, passes it to
``super().__init__`` and sets ``self.widget``; everything else is optional::

    from demo_widgets.dashboard.engine.request import PREDICTION

    class Composition(TabView):
        title = "Composition"

        def __init__(self, workspace):
            super().__init__(workspace)
            self.widget = ipywidgets.HTML()

        def refresh(self, changed):
            if "subject" in changed:
                self.fetch("prediction", self.of_each_model(PREDICTION), self._paint)

        def _paint(self, results):
            self.widget.value = f"{self.session.name}: {results}"

Views fetch from the engine and draw; they call no model, start no thread, and change the session
only in response to user input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.engine.freshness import Inquiry
from demo_widgets.dashboard.engine.request import Key, Kind, Request, Requests, Result, Take
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.pictures.palette import BASE_PALETTES, MODEL_COLOURS

__all__ = ["TabView"]


class TabView:
    """Base class of the tabs. A tab is built when first shown, and refreshed while it is in view.

    Parameters
    ----------
    workspace
        What the views share.

    Attributes
    ----------
    title : str
        Title of the tab.
    widget : ipywidgets.Widget
        The tab's content.
    unseen : list of ipywidgets.Widget
        Widgets outside its tree with the same lifetime: links, unused interactions.
    session, engine, window, aria
        As in :class:`~demo_widgets.dashboard.workspace.Workspace`.
    inquiry : Inquiry
        Fetches its results; see :meth:`fetch`.
    """

    title = ""
    widget: W.Widget

    def __init__(self, workspace: Workspace) -> None:
        self.session, self.engine = workspace.session, workspace.engine
        self.window, self.aria = workspace.window, workspace.aria
        self.unseen: list[W.Widget] = []
        self.inquiry = Inquiry(
            self.engine,
            lambda: self.session.subject,
            lambda: self.widget.add_class("dw-waiting"),
            lambda: self.widget.remove_class("dw-waiting"),
        )

    def refresh(self, changed: frozenset[str]) -> None:
        """Draw what depends on the traits named in ``changed``; at first, all of them.

        They are traits of the session (``"subject"``, ``"window"``, ``"palette"`` ...) and of the
        engine (``"completed"``, ``"optimized"``).
        """

    def listed_rows(self) -> Sequence[int] | None:
        """Rows of the dataset listed by the tab's table, in order; None without a table."""
        return None

    def of_each_model(self, kind: Kind[Result], **options: Any) -> dict[str, Request[Result]]:
        """Return model name -> request of ``kind`` on the current sequence."""
        sequence = self.session.sequence
        return {name: Request.of(kind, name, sequence, **options) for name in self.engine.models}

    def fetch(self, slot: str, requests: Requests[Key, Result], paint: Take[Key, Result]) -> None:
        """Call ``paint`` with the result, or the error, of each request, under its own key.

        Immediately, or later from another thread; not if the tab has fetched something else in the
        meantime or the sequence has changed. While a slow result is pending, the tab is dimmed,
        because it shows an outdated picture.
        """
        self.inquiry.fetch(slot, requests, paint)

    @property
    def shown_subject(self) -> Subject:
        """The sequence of the present results, which may no longer be the current one."""
        return self.inquiry.shown or self.session.subject

    @property
    def colours(self) -> dict[str, str]:
        """Base -> colour of the palette in use."""
        return BASE_PALETTES[self.session.palette]

    def model_colour(self, name: str) -> str:
        """Line colour of a model."""
        return MODEL_COLOURS[list(self.engine.models).index(name) % len(MODEL_COLOURS)]
