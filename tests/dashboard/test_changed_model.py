"""A model that changes while its dashboard is open: no result of the old one is shown again."""

from __future__ import annotations

import numpy as np
import pytest

import demo_widgets as dw

from .conftest import linear_model, make_dataset, table

TABS_WITH_TABLES = ["Saliency", "Mutations", "Compare"]


def change(model) -> None:
    model.set_weights([3 * weights + 0.1 for weights in model.get_weights()])


@pytest.fixture
def model():
    return linear_model("changing")


@pytest.fixture
def dashboard(make_dashboard, model):
    return make_dashboard({"changing": model}, make_dataset(labels=None))


def test_the_header_and_every_table_follow(dashboard, model):
    data = dashboard.session.dataset
    for tab in TABS_WITH_TABLES:
        dashboard.tab = tab
    dashboard.sequence_index = 1
    dashboard.sequence_index = 0
    change(model)
    dashboard.sequence_index = 1
    dashboard.sequence_index = 0
    expected = dw.predict(model, data)
    assert f"<b>{expected[0]:.3f}</b>" in dashboard.header.scores.value
    dashboard.tab = "Saliency"
    importance = dw.saliency_map(model, data.sequences[0]).importance[0]
    np.testing.assert_allclose(table(dashboard.view("Saliency"))["changing"], importance, rtol=1e-4)
    dashboard.tab = "Predictions"
    assert dashboard.wait(60)
    shown = dashboard.engine.predictions.probabilities["changing"]
    np.testing.assert_allclose(shown, expected, rtol=1e-5)


def test_a_tab_that_is_opened_again_is_computed_again(dashboard, model):
    for tab in ("Mutations", "Saliency"):
        dashboard.tab = tab
    change(model)
    dashboard.tab = "Compare"  # asks the engine, which notices
    dashboard.tab = "Mutations"
    effects = dw.in_silico_mutagenesis(model, dashboard.session.sequence).effects
    shown = table(dashboard.view("Mutations"))["changing"]
    np.testing.assert_allclose(shown.abs().max(), np.abs(effects).max(), rtol=1e-4)


def test_a_report_is_of_the_model_as_it_is(dashboard, model, tmp_path):
    before = dw.predict(model, dashboard.session.dataset)[0]
    change(model)
    dashboard.save_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    now = dw.predict(model, dashboard.session.dataset)[0]
    assert f"{now:.3f}" in text and f"{before:.3f}" not in text


def test_nothing_is_computed_again_without_a_change(dashboard, traffic):
    dashboard.tab = "Saliency"
    subject = dashboard.session.subject
    dashboard.sequence_index = 1
    dashboard.sequence_index = 0
    assert dashboard.session.subject == subject and dashboard.engine.revision == 0
