"""The Mutations tab: what a cell says and does, and the map of pairs."""

from __future__ import annotations

import io
import threading

import numpy as np
import pandas as pd
import pytest

from demo_widgets import interpret
from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.interpret import saliency_map
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import SequenceDataset, as_one_hot

from .conftest import linear_model, make_dataset, press, recurrent_model
from .test_edits import html, other

SOON = 30


def point(mark, event: str, column: int, row: int) -> None:
    """Play the browser: the pointer over a cell, or a click on it; rows from below."""
    content = {"event": event, "data": {"index": column, "subIndex": row}}
    message = {"data": {"method": "custom", "content": content}}
    mark.comm.handle_msg({"content": message, "buffers": []})


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
    view, sequence = dashboard.view("Mutations"), dashboard.state.sequence
    point(view._tracks["linear"]._hover.mark, "hover", 12, row)
    mutant = sequence[:12] + base + sequence[13:]
    assert f"<b>{sequence[12]}13{base}</b>" in view._readout.value
    for name, model in models.items():
        change = score(model, mutant) - score(model, sequence)
        shown = view._readout.value.split(f"{name} <b>")[1].split("</b>")[0]
        assert float(shown) == pytest.approx(change, abs=0.002)


@pytest.mark.parametrize(("row", "base"), [(0, "T"), (1, "G"), (2, "C"), (3, "A")])
def test_a_click_on_a_cell_applies_its_base(dashboard, row, base):
    view, before = dashboard.view("Mutations"), dashboard.state.sequence
    point(view._tracks["recurrent"]._hover.mark, "element_click", 12, row)
    assert dashboard.state.sequence == before[:12] + base + before[13:]
    assert dashboard.position == 12


def test_a_cell_is_coloured_by_its_change(dashboard):
    view = dashboard.view("Mutations")
    for name, track in view._tracks.items():
        effects = view._shown[name].effects[0] / view._limit
        colour = track._map.mark.color
        assert colour.shape == (8, 30)
        for row, base in enumerate("TGCA"):
            assert np.allclose(colour[2 * row], effects[:, "ACGT".index(base)], atol=1e-6)
    largest = max(np.abs(r.effects).max() for r in view._shown.values())
    assert view._limit == pytest.approx(largest)


def test_the_worst_and_the_best_substitution_are_named(dashboard, models):
    view, sequence = dashboard.view("Mutations"), dashboard.state.sequence
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
    point(view._tracks["linear"]._hover.mark, "element_click", 3, 3)
    wanted = interpret.in_silico_mutagenesis(models["recurrent"], [dashboard.state.sequence])
    assert np.allclose(view._shown["recurrent"].effects, wanted.effects, atol=1e-6)


@pytest.mark.filterwarnings("ignore::demo_widgets.errors.DemoWidgetsWarning")
def test_unknown_bases_have_cells_too(make_dashboard, models):
    dashboard = make_dashboard(models, SequenceDataset(["NNACGTNNAC"]), tab="Mutations")
    assert "dw-error" not in html(dashboard.view("Mutations"))
    mark = dashboard.view("Mutations")._tracks["linear"]._hover.mark
    point(mark, "element_click", 0, 1)
    assert dashboard.state.sequence == "GNACGTNNAC"


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
    assert (words in view._cut.value) if words else view._cut.value == ""
    centres = view._tracks["linear"]._map.mark.x
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
    dashboard.state.mutate(300, "G")
    assert dashboard.window == (0, 600)


@pytest.fixture
def long_dashboard(make_dashboard):
    return make_dashboard({"linear": linear_model()}, long_sequence(1200, 700), tab="Mutations")


def test_of_a_long_sequence_the_bases_in_view_are_mutated_exactly(long_dashboard):
    view, sequence = long_dashboard.view("Mutations"), long_dashboard.state.sequence
    wanted = interpret.in_silico_mutagenesis(linear_model(), [sequence]).effects[0]
    for window in (long_dashboard.window, (1150, 1200), (0, 40)):
        long_dashboard.window = window
        effects, drawn = view._shown["linear"].effects[0], view._drawn_part()
        assert np.allclose(effects[drawn], wanted[drawn], atol=1e-6)
        assert np.isnan(effects[:, 0]).sum() >= 700
        assert np.allclose(
            view._tracks["linear"]._map.mark.color[::2],
            (wanted[drawn] / view._limit).T[::-1],
            atol=1e-6,
        )
    table = pd.read_csv(io.BytesIO(view._csv()[2]))
    assert len(table) == 128 * 3 and table["position"].max() == 128
    assert "of those computed" in html(view)


def test_all_substitutions_of_a_long_sequence_are_computed_when_asked_for(long_dashboard):
    view, sequence = long_dashboard.view("Mutations"), long_dashboard.state.sequence
    assert view._every.run_button.description == "Compute all 1,200 bases"
    press(view._every.run_button)
    wanted = interpret.in_silico_mutagenesis(linear_model(), [sequence])
    assert np.allclose(view._shown["linear"].effects, wanted.effects, atol=1e-6)
    assert view._every.widget.children == () and "of those computed" not in html(view)
    long_dashboard.state.mutate(5, "G")
    assert view._every.widget.children and np.isnan(view._shown["linear"].effects).any()


def test_computing_all_substitutions_can_be_cancelled(long_dashboard, monkeypatch):
    view, compute = long_dashboard.view("Mutations"), interpret.in_silico_mutagenesis

    def cancelled_midway(*arguments, cancel, **options):
        cancel.set()
        return compute(*arguments, cancel=cancel, **options)

    monkeypatch.setattr(interpret, "in_silico_mutagenesis", cancelled_midway)
    press(view._every.run_button)
    assert "Cancelled" in html(view) and not view._every.run_button.disabled
    assert np.isnan(view._shown["linear"].effects).any() and view._every.cancel_button.disabled


def test_the_map_and_the_importance_by_mutagenesis_are_one_computation(dashboard, models):
    state, sequence = dashboard.state, dashboard.state.sequence
    method = "in_silico_mutagenesis"
    for name, model in models.items():
        known = state.results.known(Request.of("saliency", name, sequence, method=method))
        wanted = interpret.attribute(model, [sequence], method=method)
        assert np.allclose(known.importance, wanted.importance, atol=1e-6)
        state.results.keep(Request.of("saliency", name, "ACGT" * 5, method=method), wanted)
        found = state.results.known(Request.of("mutagenesis", name, "ACGT" * 5))
        assert np.allclose(found.effects, dashboard.view("Mutations")._shown[name].effects)


def test_the_table_holds_every_substitution_once(dashboard):
    name, mime, content = dashboard.view("Mutations")._csv()
    table = pd.read_csv(io.BytesIO(content))
    assert len(table) == 90 and not (table["reference"] == table["mutant"]).any()
    assert {"linear", "recurrent"} <= set(table.columns)


@pytest.fixture
def pairs(dashboard):
    dashboard.window = (4, 12)
    return dashboard.view("Mutations")._pairs


def test_the_pair_map_holds_what_two_do_beyond_each_alone(dashboard, models, pairs):
    pairs.model.value = "recurrent"
    press(pairs.run_button)
    sequence, model = dashboard.state.sequence, models["recurrent"]
    first, second, value = pairs._rows()[0]

    def mutated(*changes: str) -> float:
        bases = list(sequence)
        for change in changes:
            at = int(change[1:-1]) - 1
            assert bases[at] == change[0]
            bases[at] = change[-1]
        return score(model, "".join(bases)) - score(model, sequence)

    wanted = mutated(first, second) - mutated(first) - mutated(second)
    assert value == pytest.approx(wanted, abs=1e-3)
    assert pairs._map.color.shape == (8, 8)
    assert np.abs(pairs._map.color).max() == pytest.approx(abs(value), abs=1e-6)
    assert "<b>recurrent</b>, bases 5 to 12" in pairs._words.value
    assert (pairs._x.min, pairs._x.max) == (4.5, 12.5)
    table = pd.read_csv(io.BytesIO(pairs._csv()[2]))
    assert len(table) == 28
    assert table["interaction"].abs().is_monotonic_decreasing


def test_a_model_that_adds_up_its_evidence_has_no_pairs(pairs):
    press(pairs.run_button)
    assert max(abs(value) for _, _, value in pairs._rows()) < 1e-4


@pytest.mark.parametrize("view", [(0, 200), (30, 120)])
def test_of_more_than_sixty_bases_those_of_highest_saliency_are_paired(make_dashboard, view):
    dashboard = make_dashboard(
        {"recurrent": recurrent_model()}, make_dataset(length=200), tab="Mutations"
    )
    dashboard.window = view
    pairs = dashboard.view("Mutations")._pairs
    press(pairs.run_button)
    start, end = pairs._result.start, pairs._result.end
    assert view[0] <= start and end <= view[1] and end - start == 60
    assert dashboard.window == view
    assert f"bases {start + 1} to {end}" in pairs._words.value
    assert "the 60 around the highest saliency" in pairs._words.value
    sizes = saliency_map(dashboard.state.models["recurrent"], [dashboard.state.sequence])
    sites = [sizes.importance[0, i : i + 15].sum() for i in range(view[0], view[1] - 14)]
    best = view[0] + int(np.argmax(sites))
    assert start <= best and best + 15 <= end
    dashboard.window = (start + 5, start + 15)
    press(pairs.run_button)
    assert (pairs._result.start, pairs._result.end) == (start + 5, start + 15)
    assert "highest saliency" not in pairs._words.value


def test_one_base_makes_a_map_without_pairs(make_dashboard):
    dashboard = make_dashboard(dataset=SequenceDataset(["A"]), tab="Mutations")
    pairs = dashboard.view("Mutations")._pairs
    press(pairs.run_button)
    assert pairs._rows() == [] and "dw-error" not in pairs._words.value


def test_the_map_is_forgotten_when_the_bases_change_and_only_then(dashboard, pairs):
    press(pairs.run_button)
    dashboard.window = (0, 20)
    dashboard.position = 9
    dashboard.palette = "colour-blind"
    assert pairs._shown in pairs.widget.children
    dashboard.state.mutate(25, other(dashboard.state.sequence[25]))
    assert pairs._shown not in pairs.widget.children and pairs._words.value == ""


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
    pairs = threaded.view("Mutations")._pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    threaded.state.mutate(5, other(threaded.state.sequence[5]))
    held[1].set()
    assert threaded.wait(SOON)
    assert "changed meanwhile" in pairs._words.value
    assert pairs._shown not in pairs.widget.children


def test_a_map_keeps_the_name_of_the_model_it_was_asked_of(threaded, held):
    pairs = threaded.view("Mutations")._pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    pairs.model.value = "recurrent"
    held[1].set()
    assert threaded.wait(SOON)
    assert "<b>linear</b>" in pairs._words.value


def test_a_computation_under_way_is_cancelled(threaded, held):
    pairs = threaded.view("Mutations")._pairs
    press(pairs.run_button)
    assert held[0].wait(SOON)
    assert pairs.run_button.disabled and not pairs.cancel_button.disabled
    press(pairs.cancel_button)
    held[1].set()
    assert threaded.wait(SOON)
    assert "Cancelled" in pairs._words.value and not pairs.run_button.disabled
    assert threaded.state.status == ""


def test_a_computation_that_waits_is_cancelled_too(threaded):
    go = threading.Event()
    threaded.state.run_long("another", lambda job, tell: go.wait(SOON), lambda *_: None)
    pairs = threaded.view("Mutations")._pairs
    press(pairs.run_button)
    assert "Waiting" in threaded.state.status
    press(pairs.cancel_button)
    assert "Cancelled" in pairs._words.value and threaded.state.status == ""
    assert not pairs.run_button.disabled and pairs.cancel_button.disabled
    go.set()
    assert threaded.wait(SOON)
    assert pairs._shown not in pairs.widget.children


def test_a_failure_is_told_in_escaped_words(dashboard, pairs, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("<b>no memory</b>")

    monkeypatch.setattr(interpret, "pair_mutagenesis", broken)
    press(pairs.run_button)
    assert "&lt;b&gt;no memory" in pairs._words.value
    assert not pairs.run_button.disabled and pairs.cancel_button.disabled


def test_hostile_model_names_stay_text(make_dashboard):
    name = "<img src=x onerror=alert(1)>"
    dashboard = make_dashboard({name: linear_model()}, tab="Mutations")
    view = dashboard.view("Mutations")
    dashboard.window = (0, 5)
    point(view._tracks[name]._hover.mark, "hover", 3, 2)
    press(view._pairs.run_button)
    assert "<img" not in html(view) + view._tooltip.value
    assert "&lt;img" in view._pairs._words.value


def test_a_closed_dashboard_leaves_no_map(dashboard, pairs):
    press(pairs.run_button)
    view = dashboard.view("Mutations")
    marks = [pairs._map, pairs.figure, pairs._x, view._tracks["linear"]._map.mark, view._tooltip]
    dashboard.close()
    assert all(mark.comm is None for mark in marks)
