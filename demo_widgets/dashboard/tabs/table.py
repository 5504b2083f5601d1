"""The built-in tabs, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterable

from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.compare_tab import CompareTab
from demo_widgets.dashboard.tabs.figure.figure_tab import FigureTab
from demo_widgets.dashboard.tabs.motifs.motifs_tab import MotifsTab
from demo_widgets.dashboard.tabs.mutations.mutations_tab import MutationsTab
from demo_widgets.dashboard.tabs.optimization.optimization_tab import ClassOptimizationTab
from demo_widgets.dashboard.tabs.predictions_tab import PredictionsTab
from demo_widgets.dashboard.tabs.saliency_tab import SaliencyTab
from demo_widgets.dashboard.tabs.temporal_tab import TemporalTab
from demo_widgets.errors import DemoWidgetsError

__all__ = ["TABS", "chosen_tabs"]

TABS: tuple[type[TabView], ...] = (
    PredictionsTab,
    SaliencyTab,
    TemporalTab,
    ClassOptimizationTab,
    MotifsTab,
    MutationsTab,
    CompareTab,
    FigureTab,
)


def chosen_tabs(tabs: Iterable[str | type[TabView]] | None) -> dict[str, type[TabView]]:
    """Return title -> class of the tabs in ``tabs``, in order.

    Parameters
    ----------
    tabs
        Titles of built-in tabs and subclasses of :class:`TabView`; None for all built-in ones.

    Raises
    ------
    DemoWidgetsError
        A title is unknown, an entry is neither, two share a title, or there is none.
    """
    known = {view.title: view for view in TABS}
    if tabs is None:
        return known
    if isinstance(tabs, str):
        raise DemoWidgetsError(f"tabs is one string; expected a list: write [{tabs!r}]")
    chosen: dict[str, type[TabView]] = {}
    for entry in tabs:
        view = known.get(entry) if isinstance(entry, str) else entry
        if not (isinstance(view, type) and issubclass(view, TabView)):
            raise DemoWidgetsError(
                f"tabs holds {entry!r}; expected titles of built-in tabs ({', '.join(known)}) or "
                "subclasses of demo_widgets.dashboard.TabView"
            )
        if not view.title:
            raise DemoWidgetsError(f"{view.__name__} has no title: set title = '...' in its class")
        if view.title in chosen:
            raise DemoWidgetsError(f"tabs holds two tabs called {view.title!r}: rename one")
        chosen[view.title] = view
    if not chosen:
        raise DemoWidgetsError("tabs is empty: give at least one, or None for all built-in tabs")
    return chosen
