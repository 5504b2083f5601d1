"""Which tabs a dashboard has: those of the package, some of them, or one from outside."""

from __future__ import annotations

import ipywidgets as W
import pytest
import traitlets

from demo_widgets.dashboard import MotifDashboard
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.table import TABS
from demo_widgets.errors import DemoWidgetsError

from .conftest import css_classes, html, make_dataset, part


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
