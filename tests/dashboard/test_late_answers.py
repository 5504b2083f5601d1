"""Answers that come when another question has been asked: none is drawn, none is lost."""

from __future__ import annotations

import io
import threading

import numpy as np
import pandas as pd
import pytest

from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.errors import Cancelled, ModelError

from .conftest import css_classes, make_dataset, press, saved, table

SOON = 60.0


class Gate:
    """Holds the computations that ``holds`` picks until it is opened."""

    def __init__(self, compute) -> None:
        self.holds = lambda request: False
        self.reached, self.open = threading.Event(), threading.Event()
        self.begun: list[Request] = []
        self.compute = compute

    def __call__(self, request, models, **running):
        self.begun.append(request)
        if self.holds(request):
            self.reached.set()
            assert self.open.wait(SOON)
        return self.compute(request, models, **running)


@pytest.fixture
def gate(monkeypatch):
    made = Gate(results_module.compute)
    monkeypatch.setattr(results_module, "compute", made)
    yield made
    made.open.set()


@pytest.fixture
def dashboard(make_dashboard, recurrent):
    made = make_dashboard({"recurrent": recurrent}, make_dataset(length=60), block=False)
    yield made
    assert made.wait(SOON)


@pytest.mark.parametrize("tab", ["Saliency", "Temporal", "Mutations", "Compare"])
def test_a_late_answer_for_a_sequence_left_behind_leaves_the_tab_alive(
    make_dashboard, recurrent, gate, tab
):
    data = make_dataset(n=2, length=600)
    dashboard = make_dashboard({"recurrent": recurrent}, data, tab=tab, block=False)
    assert dashboard.wait(SOON)
    view, other = dashboard.view(tab), dashboard.session.dataset.sequences[1]
    gate.holds = lambda request: request.sequence == other and request.kind != "prediction"
    dashboard.sequence_index = 1
    assert gate.reached.wait(SOON)
    dashboard.sequence_index = 0
    gate.open.set()
    assert dashboard.wait(SOON)
    assert view.inquiry.is_current and view.shown_subject.row == 0
    letters = view.tracks["recurrent"].letters.mark
    before = np.array(letters.x)
    dashboard.window = (20, 40)
    assert dashboard.wait(SOON)
    assert not np.array_equal(before, np.array(letters.x))


def test_a_tab_stays_pale_until_the_newest_answer_is_there(dashboard, gate):
    dashboard.tab = "Saliency"
    assert dashboard.wait(SOON)
    view, sequences = dashboard.view("Saliency"), dashboard.session.dataset.sequences
    view.inquiry.notice.delay = 0
    gate.holds = lambda request: request.sequence == sequences[1]
    dashboard.sequence_index = 1
    assert gate.reached.wait(SOON)
    assert "dw-waiting" in css_classes(view.widget)
    second = threading.Event()
    released = gate.open

    def hold_third(request):
        if request.sequence == sequences[2]:
            gate.open = second
            gate.reached.set()
            return True
        return False

    gate.reached.clear()
    gate.holds = hold_third
    dashboard.sequence_index = 2
    released.set()
    assert gate.reached.wait(SOON)
    assert "dw-waiting" in css_classes(view.widget)
    second.set()
    assert dashboard.wait(SOON)
    assert "dw-waiting" not in css_classes(view.widget) and view.shown_subject.row == 2


@pytest.mark.parametrize("tab", ["Saliency", "Temporal", "Mutations", "Compare"])
def test_a_file_asked_for_while_another_sequence_is_computed_is_all_of_the_old_one(
    dashboard, gate, tab
):
    dashboard.tab = tab
    assert dashboard.wait(SOON)
    view, sequences = dashboard.view(tab), dashboard.session.dataset.sequences
    name, content = saved(view.downloads, "CSV")
    gate.holds = lambda request: request.sequence == sequences[3] and request.kind != "prediction"
    dashboard.sequence_index = 3
    assert gate.reached.wait(SOON)
    assert saved(view.downloads, "CSV") == (name, content)
    values = pd.read_csv(io.BytesIO(content))
    letters = values["base"] if "base" in values else values["reference"][::3]
    assert "".join(letters) == sequences[0]
    gate.open.set()
    assert dashboard.wait(SOON)
    assert saved(view.downloads, "CSV")[0] == name.replace("_1.", "_4.")


def test_compare_can_be_zoomed_while_another_method_is_computed(dashboard, gate):
    dashboard.tab = "Compare"
    assert dashboard.wait(SOON)
    view = dashboard.view("Compare")
    gate.holds = lambda request: ("method", "integrated_gradients") in request.options
    view.method.value = "integrated_gradients"
    assert gate.reached.wait(SOON)
    dashboard.window = (10, 50)
    assert "recurrent" in table(view)
    gate.open.set()
    assert dashboard.wait(SOON)
    assert view.method_shown.key == "integrated_gradients"


def test_a_kept_scale_is_that_of_the_method_it_is_kept_for(dashboard, gate):
    dashboard.tab = "Saliency"
    view = dashboard.view("Saliency")
    view.scale.value = "kept"
    assert dashboard.wait(SOON)
    gate.holds = lambda request: ("method", "in_silico_mutagenesis") in request.options
    view.method.value = "in_silico_mutagenesis"
    assert gate.reached.wait(SOON)
    dashboard.window = (5, 40)
    gate.open.set()
    assert dashboard.wait(SOON)
    assert view.kept_limits["in_silico_mutagenesis"][0] < 0 <= view.kept_limits["saliency"][0]


def test_what_nobody_waits_for_is_not_computed(make_dashboard, recurrent, gate):
    models = {"one": recurrent, "two": recurrent, "three": recurrent}
    dashboard = make_dashboard(models, tab="Saliency", block=False)
    assert dashboard.wait(SOON)
    sequences = dashboard.session.dataset.sequences
    gate.holds = lambda request: request.sequence == sequences[1] and request.kind == "saliency"
    dashboard.sequence_index = 1
    assert gate.reached.wait(SOON)
    dashboard.sequence_index = 2
    gate.open.set()
    assert dashboard.wait(SOON)
    asked = [r for r in gate.begun if r.kind == "saliency" and r.sequence == sequences[1]]
    assert len(asked) == 1
    assert dashboard.view("Saliency").shown_subject.row == 2


def test_closing_stops_what_is_being_computed(make_dashboard, recurrent, gate):
    dashboard = make_dashboard({"one": recurrent, "two": recurrent}, block=False)
    assert dashboard.wait(SOON)
    gate.holds = lambda request: request.kind == "saliency"
    dashboard.tab = "Saliency"
    assert gate.reached.wait(SOON)
    dashboard.close()
    gate.open.set()
    assert dashboard.wait(SOON)
    assert [r.model for r in gate.begun if r.kind == "saliency"] == ["one"]


def test_a_job_that_ends_after_closing_paints_nothing():
    engine = Engine({}, make_dataset())
    begun, go, painted = threading.Event(), threading.Event(), []

    def work(job, tell):
        begun.set()
        assert go.wait(SOON)

    engine.run_long("slow", work, lambda *_: painted.append(1))
    assert begun.wait(SOON)
    engine.close()
    go.set()
    assert engine.wait(SOON)
    assert painted == []


def test_an_error_that_the_input_explains_is_kept_and_another_is_tried_again(dashboard, gate):
    raised = [MemoryError("full"), ModelError("too short")]
    counts = []

    def failing(request):
        counts.append(request)
        raise raised[0]

    gate.holds = failing
    results, request = dashboard.engine.results, Request.of("prediction", "recurrent", "ACGT")
    for _ in range(2):
        assert isinstance(results.all_of([request])[request], MemoryError)
    assert len(counts) == 2
    raised.pop(0)
    for _ in range(2):
        assert isinstance(results.all_of([request])[request], ModelError)
    assert len(counts) == 3


def test_each_lane_takes_back_only_its_own_words(dashboard):
    engine = dashboard.engine
    begun, go = threading.Event(), threading.Event()

    def work(job, tell):
        tell(0.15, "Designing: 3 of 20")
        begun.set()
        assert go.wait(SOON)
        raise ModelError("no gradient")

    engine.run_long("design", work, lambda *_: None)
    assert begun.wait(SOON)
    dashboard.tab = "Saliency"
    assert engine.quick.wait(SOON)
    assert engine.status == "Designing: 3 of 20"
    go.set()
    assert dashboard.wait(SOON)
    assert engine.status == "no gradient"
    dashboard.sequence_index = 1
    assert dashboard.wait(SOON)
    assert engine.status == "no gradient"
    engine.run_long("design", lambda job, tell: tell(0.0, "again"), lambda *_: None)
    assert dashboard.wait(SOON)
    assert engine.status == ""


def test_what_answers_a_click_stays_until_another_sequence_is_chosen(dashboard):
    header, engine = dashboard.header, dashboard.engine
    header.search.value = "nobody"
    assert dashboard.wait(SOON)
    assert engine.status == "No sequence name contains “nobody”."
    dashboard.sequence_index = 1
    assert dashboard.wait(SOON)
    assert engine.status == ""


def test_a_job_that_has_not_begun_is_dropped_and_a_running_one_is_asked_to_stop():
    engine = Engine({}, make_dataset())
    begun, ended, dropped = threading.Event(), [], []

    def work(job, tell):
        begun.set()
        assert job.cancel.wait(SOON)
        raise Cancelled("stopped")

    engine.run_long("first", work, lambda result, error: ended.append(error))
    engine.run_long("second", work, lambda *_: ended.append("never"))
    assert begun.wait(SOON)
    assert "then: second" in engine.status
    assert engine.cancel_long("second", dropped.append)
    assert isinstance(dropped[0], Cancelled) and engine.status == ""
    assert not engine.cancel_long("second", dropped.append)
    assert engine.cancel_long("first", dropped.append)
    assert engine.wait(SOON)
    assert len(dropped) == 1 and isinstance(ended[0], Cancelled) and len(ended) == 1
    assert engine.status == ""


def test_a_window_set_from_python_is_drawn_once(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(length=5000), tab="Saliency")
    seen = []
    dashboard.observe(lambda change: seen.append(change.new), "window")
    for window in ((100, 200), (4000, 4100), (7, 9), (0, 5000)):
        dashboard.window = window
    assert seen == [(100, 200), (4000, 4100), (7, 9), (0, 5000)]


def test_a_late_cancel_leaves_what_is_drawn(make_dashboard):
    dashboard = make_dashboard(tab="Class optimization")
    view = dashboard.view("Class optimization")
    view.form.iterations.value = 5
    press(view.run_button)
    assert view.job.line.value == "Done."
    view.job.cancel()
    assert view.job.line.value == "Done."
    motifs = dashboard.view("Motifs")
    line = motifs.job.line.value
    motifs.job.cancel()
    assert motifs.job.line.value == line
