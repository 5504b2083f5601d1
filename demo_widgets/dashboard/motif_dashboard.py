"""``MotifDashboard``: the widget that holds the header, the tabs and the status line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as W
import traitlets as T

from demo_widgets.dashboard.page.header import Header
from demo_widgets.dashboard.page.late_page import LatePage
from demo_widgets.dashboard.page.style import style_element
from demo_widgets.dashboard.parts.widget_tree import close_all, widgets_of
from demo_widgets.dashboard.session.targets import scored_models
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.table import TABS, chosen_tabs
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import SequenceError
from demo_widgets.interpret.exact.shortcuts import prepare
from demo_widgets.pictures.palette import BASE_PALETTES
from demo_widgets.sequences import SequenceDataset

__all__ = ["MotifDashboard"]

_SHARED = ("sequence_index", "position", "window", "palette")
_OF_SESSION = (
    *("subject", "dataset", "position", "window", "palette"),
    *("attribution", "known_motifs", "jaspar_release", "restart_rank"),
)
_OF_ENGINE = ("completed", "optimized")
_DRAWN = frozenset({*_OF_SESSION, *_OF_ENGINE})


class _TabTitle(T.Enum[str]):
    """Trait: title of one of the dashboard's tabs; ``values`` are the built-in titles."""

    def validate(self, obj: MotifDashboard, value: Any) -> str:
        if value in obj.titles:
            return value
        raise T.TraitError(f"tab must be one of {', '.join(obj.titles)}, got {value!r}")


class MotifDashboard(W.VBox):
    """Interactive dashboard of the bases that make networks predict "bound".

    Results are computed when they are first shown, then cached, without blocking the notebook.
    Traits can be set and observed from other cells.

    Parameters
    ----------
    models
        Name -> Keras classifier over ``(length, 4)``, or a single model. A pair ``(model,
        target)`` instead of a model explains that output, so that one multi-task model can have
        several names: ``{"GATA1": (model, 0), "TAL1": (model, 1)}``.
    dataset
        A ``SequenceDataset``, or a list of sequences.
    target
        The output that means "bound", counted from 0: one for all models, or name -> output.
        Default 1 for models of one or two outputs; with more it must be given.
    tabs
        The tabs in order: titles of built-in ones and subclasses of
        :class:`~demo_widgets.dashboard.tabs.base.TabView`; by default all built-in ones.
    sequence_index, position, window, tab, palette
        Where to start; see the attributes.
    block
        Compute in the calling thread instead of in the background: for scripts, and for
        notebooks that are run without a front-end.

    Attributes
    ----------
    sequence_index : int
        0-based row of the current sequence.
    position : int
        0-based position of the selected base.
    window : tuple of int
        Visible positions, 0-based and half-open.
    tab : str
        Title of the open tab, e.g. ``"Saliency"``.
    palette : str
        Base colours: ``"classic"`` or ``"colour-blind"``.
    titles : list of str
        Titles of the tabs.
    session : Session
        The current sequence, its edits, and display settings.
    engine : Engine
        Computes and caches all results.
    header : Header
        The part above the tabs.

    Raises
    ------
    ModelError, SequenceError, DemoWidgetsError
        A model, the dataset or a tab cannot be used; the message says why.

    Examples
    --------
    >>> models, data = load_demo()
    >>> dashboard = MotifDashboard(models, data)
    >>> dashboard.tab = "Saliency"
    """

    sequence_index = T.Int(0)
    position = T.Int(0)
    window = T.Tuple(T.Int(), T.Int())
    tab = _TabTitle([view.title for view in TABS])
    palette = T.Enum(list(BASE_PALETTES), default_value="classic")

    def __init__(
        self,
        models: Any,
        dataset: Any,
        *,
        target: int | Mapping[str, int] | None = None,
        block: bool = False,
        tabs: Iterable[str | type[TabView]] | None = None,
        **traits: Any,
    ) -> None:
        unknown = set(traits) - {*_SHARED, "tab", "layout"}
        if unknown:
            raise TypeError(
                f"MotifDashboard has no argument {', '.join(sorted(map(repr, unknown)))}; "
                f"it takes models, dataset, target, block, tabs, tab, {', '.join(_SHARED)}"
            )
        self._tabs = chosen_tabs(tabs)
        scores = scored_models(models, target)
        prepare(scores.values(), wait=False)
        self._kept = [score.model for score in scores.values()]  # scores hold models weakly
        self._workspace = Workspace.of(
            scores, _checked(dataset), block=block, listed_rows=self._listed_rows
        )
        self.session, self.engine = self._workspace.session, self._workspace.engine
        self._views: dict[str, TabView] = {}
        self._stale: dict[str, set[str]] = {}
        super().__init__(layout=traits.pop("layout", None) or {"width": "100%"})
        self._links = [T.dlink((self.session, name), (self, name)) for name in _SHARED]
        tab = traits.pop("tab", None)
        for name, value in traits.items():
            setattr(self, name, value)
        # Before the header observes: the open tab requests first, and its results include the
        # scores.
        self.session.observe(self._refresh_visible, _OF_SESSION)
        self.engine.observe(self._refresh_visible, _OF_ENGINE)
        self.header = Header(self._workspace)
        self._pages = {title: W.VBox(layout={"min_height": "420px"}) for title in self.titles}
        self._tab_bar = W.Tab(children=list(self._pages.values()), titles=self.titles)
        self._tab_bar.add_class("dw-tabs")
        self._status = W.HTML("&nbsp;")
        aria = self._workspace.aria
        aria.name_part(self._status, [""], ".widget-html-content", role="status")
        self._status.add_class("dw-status")
        self.add_class("dw-root")
        late_page = LatePage()
        late_page.on_drawn(self._send_all)
        self.children = [
            style_element(),
            self.header.widget,
            self._status,
            self._tab_bar,
            aria,
            late_page,
        ]
        self._tab_bar.observe(lambda change: self._open(change.new), "selected_index")
        self.engine.observe(self._show_status, "status")
        self.observe(lambda change: self._select(change.new), "tab")
        if tab is not None:
            self.tab = tab
        self._open(self._tab_bar.selected_index)

    @property
    def titles(self) -> list[str]:
        """Titles of the tabs, in the order of the page."""
        return list(self._tabs)

    @T.default("tab")
    def _first_tab(self) -> str:
        return self.titles[0]

    @T.validate(*_SHARED)
    def _ask_session(self, proposal: T.Bunch) -> Any:
        """Validate by the session, which refuses or clips, before the dashboard changes."""
        setattr(self.session, proposal.trait.name, proposal.value)
        return getattr(self.session, proposal.trait.name)

    def view(self, title: str) -> TabView:
        """Return a tab's view, built on first use."""
        with self.engine.paint_lock:
            if title not in self._views:
                self._views[title] = self._tabs[title](self._workspace)
                self._pages[title].children = [self._views[title].widget]
                self._stale[title] = set()
                self._views[title].refresh(_DRAWN)
            return self._views[title]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being computed; False if ``timeout`` seconds were not enough."""
        return self.engine.wait(timeout)

    def save_html(
        self,
        path: str | os.PathLike[str],
        sequences: Any = None,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Write a report of chosen sequences as one self-contained HTML file.

        It contains pictures, sortable tables, CSV files, settings, seeds, versions and checksums,
        opens offline and can be printed. The file is written completely or not at all.

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
            A row does not exist, or none is selected.
        DemoWidgetsError
            The folder does not exist or cannot be written to.

        Examples
        --------
        >>> dashboard.save_html("report.html", sequences=[0, 3, 12])
        """
        from demo_widgets.dashboard.report import save_report
        from demo_widgets.dashboard.report.source import ReportSource
        from demo_widgets.dashboard.report.subjects import chosen_subjects

        if isinstance(sequences, str):
            self.wait()  # the order may be by predictions that are still being made
        subjects = chosen_subjects(self.session, sequences, self._listed_rows)
        save_report(path, ReportSource.of(self.session, self.engine), subjects, progress)

    def _listed_rows(self) -> Sequence[int]:
        """Rows listed by the first table of sequences; all rows if there is no table yet."""
        listed = (view.listed_rows() for view in self._views.values())
        return next((rows for rows in listed if rows is not None), range(len(self.session.dataset)))

    def close(self) -> None:
        """Stop background work and close every widget of the dashboard."""
        if not hasattr(self, "header"):  # closed before it was built
            return super().close()
        links, self._links = self._links, []
        for link in links:
            link.unlink()
        self.engine.close()
        close_all(self, *self._unseen())

    def _unseen(self) -> list[W.Widget]:
        return [*self.header.unseen, *(w for view in self._views.values() for w in view.unseen)]

    def _send_all(self) -> None:
        with self.engine.paint_lock:
            for widget in widgets_of(self, *self._unseen()):
                widget.send_state()

    def _select(self, title: str) -> None:
        self._tab_bar.selected_index = self.titles.index(title)

    def _open(self, index: int | None) -> None:
        if index is None:
            return
        title = self.titles[index]
        with self.engine.paint_lock:
            self.tab = title
            view, changed = self.view(title), frozenset(self._stale[title])
            if changed:
                self._stale[title] = set()
                view.refresh(changed)

    def _refresh_visible(self, change: T.Bunch) -> None:
        with self.engine.paint_lock:
            for title, view in self._views.items():
                if title == self.tab:
                    view.refresh(frozenset({change.name}))
                else:
                    self._stale[title].add(change.name)

    def _show_status(self, change: T.Bunch) -> None:
        self._status.value = f"{escape(change.new)}&nbsp;"


def _checked(dataset: Any) -> SequenceDataset:
    """Return ``given`` as a dataset of at least one sequence."""
    if isinstance(dataset, (str, os.PathLike)):
        given = os.fspath(dataset)
        if set(given.upper()) <= set("ACGTUN") and given:
            raise SequenceError(f"dataset is one string; expected a list: write [{given[:20]!r}]")
        raise SequenceError(
            f"dataset is {given!r}; expected sequences. If it is a file, read it first: "
            f"MotifDashboard(models, read_sequences({given!r}))"
        )
    if not isinstance(dataset, SequenceDataset):
        dataset = SequenceDataset(dataset)
    if len(dataset) == 0:
        raise SequenceError("dataset is empty; expected at least one sequence")
    return dataset
