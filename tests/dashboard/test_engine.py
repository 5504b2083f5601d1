"""The engine: what it computes, what it remembers, and what it reports."""

from __future__ import annotations

import threading
from collections import Counter
from types import SimpleNamespace

import pytest

from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.known_results import Cache
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.errors import ModelError, error_words

from .conftest import make_dataset

SOON = 30.0
SEQUENCE = "ACGTACGT"


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
def make_engine():
    made = []

    def make(block=True, models=("good",), **options):
        unchanged = SimpleNamespace(revision=0, refresh=lambda: None)
        named = dict.fromkeys(models, unchanged)
        made.append(Engine(named, make_dataset(**options), block=block))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def test_the_same_request_is_computed_once(make_engine, calls):
    engine, heard = make_engine(), []
    request = Request.of("saliency", "good", SEQUENCE, method="saliency")
    for _ in range(3):
        engine.fetch("saliency", [request], heard.append)
    assert calls[request] == 1
    assert heard == [{request: "result of good"}] * 3


def test_options_in_another_order_are_the_same_request():
    assert Request.of("k", "m", "ACGT", a=1, b=2) == Request.of("k", "m", "ACGT", b=2, a=1)


def test_asking_again_while_it_is_being_computed_does_not_compute_twice(make_engine, monkeypatch):
    engine, begun, go, count = make_engine(block=False), threading.Event(), threading.Event(), []

    def compute(request, models, **running):
        count.append(request)
        begun.set()
        assert go.wait(SOON)
        return 1

    monkeypatch.setattr(results_module, "compute", compute)
    first = Request.of("saliency", "good", SEQUENCE)
    heard = []
    engine.fetch("saliency", [first], lambda results: heard.append(1))
    assert begun.wait(SOON)
    engine.fetch("saliency", [first], lambda results: heard.append(2))
    go.set()
    assert engine.wait(SOON)
    assert len(count) == 1
    assert heard == [1, 2]


def test_an_error_is_a_result_too_and_the_other_models_still_answer(make_engine, calls):
    engine, heard = make_engine(models=("broken", "good")), []
    requests = [Request.of("saliency", name, SEQUENCE) for name in ("broken", "good")]
    engine.fetch("saliency", requests, heard.append)
    assert isinstance(heard[0][requests[0]], RuntimeError)
    assert heard[0][requests[1]] == "result of good"
    assert engine.status == ""


def test_a_view_that_cannot_draw_says_so_and_the_next_one_draws(make_engine, calls):
    engine, heard = make_engine(block=False), []

    def cannot_draw(results):
        raise ZeroDivisionError("no room")

    engine.fetch("a", [Request.of("prediction", "good", "ACGT")], cannot_draw)
    assert engine.wait(SOON)
    assert "no room" in engine.status
    engine.fetch("b", [Request.of("strand_gap", "good", "ACGT")], heard.append)
    assert engine.wait(SOON)
    assert len(heard) == 1


def test_results_asked_at_once_share_the_cache(make_engine, calls):
    engine = make_engine()
    request = Request.of("saliency", "good", SEQUENCE)
    assert engine.results.all_of([request]) == {request: "result of good"}
    engine.fetch("saliency", [request], lambda results: None)
    assert calls[request] == 1


def test_the_cache_forgets_what_was_unused_for_longest():
    cache = Cache(size=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_the_status_says_what_is_being_computed(make_engine, calls):
    engine, seen = make_engine(), []
    engine.observe(lambda change: seen.append(change.new), "status")
    engine.fetch("saliency", [Request.of("saliency", "good", SEQUENCE)], lambda _: None)
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
    assert error_words(error) == words
