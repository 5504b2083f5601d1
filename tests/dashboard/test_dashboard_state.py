"""The shared state: what it accepts, what it computes, and what it remembers."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
import traitlets

from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.dashboard.engine.computations import Cache, Request
from demo_widgets.dashboard.engine.computing import describe
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.errors import ModelError

from .conftest import make_dataset

SOON = 30.0


@pytest.fixture
def calls(monkeypatch) -> Counter:
    """Counts computations, and answers each with its request."""
    counted = Counter()

    def compute(request, models, **running):
        counted[request] += 1
        if request.model == "broken":
            raise RuntimeError("no such luck")
        return f"result of {request.model}"

    monkeypatch.setattr(results_module, "compute", compute)
    return counted


@pytest.fixture
def make_state():
    made = []

    def make(block=True, models=("good",), **options):
        made.append(DashboardState(dict.fromkeys(models), make_dataset(**options), block=block))
        return made[-1]

    yield make
    for state in made:
        state.close()


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("sequence_index", -1, "from 0 to 5"),
        ("sequence_index", 6, "6 sequences"),
        ("sequence_index", "two", "int"),
        ("position", -1, "from 0 to 29"),
        ("position", 30, "30 bases"),
        ("position", 1.5, "int"),
        ("window", (1, 2, 3), "window"),
    ],
)
def test_a_bad_value_is_refused_in_words_and_changes_nothing(make_state, trait, value, words):
    state = make_state()
    state.sequence_index, state.position, state.window = 2, 7, (3, 20)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(state, trait, value)
    assert (state.sequence_index, state.position, state.window) == (2, 7, (3, 20))


@pytest.mark.parametrize(
    ("asked", "given"),
    [((-5, 10), (0, 10)), ((5, 99), (5, 30)), ((9, 9), (9, 10)), ((50, 60), (29, 30))],
)
def test_a_window_is_clipped_to_the_sequence_and_shows_at_least_a_base(make_state, asked, given):
    state = make_state()
    state.window = asked
    assert state.window == given


def test_the_same_request_is_computed_once(make_state, calls):
    state, heard = make_state(), []
    request = Request.of("saliency", "good", state.sequence, method="saliency")
    for _ in range(3):
        state.fetch("saliency", [request], heard.append)
    assert calls[request] == 1
    assert heard == [{request: "result of good"}] * 3


def test_options_in_another_order_are_the_same_request():
    assert Request.of("k", "m", "ACGT", a=1, b=2) == Request.of("k", "m", "ACGT", b=2, a=1)


def test_asking_again_while_it_is_being_computed_does_not_compute_twice(make_state, monkeypatch):
    state, begun, go, count = make_state(block=False), threading.Event(), threading.Event(), []

    def compute(request, models, **running):
        count.append(request)
        begun.set()
        assert go.wait(SOON)
        return 1

    monkeypatch.setattr(results_module, "compute", compute)
    first = Request.of("saliency", "good", state.sequence)
    heard = []
    state.fetch("saliency", [first], lambda results: heard.append(1))
    assert begun.wait(SOON)
    state.fetch("saliency", [first], lambda results: heard.append(2))
    go.set()
    assert state.wait(SOON)
    assert len(count) == 1
    assert heard == [1, 2]


def test_an_error_is_a_result_too_and_the_other_models_still_answer(make_state, calls):
    state, heard = make_state(models=("broken", "good")), []
    requests = [Request.of("saliency", name, state.sequence) for name in ("broken", "good")]
    state.fetch("saliency", requests, heard.append)
    assert isinstance(heard[0][requests[0]], RuntimeError)
    assert heard[0][requests[1]] == "result of good"
    assert state.status == ""


def test_a_view_that_cannot_draw_says_so_and_the_next_one_draws(make_state, calls):
    state, heard = make_state(block=False), []

    def cannot_draw(results):
        raise ZeroDivisionError("no room")

    state.fetch("a", [Request.of("a", "good", "ACGT")], cannot_draw)
    assert state.wait(SOON)
    assert "no room" in state.status
    state.fetch("b", [Request.of("b", "good", "ACGT")], heard.append)
    assert state.wait(SOON)
    assert len(heard) == 1


def test_results_asked_at_once_share_the_cache(make_state, calls):
    state = make_state()
    request = Request.of("saliency", "good", state.sequence)
    assert state.results.all_of([request]) == {request: "result of good"}
    state.fetch("saliency", [request], lambda results: None)
    assert calls[request] == 1


def test_the_cache_forgets_what_was_unused_for_longest():
    cache = Cache(size=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_the_status_says_what_is_being_computed(make_state, calls):
    state, seen = make_state(), []
    state.observe(lambda change: seen.append(change.new), "status")
    state.fetch("saliency", [Request.of("saliency", "good", state.sequence)], lambda _: None)
    assert seen == ["Computing saliency of good …", ""]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModelError("model 'a' is odd"), "model 'a' is odd"),
        (KeyError("x"), "KeyError: 'x'"),
        (RuntimeError(), "RuntimeError: no message"),
    ],
)
def test_errors_are_told_in_words(error, words):
    assert describe(error) == words


@pytest.mark.parametrize(("labels", "label"), [([0, 1], 0), (None, None)])
def test_the_label_is_a_number_or_none(make_state, labels, label):
    assert make_state(n=2, labels=labels).label == label
