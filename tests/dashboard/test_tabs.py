"""Which tabs a dashboard has: those of the package, some of them, or one from outside."""

from __future__ import annotations

import ast
from pathlib import Path

import ipywidgets as W
import pytest
import traitlets

from demo_widgets import dashboard as dashboard_package
from demo_widgets.dashboard import MotifDashboard, TabView
from demo_widgets.dashboard.tabs.table import TABS
from demo_widgets.errors import DemoWidgetsError

from .conftest import css_classes, html, linear_model, make_dataset, part


class CompositionTab(TabView):
    """A tab as somebody writes it who uses the package: bases counted, and each model's score."""

    title = "Composition"

    def __init__(self, workspace) -> None:
        super().__init__(workspace)
        self.text = W.HTML()
        self.widget = W.VBox([self.text])

    def refresh(self, changed: frozenset[str]) -> None:
        if "subject" in changed:
            self.fetch("composition", self.of_each_model("prediction"), self._paint)

    def _paint(self, predictions: dict) -> None:
        counts = ", ".join(f"{base} {self.session.sequence.count(base)}" for base in "ACGT")
        scores = ", ".join(f"{name} {p.probability:.3f}" for name, p in predictions.items())
        self.text.value = f"{self.session.name}: {counts}; {scores}"


def words_for(dashboard) -> str:
    sequence = dashboard.session.sequence
    counts = ", ".join(f"{base} {sequence.count(base)}" for base in "ACGT")
    return f"{dashboard.session.name}: {counts}; linear 0."


def test_a_tab_from_outside_is_drawn_like_the_others(make_dashboard):
    dashboard = make_dashboard(tabs=["Saliency", CompositionTab])
    assert part(dashboard, W.Tab).titles == ("Saliency", "Composition")
    assert dashboard.tab == "Saliency"
    dashboard.tab = "Composition"
    view = dashboard.view("Composition")
    assert words_for(dashboard) in html(view)
    dashboard.sequence_index = 3
    assert words_for(dashboard) in html(view)
    dashboard.session.mutate(0, "A" if dashboard.session.sequence[0] != "A" else "C")
    assert words_for(dashboard) in html(view)
    assert "dw-waiting" not in css_classes(view.widget)


def test_a_tab_from_outside_may_be_the_first_and_the_only_one(make_dashboard):
    dashboard = make_dashboard(tabs=[CompositionTab], block=False)
    assert dashboard.wait(60)
    assert dashboard.tab == "Composition" and words_for(dashboard) in html(
        dashboard.view("Composition")
    )
    dashboard.close()
    assert dashboard.view("Composition").text.comm is None


def test_by_default_there_are_all_tabs_of_the_table(make_dashboard):
    titles = [view.title for view in TABS]
    assert make_dashboard().titles == titles == list(MotifDashboard.tab.values)


def test_a_tab_that_the_dashboard_lacks_cannot_be_opened(make_dashboard):
    dashboard = make_dashboard(tabs=["Saliency", "Figure"], tab="Figure")
    assert dashboard.tab == "Figure"
    with pytest.raises(traitlets.TraitError, match="one of Saliency, Figure, got 'Motifs'"):
        dashboard.tab = "Motifs"
    assert dashboard.tab == "Figure"


@pytest.mark.parametrize(
    ("tabs", "why"),
    [
        ([], "tabs is empty"),
        ("Saliency", r"write \['Saliency'\]"),
        (["Salience"], "'Salience'; expected titles of built-in tabs .*Saliency"),
        ([W.HTML], "subclasses of .*TabView"),
        (["Saliency", "Saliency"], "two tabs called 'Saliency'"),
        ([type("Nameless", (TabView,), {})], "Nameless has no title"),
    ],
)
def test_tabs_that_cannot_be_used_are_refused_in_words(linear, tabs, why):
    with pytest.raises(DemoWidgetsError, match=why):
        MotifDashboard(linear, make_dataset(), tabs=tabs, block=True)


@pytest.mark.parametrize("title", MotifDashboard.tab.values)
def test_drawing_a_tab_leaves_the_session_as_it_is(make_dashboard, recurrent, title):
    dashboard, seen = make_dashboard({"linear": linear_model(), "recurrent": recurrent}), set()
    dashboard.session.observe(lambda change: seen.add(change.name))
    dashboard.tab = title
    assert seen == set()
    dashboard.sequence_index = 2
    dashboard.session.mutate(4, "A" if dashboard.session.sequence[4] != "A" else "C")
    assert seen == {"sequence_index", "subject"}
    dashboard.palette = "colour-blind"
    dashboard.tab = "Predictions"
    dashboard.tab = title
    assert seen == {"sequence_index", "subject", "palette"}


COMPUTE = {
    *("predict", "attribute", "saliency_map", "integrated_gradients", "in_silico_mutagenesis"),
    *("temporal_output_scores", "optimize_class", "pair_mutagenesis", "greedy_design", "repair"),
    *("strand_gap", "discover_motifs", "match_motifs", "scan_sequences", "localisation_table"),
    *("Thread", "Timer"),
}


def files_of(room: str) -> list[Path]:
    files = sorted((Path(dashboard_package.__file__).parent / room).rglob("*.py"))
    assert files
    return files


@pytest.mark.parametrize(
    ("room", "unused"),
    [
        ("session", ("ipywidgets", "bqplot", "anywidget", "threading", ".engine.")),
        ("engine", ("ipywidgets", "bqplot", "anywidget", ".session.", ".tabs.", ".parts.")),
    ],
)
def test_what_is_looked_at_and_how_it_is_computed_know_neither_widgets_nor_each_other(room, unused):
    for file in files_of(room):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            imported = ""
            if isinstance(node, ast.ImportFrom):
                imported = f"{node.module}."
            elif isinstance(node, ast.Import):
                imported = " ".join(alias.name for alias in node.names)
            assert not any(name in imported for name in unused), (file.name, imported)


@pytest.mark.parametrize("room", ["tabs", "parts", "page"])
def test_views_call_no_model_and_start_no_thread(room):
    for file in files_of(room):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                used = {alias.name for alias in node.names}
            else:
                used = {node.attr} if isinstance(node, ast.Attribute) else set()
            own = {"repair"} if file.name == "design_panel.py" else set()  # the panel's method
            assert not used & COMPUTE - own, (file.name, node.lineno)
