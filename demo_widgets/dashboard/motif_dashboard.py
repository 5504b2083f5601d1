"""``MotifDashboard``: the widget that holds the header, the tabs and the status line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets as W
import traitlets as T

from demo_widgets.dashboard.page.accessibility import Spoken, name_part
from demo_widgets.dashboard.page.header import Header
from demo_widgets.dashboard.page.late_page import LatePage
from demo_widgets.dashboard.page.style import style_element
from demo_widgets.dashboard.parts.widget_tree import close_all, widgets_of
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.dashboard.session.targets import scored_models
from demo_widgets.dashboard.session.window import SequenceWindow
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.compare_tab import CompareTab
from demo_widgets.dashboard.tabs.figure.figure_tab import FigureTab
from demo_widgets.dashboard.tabs.motifs.motifs_tab import MotifsTab
from demo_widgets.dashboard.tabs.mutations.mutations_tab import MutationsTab
from demo_widgets.dashboard.tabs.optimization.optimization_tab import ClassOptimizationTab
from demo_widgets.dashboard.tabs.predictions_tab import PredictionsTab
from demo_widgets.dashboard.tabs.saliency_tab import SaliencyTab
from demo_widgets.dashboard.tabs.temporal_tab import TemporalTab
from demo_widgets.errors import SequenceError
from demo_widgets.pictures.palette import BASE_PALETTES

__all__ = ["MotifDashboard"]

_TABS: tuple[type[TabView], ...] = (
    PredictionsTab,
    SaliencyTab,
    TemporalTab,
    ClassOptimizationTab,
    MotifsTab,
    MutationsTab,
    CompareTab,
    FigureTab,
)
_SHARED = ("sequence_index", "position", "window", "palette")
_DRAWN = frozenset(
    {
        *_SHARED,
        *("revision", "rows", "substitutions", "optimized", "attribution"),
        *("known_motifs", "jaspar_release"),
    }
)


class MotifDashboard(W.VBox):
    """See, by clicking, which bases made networks call DNA sequences "bound".

    Nothing is computed before it is looked at; what was computed is kept; computing never
    blocks the notebook. Traits can be set and observed from other cells.

    Parameters
    ----------
    models
        Name -> Keras classifier over ``(length, 4)``; a single model is taken too. A pair
        ``(model, target)`` in a model's place explains that output, so that one multi-task model
        can stand under several names: ``{"GATA1": (model, 0), "TAL1": (model, 1)}``.
    dataset
        A ``SequenceDataset``, or a list of sequences.
    target
        The output that means "bound", counted from 0: one for all models, or name -> output.
        Default 1 for models of one or two outputs; with more it must be given.
    sequence_index, position, tab, palette
        Where to start; see the attributes.
    block
        Compute in the calling thread instead of in the background: for scripts, and for
        notebooks that are run without a front-end.

    Attributes
    ----------
    sequence_index : int
        0-based row of the current sequence.
    position : int
        0-based position of the base under study.
    window : tuple of int
        Visible positions, 0-based and half-open.
    tab : str
        Title of the open tab, e.g. ``"Saliency"``.
    palette : str
        Base colours: ``"classic"`` or ``"colour-blind"``.

    Raises
    ------
    ModelError, SequenceError
        A model or the dataset cannot be used; the message says why.

    Examples
    --------
    >>> models, data = load_demo()
    >>> dashboard = MotifDashboard(models, data)
    >>> dashboard.tab = "Saliency"
    """

    sequence_index = T.Int(0)
    position = T.Int(0)
    window = T.Tuple(T.Int(), T.Int())
    tab = T.Enum([view.title for view in _TABS], default_value=_TABS[0].title)
    palette = T.Enum(list(BASE_PALETTES), default_value="classic")

    def __init__(
        self,
        models,
        dataset,
        *,
        target: int | Mapping[str, int] | None = None,
        block: bool = False,
        **traits: Any,
    ) -> None:
        unknown = set(traits) - {*_SHARED, "tab", "layout"}
        if unknown:
            raise TypeError(
                f"MotifDashboard has no argument {', '.join(sorted(map(repr, unknown)))}; "
                f"it takes models, dataset, target, block, tab, {', '.join(_SHARED)}"
            )
        scores = scored_models(models, target)
        self._kept = [score.model for score in scores.values()]  # scores hold models weakly
        self.state = DashboardState(scores, _checked(dataset), block=block)
        self._sequence_window = SequenceWindow(self.state)
        self._views: dict[str, TabView] = {}
        self._stale: dict[str, set[str]] = {}
        super().__init__(layout=traits.pop("layout", None) or {"width": "100%"})
        self._links = [T.dlink((self.state, name), (self, name)) for name in _SHARED]
        tab = traits.pop("tab", None)
        for name, value in traits.items():
            setattr(self, name, value)
        # Before the header observes: the open tab asks first, and its results hold the scores.
        self.state.observe(self._refresh_visible, sorted(_DRAWN))
        self._header = Header(self.state, self._sequence_window)
        self._pages = [W.VBox(layout={"min_height": "420px"}) for _ in _TABS]
        self._tabs = W.Tab(children=self._pages, titles=[view.title for view in _TABS])
        self._tabs.add_class("dw-tabs")
        self._status = W.HTML("&nbsp;")
        name_part(self.state, self._status, [""], ".widget-html-content", role="status")
        self._status.add_class("dw-status")
        self.add_class("dw-root")
        self._spoken = Spoken(described=self.state.described, values=self.state.spoken_values)
        self._links += [
            T.dlink((self.state, "described"), (self._spoken, "described")),
            T.dlink((self.state, "spoken_values"), (self._spoken, "values")),
        ]
        late_page = LatePage()
        late_page.on_drawn(self._send_all)
        self.children = [
            style_element(),
            self._header.widget,
            self._status,
            self._tabs,
            self._spoken,
            late_page,
        ]
        self._tabs.observe(lambda change: self._open(change.new), "selected_index")
        self.state.observe(self._show_status, "status")
        self.observe(lambda change: self._select(change.new), "tab")
        if tab is not None:
            self.tab = tab
        self._open(self._tabs.selected_index)

    @T.validate(*_SHARED)
    def _ask_state(self, proposal):
        """The state decides, and refuses or clips, before the dashboard changes."""
        setattr(self.state, proposal.trait.name, proposal.value)
        return getattr(self.state, proposal.trait.name)

    def view(self, title: str) -> TabView:
        """Return a tab's view, building it if nobody has looked at it yet."""
        with self.state.paint_lock:
            if title not in self._views:
                kind = next(view for view in _TABS if view.title == title)
                self._views[title] = kind(self.state, self._sequence_window)
                self._pages[_TABS.index(kind)].children = [self._views[title].widget]
                self._stale[title] = set()
                self._views[title].refresh(_DRAWN)
            return self._views[title]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being computed; False if ``timeout`` seconds were not enough."""
        return self.state.wait(timeout)

    def save_html(self, path, sequences=None, *, progress=None) -> None:
        """Write a report of chosen sequences as one self-contained HTML file.

        Pictures, tables to sort, CSV files to save, settings, seeds, versions and checksums;
        it opens without a network and prints. The file is written whole or not at all.

        Parameters
        ----------
        path
            Where to write.
        sequences
            Row indices, or a mask with one value a sequence, or ``"all shown"`` for the rows
            of the Predictions table; by default the current sequence with its edits.
        progress
            Called as ``progress(done, total)`` after each sequence.

        Raises
        ------
        SequenceError
            A row is not there, or none is chosen.
        DemoWidgetsError
            The folder does not exist or cannot be written to.

        Examples
        --------
        >>> dashboard.save_html("report.html", sequences=[0, 3, 12])
        """
        from demo_widgets.dashboard.report import save_report
        from demo_widgets.dashboard.report.source import ReportSource
        from demo_widgets.dashboard.report.subjects import chosen_subjects

        subjects = chosen_subjects(self.state, sequences, self._rows_shown)
        save_report(path, ReportSource.of(self.state), subjects, progress)

    def _rows_shown(self) -> list[int]:
        self.wait()  # the order may be by predictions that are still being made
        return list(self.state.rows_shown())

    def close(self) -> None:
        """Stop background work and close every widget of the dashboard."""
        if not hasattr(self, "_header"):  # refused before it was built
            return super().close()
        links, self._links = self._links, []
        for link in links:
            link.unlink()
        self.state.close()
        close_all(self, *self._unseen())

    def _unseen(self) -> list[W.Widget]:
        return [w for part in (self._header, *self._views.values()) for w in part.unseen]

    def _send_all(self) -> None:
        with self.state.paint_lock:
            for widget in widgets_of(self, *self._unseen()):
                widget.send_state()

    def _select(self, title: str) -> None:
        self._tabs.selected_index = [view.title for view in _TABS].index(title)

    def _open(self, index: int | None) -> None:
        if index is None:
            return
        title = _TABS[index].title
        with self.state.paint_lock:
            self.tab = title
            view, changed = self.view(title), frozenset(self._stale[title])
            if changed:
                self._stale[title] = set()
                view.refresh(changed)

    def _refresh_visible(self, change) -> None:
        with self.state.paint_lock:
            for title, view in self._views.items():
                if title == self.tab:
                    view.refresh(frozenset({change.name}))
                else:
                    self._stale[title].add(change.name)

    def _show_status(self, change) -> None:
        self._status.value = f"{escape(change.new)}&nbsp;"


def _checked(dataset):
    """A dataset that has at least one sequence."""
    from demo_widgets.sequences import SequenceDataset

    if isinstance(dataset, (str, os.PathLike)):
        given = os.fspath(dataset)
        if set(given.upper()) <= set("ACGTUN") and given:
            raise SequenceError(f"dataset is one string; expected a list: write [{given[:20]!r}]")
        raise SequenceError(
            f"dataset is {given!r}, which is no sequences; if it is a file, read it first: "
            f"MotifDashboard(models, read_sequences({given!r}))"
        )
    if not isinstance(dataset, SequenceDataset):
        dataset = SequenceDataset(dataset)
    if len(dataset) == 0:
        raise SequenceError("dataset holds no sequence: there is nothing to show")
    return dataset
