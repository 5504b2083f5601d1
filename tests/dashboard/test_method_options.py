"""The settings of an attribution method: from its declaration to what is computed and shown."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.dashboard.engine.computations import compute
from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.dashboard.parts.method_options import MethodOptions
from demo_widgets.interpret import attribute
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.classic_figure import classic_figure
from demo_widgets.pictures.figure_content import FIGURE_WIDTHS, FigureContent
from demo_widgets.pictures.palette import BASE_PALETTES

from .conftest import receive


@pytest.fixture
def view(make_dashboard, recurrent):
    return make_dashboard({"net": recurrent}, tab="Saliency").view("Saliency")


def option(view, key: str):
    return view.options[view.method.value].controls[key]


@pytest.mark.parametrize("key", METHODS)
def test_a_method_has_a_control_for_each_option_at_its_default(key):
    row = MethodOptions(METHODS[key], lambda: None)
    assert row.values == {o.key: o.default for o in METHODS[key].options}
    assert [w.description for w in row.widget.children] == [o.label for o in METHODS[key].options]


def test_the_controls_of_the_chosen_method_alone_are_shown(view):
    assert view.options_box.children[0].children == ()
    receive(view.method, index=list(METHODS).index("integrated_gradients"))
    assert len(view.options_box.children[0].children) == 4


def test_steps_and_reference_are_what_is_computed(view, recurrent):
    view.method.value = "integrated_gradients"
    receive(option(view, "steps"), value=8)
    few = view.results["net"]
    assert (few.steps, few.reference) == (8, "zeros")
    receive(option(view, "reference"), index=1)
    receive(option(view, "n_references"), value=2)
    shuffled = view.results["net"]
    assert (shuffled.steps, shuffled.reference, shuffled.n_references) == (8, "dinucleotide", 2)
    wanted = attribute(
        recurrent, [view.session.sequence], method="integrated_gradients",
        steps=8, reference="dinucleotide", n_references=2, seed=0,
    )  # fmt: skip
    np.testing.assert_allclose(shuffled.importance, wanted.importance, rtol=1e-5, atol=1e-7)
    assert not np.allclose(few.importance, shuffled.importance)


@pytest.mark.parametrize("typed, kept", [(1, 8), (100_000, 256)])
def test_steps_stay_within_what_the_method_declares(view, typed, kept):
    view.method.value = "integrated_gradients"
    option(view, "steps").value = typed
    assert view.results["net"].steps == kept


def test_the_figure_tab_draws_the_method_of_the_saliency_tab(view, make_dashboard, recurrent):
    dashboard = make_dashboard({"net": recurrent}, tab="Figure")
    figure = dashboard.view("Figure")
    assert "Saliency maps" in figure.card.value
    dashboard.tab = "Saliency"
    dashboard.view("Saliency").method.value = "in_silico_mutagenesis"
    dashboard.tab = "Figure"
    assert "In-silico mutagenesis: the bases" in figure.card.value
    assert "Saliency maps" not in figure.card.value


def test_the_bar_of_a_signed_method_runs_from_minus_to_plus():
    class Signed:
        method = "input_x_gradient"
        importance = np.array([[-2.0, 0.0, 1.0, 2.0]])

    content = FigureContent("seq", 1, "ACGT", (0, 4), saliency={"net": Signed})
    drawn = classic_figure(content, FIGURE_WIDTHS["slide (320 mm)"], BASE_PALETTES["classic"])
    assert ">-2<" in drawn and ">0<" in drawn and ">2<" in drawn


def test_the_report_is_of_the_chosen_method_and_says_so(make_dashboard, recurrent, tmp_path):
    dashboard = make_dashboard({"net": recurrent}, tab="Saliency")
    view = dashboard.view("Saliency")
    view.method.value = "integrated_gradients"
    option(view, "steps").value = 16
    dashboard.save_html(tmp_path / "report.html", [0, 2])
    page = (tmp_path / "report.html").read_text()
    assert page.count("<h3>Integrated gradients: which bases the score depends on</h3>") == 2
    assert "Integrated gradients (method integrated_gradients)" in page and "steps 16" in page
    assert "net integrated gradients" in page and "Saliency" not in page
    assert f"{view.results['net'].importance[0, 3]:.4g}" in page


def test_sequences_computed_together_have_the_results_of_each_alone(
    make_dashboard, recurrent, monkeypatch
):
    dashboard = make_dashboard({"net": recurrent})
    session, engine = dashboard.session, dashboard.engine
    kinds = {
        "prediction": {},
        "temporal": {},
        "saliency": {"method": "integrated_gradients", "steps": 8},
    }
    requests = [
        Request.of(kind, "net", sequence, **options)
        for sequence in session.dataset.sequences
        for kind, options in kinds.items()
    ]
    alone = [compute(request, engine.models) for request in requests]

    def by_itself(request, models, **running):
        raise AssertionError(f"{request.kind} was computed for one sequence by itself")

    monkeypatch.setattr(results_module, "compute", by_itself)
    engine.results.compute_ahead(requests)
    together = engine.results.all_of(requests)
    for request, wanted in zip(requests, alone, strict=True):
        for field in fields(wanted):
            value = getattr(wanted, field.name)
            if not isinstance(value, str):
                found = getattr(together[request], field.name)
                np.testing.assert_allclose(found, value, rtol=1e-3, atol=1e-5)


def test_a_model_that_fails_is_left_for_its_own_request():
    results, request = Results({"broken": None}), Request.of("prediction", "broken", "ACGT")
    results.compute_ahead([request])
    assert isinstance(results.all_of([request])[request], Exception)
