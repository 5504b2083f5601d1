"""The Mutations tab: what a cell says and does, and the map of pairs."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from demo_widgets import interpret
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.interpret import saliency_map
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import SequenceDataset, as_one_hot

from .conftest import click, html, linear_model, make_dataset, press, recurrent_model, table
from .test_edits import other

SOON = 30


def score(model, sequence: str) -> float:
    return float(sequence_model(model).score_and_predict(as_one_hot([sequence]))[0][0])


@pytest.fixture(scope="module")
def models(linear):
    return {"linear": linear, "recurrent": recurrent_model()}


@pytest.fixture
def dashboard(make_dashboard, models):
    return make_dashboard(models, make_dataset(seed=5), tab="Mutations")


@pytest.mark.parametrize(("row", "base"), [(0, "T"), (1, "G"), (2, "C"), (3, "A")])
def test_a_cell_reads_out_the_change_in_score_of_each_model(dashboard, models, row, base):
    view, sequence = dashboard.view("Mutations"), dashboard.session.sequence
    click(view.tracks["linear"].hover.mark, 12, row, event="hover")
    mutant = sequence[:12] + base + sequence[13:]
    assert f"<b>{sequence[12]}13{base}</b>" in view.readout.value
    for name, model in models.items():
        change = score(model, mutant) - score(model, sequence)
        shown = view.readout.value.split(f"{name} <b>")[1].split("</b>")[0]
        assert float(shown) == pytest.approx(change, abs=0.002)


@pytest.mark.parametrize(("row", "base"), [(0, "T"), (1, "G"), (2, "C"), (3, "A")])
def test_a_click_on_a_cell_applies_its_base(dashboard, row, base):
    view, before = dashboard.view("Mutations"), dashboard.session.sequence
    click(view.tracks["recurrent"].hover.mark, 12, row)
    assert dashboard.session.sequence == before[:12] + base + before[13:]
    assert dashboard.position == 12


def test_a_cell_is_coloured_by_its_change(dashboard):
    view = dashboard.view("Mutations")
    for name, track in view.tracks.items():
        effects = view.results[name].effects[0] / view.limit
        colour = track.map.mark.color
        assert colour.shape == (8, 30)
        for row, base in enumerate("TGCA"):
            assert np.allclose(colour[2 * row], effects[:, "ACGT".index(base)], atol=1e-6)
    largest = max(np.abs(r.effects).max() for r in view.results.values())
    assert view.limit == pytest.approx(largest)


def test_the_worst_and_the_best_substitution_are_named(dashboard, models):
    view, sequence = dashboard.view("Mutations"), dashboard.session.sequence
    words = html(view)
    changes = {
        f"{old}{i + 1}{base}": score(models["linear"], sequence[:i] + base + sequence[i + 1 :])
        - score(models["linear"], sequence)
        for i, old in enumerate(sequence)
        for base in "ACGT"
        if base != old
    }
    shown = words.split("<b>linear</b>")[1].split("</div>")[0].split(" · ")
    for word, wanted in (("worst", min(changes.values())), ("best", max(changes.values()))):
        _, name, value = next(part for part in shown if part.startswith(word)).split()
        assert changes[name] == pytest.approx(wanted, abs=1e-4)
        assert float(value) == pytest.approx(wanted, abs=0.006)


def test_after_a_click_the_map_is_that_of_the_mutant(dashboard, models):
    view = dashboard.view("Mutations")
    click(view.tracks["linear"].hover.mark, 3, 3)
    wanted = interpret.in_silico_mutagenesis(models["recurrent"], [dashboard.session.sequence])
    assert np.allclose(view.results["recurrent"].effects, wanted.effects, atol=1e-6)


@pytest.mark.filterwarnings("ignore::demo_widgets.errors.DemoWidgetsWarning")
def test_unknown_bases_have_cells_too(make_dashboard, models):
    dashboard = make_dashboard(models, SequenceDataset(["NNACGTNNAC"]), tab="Mutations")
    assert "dw-error" not in html(dashboard.view("Mutations"))
    mark = dashboard.view("Mutations").tracks["linear"].hover.mark
    click(mark, 0, 1)
    assert dashboard.session.sequence == "GNACGTNNAC"


@pytest.mark.parametrize(
    ("length", "window", "words"),
    [
        (150, (0, 150), None),
        (200, (10, 200), "11 to 160 of the 190"),
        (200, (60, 200), None),
        (2000, (100, 1100), "101 to 250 of the 1,000"),
        (2000, (300, 340), None),
    ],
)
def test_what_is_not_drawn_is_said(make_dashboard, length, window, words):
    dashboard = make_dashboard(dataset=make_dataset(n=1, length=length, labels=[1]))
    dashboard.window = window
    dashboard.tab = "Mutations"
    view = dashboard.view("Mutations")
    assert (words in view.cut.value) if words else view.cut.value == ""
    centres = view.tracks["linear"].map.mark.x
    assert len(centres) <= 160
    if words is None:
        assert centres[0] <= window[0] + 1 and centres[-1] >= window[1]


def long_sequence(length: int, site: int) -> SequenceDataset:
    """T, and a run of A at ``site``: what the linear model of the tests scores highest."""
    return SequenceDataset(["T" * site + "A" * 20 + "T" * (length - site - 20)])


def test_the_map_of_a_long_sequence_opens_where_the_saliency_is_highest(make_dashboard):
    dashboard = make_dashboard({"linear": linear_model()}, long_sequence(600, 400), tab="Mutations")
    start, end = dashboard.window
    assert end - start == 100 and start < 400 and 420 < end
    assert f"Zoomed to bases {start + 1:,} to {end:,} of 600" in html(dashboard.view("Mutations"))
    view = dashboard.view("Mutations")
    dashboard.window = (0, 600)
    assert dashboard.window == (0, 600) and "Zoomed" not in html(view)
    dashboard.session.mutate(300, "G")
    assert dashboard.window == (0, 600)


@pytest.fixture
def long_dashboard(make_dashboard):
    return make_dashboard({"linear": linear_model()}, long_sequence(1200, 700), tab="Mutations")


def test_of_a_long_sequence_the_bases_in_view_are_mutated_exactly(long_dashboard):
    view, sequence = long_dashboard.view("Mutations"), long_dashboard.session.sequence
    wanted = interpret.in_silico_mutagenesis(linear_model(), [sequence]).effects[0]
    for window in (long_dashboard.window, (1150, 1200), (0, 40)):
        long_dashboard.window = window
        effects, drawn = view.results["linear"].effects[0], view.drawn_part
        assert np.allclose(effects[drawn], wanted[drawn], atol=1e-6)
        assert np.isnan(effects[:, 0]).sum() >= 700
        assert np.allclose(
            view.tracks["linear"].map.mark.color[::2],
            (wanted[drawn] / view.limit).T[::-1],
            atol=1e-6,
        )
    values = table(view)
    assert len(values) == 128 * 3 and values["position"].max() == 128
    assert "of those computed" in html(view)


def test_all_substitutions_of_a_long_sequence_are_computed_when_asked_for(long_dashboard):
    view, sequence = long_dashboard.view("Mutations"), long_dashboard.session.sequence
    assert view.every.run_button.description == "Compute all 1,200 bases"
    press(view.every.run_button)
    wanted = interpret.in_silico_mutagenesis(linear_model(), [sequence])
    assert np.allclose(view.results["linear"].effects, wanted.effects, atol=1e-6)
    assert view.every.widget.children == () and "of those computed" not in html(view)
    long_dashboard.session.mutate(5, "G")
    assert view.every.widget.children and np.isnan(view.results["linear"].effects).any()


def test_computing_all_substitutions_can_be_cancelled(long_dashboard, monkeypatch):
    view, compute = long_dashboard.view("Mutations"), interpret.in_silico_mutagenesis

    def cancelled_midway(*arguments, cancel, **options):
        cancel.set()
        return compute(*arguments, cancel=cancel, **options)

    monkeypatch.setattr(interpret, "in_silico_mutagenesis", cancelled_midway)
    press(view.every.run_button)
    assert "Cancelled" in html(view) and not view.every.run_button.disabled
    assert np.isnan(view.results["linear"].effects).any() and view.every.job.cancel_button.disabled


def test_the_map_and_the_importance_by_mutagenesis_are_one_computation(dashboard, models):
    engine, sequence = dashboard.engine, dashboard.session.sequence
    method = "in_silico_mutagenesis"
    for name, model in models.items():
        known = engine.results.known(Request.of("saliency", name, sequence, method=method))
        wanted = interpret.attribute(model, [sequence], method=method)
        assert np.allclose(known.importance, wanted.importance, atol=1e-6)
        engine.results.keep(Request.of("saliency", name, "ACGT" * 5, method=method), wanted)
        found = engine.results.known(Request.of("mutagenesis", name, "ACGT" * 5))
        assert np.allclose(found.effects, dashboard.view("Mutations").results[name].effects)


def test_the_table_holds_every_substitution_once(dashboard):
    found = table(dashboard.view("Mutations"))
    assert len(found) == 90 and not (found["reference"] == found["mutant"]).any()
    assert {"linear", "recurrent"} <= set(found.columns)


@pytest.fixture
def pairs(dashboard):
    dashboard.window = (4, 12)
    return dashboard.view("Mutations").pairs


def test_the_pair_map_holds_what_two_do_beyond_each_alone(dashboard, models, pairs):
    pairs.model.value = "recurrent"
    press(pairs.run_button)
    sequence, model = dashboard.session.sequence, models["recurrent"]
    first, second, value = pairs.rows()[0]

    def mutated(*changes: str) -> float:
        bases = list(sequence)
        for change in changes:
            at = int(change[1:-1]) - 1
            assert bases[at] == change[0]
            bases[at] = change[-1]
        return score(model, "".join(bases)) - score(model, sequence)

    wanted = mutated(first, second) - mutated(first) - mutated(second)
    assert value == pytest.approx(wanted, abs=1e-3)
    assert pairs.map.color.shape == (8, 8)
    assert np.abs(pairs.map.color).max() == pytest.approx(abs(value), abs=1e-6)
    assert "<b>recurrent</b>, bases 5 to 12" in pairs.job.line.value
    assert (pairs.x_scale.min, pairs.x_scale.max) == (4.5, 12.5)
    listed = table(pairs)
    assert len(listed) == 28
    assert listed["interaction"].abs().is_monotonic_decreasing


def test_a_model_that_adds_up_its_evidence_has_no_pairs(pairs):
    press(pairs.run_button)
    assert max(abs(value) for _, _, value in pairs.rows()) < 1e-4


@pytest.mark.parametrize("view", [(0, 200), (30, 120)])
def test_of_more_than_sixty_bases_those_of_highest_saliency_are_paired(make_dashboard, view):
    dashboard = make_dashboard(
        {"recurrent": recurrent_model()}, make_dataset(length=200), tab="Mutations"
    )
    dashboard.window = view
    pairs = dashboard.view("Mutations").pairs
    press(pairs.run_button)
    start, end = pairs.result.start, pairs.result.end
    assert view[0] <= start and end <= view[1] and end - start == 60
    assert dashboard.window == view
    assert f"bases {start + 1} to {end}" in pairs.job.line.value
    assert "the 60 around the highest saliency" in pairs.job.line.value
    sizes = saliency_map(dashboard.engine.models["recurrent"], [dashboard.session.sequence])
    sites = [sizes.importance[0, i : i + 15].sum() for i in range(view[0], view[1] - 14)]
    best = view[0] + int(np.argmax(sites))
    assert start <= best and best + 15 <= end
    dashboard.window = (start + 5, start + 15)
    press(pairs.run_button)
    assert (pairs.result.start, pairs.result.end) == (start + 5, start + 15)
    assert "highest saliency" not in pairs.job.line.value


def test_one_base_makes_a_map_without_pairs(make_dashboard):
    dashboard = make_dashboard(dataset=SequenceDataset(["A"]), tab="Mutations")
    pairs = dashboard.view("Mutations").pairs
    press(pairs.run_button)
    assert pairs.rows() == [] and "dw-error" not in pairs.job.line.value


def test_the_map_is_forgotten_when_the_bases_change_and_only_then(dashboard, pairs):
    press(pairs.run_button)
    dashboard.window = (0, 20)
    dashboard.position = 9
    dashboard.palette = "colour-blind"
    assert pairs.shown in pairs.widget.children
    dashboard.session.mutate(25, other(dashboard.session.sequence[25]))
    assert pairs.shown not in pairs.widget.children and pairs.job.line.value == ""


@pytest.fixture
def held(monkeypatch):
    """Pairs are computed when the second event is set; the first says that it has begun."""
    begun, go, compute = threading.Event(), threading.Event(), interpret.pair_mutagenesis

    def slow(*arguments, cancel, **options):
        begun.set()
        assert go.wait(SOON)
        return compute(*arguments, cancel=cancel, **options)

    monkeypatch.setattr(interpret, "pair_mutagenesis", slow)
    return begun, go


@pytest.fixture
def threaded(make_dashboard, models):
    dashboard = make_dashboard(models, make_dataset(seed=5), block=False)
    dashboard.window = (4, 10)
    dashboard.tab = "Mutations"
    assert dashboard.wait(SOON)
    return dashboard


def test_a_map_of_bases_that_changed_meanwhile_is_not_shown(threaded, held):
    pairs = threaded.view("Mutations").pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    threaded.session.mutate(5, other(threaded.session.sequence[5]))
    held[1].set()
    assert threaded.wait(SOON)
    assert "sequence has changed" in pairs.job.line.value
    assert pairs.shown not in pairs.widget.children


def test_a_map_keeps_the_name_of_the_model_it_was_asked_of(threaded, held):
    pairs = threaded.view("Mutations").pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    pairs.model.value = "recurrent"
    held[1].set()
    assert threaded.wait(SOON)
    assert "<b>linear</b>" in pairs.job.line.value


def test_a_computation_under_way_is_cancelled(threaded, held):
    pairs = threaded.view("Mutations").pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    assert pairs.run_button.disabled and not pairs.job.cancel_button.disabled
    press(pairs.job.cancel_button)
    held[1].set()
    assert threaded.wait(SOON)
    assert "Cancelled" in pairs.job.line.value and not pairs.run_button.disabled
    assert threaded.engine.status == ""


def test_a_computation_that_waits_is_cancelled_too(threaded):
    go = threading.Event()
    threaded.engine.run_long("another", lambda job, tell: go.wait(SOON), lambda *_: None)
    pairs = threaded.view("Mutations").pairs
    press(pairs.run_button)
    assert "Waiting" in threaded.engine.status
    press(pairs.job.cancel_button)
    assert "Cancelled" in pairs.job.line.value and threaded.engine.status == ""
    assert not pairs.run_button.disabled and pairs.job.cancel_button.disabled
    go.set()
    assert threaded.wait(SOON)
    assert pairs.shown not in pairs.widget.children


def test_a_failure_is_told_in_escaped_words(dashboard, pairs, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("<b>no memory</b>")

    monkeypatch.setattr(interpret, "pair_mutagenesis", broken)
    press(pairs.run_button)
    assert "&lt;b&gt;no memory" in pairs.job.line.value
    assert not pairs.run_button.disabled and pairs.job.cancel_button.disabled


def test_hostile_model_names_stay_text(make_dashboard):
    name = "<img src=x onerror=alert(1)>"
    dashboard = make_dashboard({name: linear_model()}, tab="Mutations")
    view = dashboard.view("Mutations")
    dashboard.window = (0, 5)
    click(view.tracks[name].hover.mark, 3, 2, event="hover")
    press(view.pairs.run_button)
    assert "<img" not in html(view) + view.tooltip.value
    assert "&lt;img" in view.pairs.job.line.value


def test_a_closed_dashboard_leaves_no_map(dashboard, pairs):
    press(pairs.run_button)
    view = dashboard.view("Mutations")
    marks = [pairs.map, pairs.figure, pairs.x_scale, view.tracks["linear"].map.mark, view.tooltip]
    dashboard.close()
    assert all(mark.comm is None for mark in marks)
