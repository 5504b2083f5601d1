"""The panel of designs: limits, two ways to a sequence that obeys them, and what it refuses."""

from __future__ import annotations

import pytest

from demo_widgets.dashboard.tabs.optimization.design_panel import constraints_of

from .conftest import html, linear_model, make_dataset, press, recurrent_model, saved


@pytest.fixture
def dashboard(make_dashboard):
    models = {"linear": linear_model(), "recurrent": recurrent_model()}
    return make_dashboard(models, make_dataset(seed=4), tab="Class optimization")


@pytest.fixture
def panel(dashboard):
    return dashboard.view("Class optimization").design


def test_no_limit_is_set_where_the_controls_are_left_alone(panel):
    limits = panel.constraints()
    assert limits == constraints_of((0, 100), 0, 0, "", 0)
    assert limits.gc is None and limits.max_homopolymer is None and not limits.forbidden_sites


def test_a_design_obeys_the_limits_and_is_explored_in_all_tabs(dashboard, panel):
    panel.homopolymer.value, panel.steps.value = 3, 4
    press(panel.greedy_button)
    assert list(panel.designs) == ["linear", "recurrent"] and panel.job.line.value == "Done."
    for name, design in panel.designs.items():
        assert panel.constraints().violations(design.sequence) == []
        assert f"<td>{name}</td><td>{design.start_score:+.2f}</td>" in panel.table.value
    assert f"Designed from {dashboard.session.name}" in panel.table.value
    panel.choice.value = "recurrent"
    panel.explore()
    assert dashboard.session.sequence == panel.designs["recurrent"].sequence
    dashboard.session.undo()
    assert not dashboard.session.is_edited


def test_the_optima_shown_are_repaired(dashboard, panel):
    press(panel.repair_button)
    assert "press Run above first" in panel.job.line.value and panel.designs == {}
    view = dashboard.view("Class optimization")
    view.form.iterations.value, view.form.restarts.value, view.form.length.value = 3, 2, 20
    press(view.run_button)
    view.restart.value = 1
    panel.homopolymer.value = 2
    press(panel.repair_button)
    for name, (result, restart) in view.optima.items():
        repaired = panel.designs[name]
        assert panel.constraints().violations(repaired.sequence) == []
        bases = list(result.sequences[restart])
        for step in repaired.path:
            bases[step.position] = step.to_base
        assert "".join(bases) == repaired.sequence
    name, content = saved(panel.downloads, "FASTA")
    assert name == "designs.fa" and content.decode().count(">") == 2


def test_an_unknown_enzyme_is_refused_before_anything_is_computed(panel):
    panel.forbidden.value = "EcoQ99"
    press(panel.greedy_button)
    assert "EcoQ99" in panel.job.line.value and 'role="alert"' in panel.job.line.value
    assert panel.designs == {} and not panel.greedy_button.disabled


def test_a_model_that_cannot_be_designed_for_leaves_the_others(dashboard, panel, monkeypatch):
    from demo_widgets import interpret
    from demo_widgets.errors import ModelError

    original = interpret.greedy_design

    def sometimes(model, *rest, **options):
        if model is dashboard.engine.models["linear"]:
            raise ModelError("<b>no</b> mutants")
        return original(model, *rest, **options)

    monkeypatch.setattr(interpret, "greedy_design", sometimes)
    panel.steps.value = 1
    press(panel.greedy_button)
    assert list(panel.designs) == ["recurrent"]
    assert panel.job.line.value == "1 of 2 models failed; see the errors below."
    assert "&lt;b&gt;no&lt;/b&gt; mutants" in html(panel)
