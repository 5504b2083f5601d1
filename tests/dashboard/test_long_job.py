"""The panel of a long job: its buttons, its line and its bar, however the job ends."""

from __future__ import annotations

import threading

import pytest

from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.errors import Cancelled, ModelError

from .conftest import make_dataset, press

SOON = 60.0
REQUESTS = {name: Request.of("pairs", name, "ACGT") for name in ("one", "two", "three")}


@pytest.fixture
def outcome(monkeypatch) -> dict:
    """Model name -> what computing it does: a function of ``tell`` and ``cancel``."""
    outcomes: dict = {}

    def compute(request, models, *, tell, cancel):
        return outcomes.get(request.model, lambda tell, cancel: request.model)(tell, cancel)

    monkeypatch.setattr(results_module, "compute", compute)
    return outcomes


@pytest.fixture
def engine():
    made = Engine({}, make_dataset(), block=True)
    yield made
    made.close()


@pytest.fixture
def found() -> list:
    return []


@pytest.fixture
def job(engine, found) -> LongJob:
    made = LongJob(engine, "the test", idle="Not run yet.", has_bar=True)
    made.starter = made.button("Run", "Run it", lambda: made.run(REQUESTS, found.append))
    return made


def raising(error: Exception):
    def fail(tell, cancel):
        raise error

    return fail


def is_at_rest(job: LongJob) -> bool:
    return not job.is_busy and not job.starter.disabled and job.cancel_button.disabled


def test_all_is_found_and_the_bar_is_full(job, found, outcome):
    assert job.line.value == "Not run yet." and is_at_rest(job)
    press(job.starter)
    assert found == [{"one": "one", "two": "two", "three": "three"}]
    assert (job.line.value, job.bar.value, job.bar.bar_style) == ("Done.", 1.0, "success")
    assert is_at_rest(job)


def test_progress_is_that_of_the_whole_job_with_the_time_left(job, outcome):
    seen = []

    def half(tell, cancel):
        tell(0.5, "<b>half</b> way")
        seen.append((job.bar.value, job.line.value))
        assert job.is_busy and job.starter.disabled and not job.cancel_button.disabled
        return "two"

    outcome["two"] = half
    press(job.starter)
    ((share, line),) = seen
    assert share == pytest.approx(0.5)
    assert line.startswith("two: &lt;b&gt;half&lt;/b&gt; way, about ") and line.endswith(" s left")


@pytest.mark.parametrize("has_bar", [False, True])
def test_without_a_bar_the_status_line_says_how_far_the_job_is(engine, outcome, has_bar):
    job, seen = LongJob(engine, "the test", has_bar=has_bar), []

    def half(tell, cancel):
        tell(0.5, "half way")
        seen.append(engine.status)
        return "one"

    outcome["one"] = half
    job.run({"one": REQUESTS["one"]}, seen.append)
    assert ("half way" in seen[0]) != has_bar and engine.status == ""


def test_a_model_that_fails_leaves_the_others(job, found, outcome):
    outcome["two"] = raising(ModelError("no gradient"))
    press(job.starter)
    assert job.line.value == "1 of 3 models failed; see the errors below."
    assert str(found[0]["two"]) == "no gradient" and found[0]["three"] == "three"
    assert job.bar.bar_style == "danger" and is_at_rest(job)


def test_the_only_request_that_fails_is_the_error_of_the_job(job, found, outcome):
    outcome["one"] = raising(RuntimeError("<b>no memory</b>"))
    job.run({"one": REQUESTS["one"]}, found.append)
    assert "RuntimeError: &lt;b&gt;no memory" in job.line.value and 'role="alert"' in job.line.value
    assert found == [] and is_at_rest(job)


def test_cancel_keeps_what_was_found(job, found, outcome):
    def cancelled(tell, cancel):
        press(job.cancel_button)
        cancel.set()  # the lane of the test has no thread of its own to ask
        raise Cancelled("stopped")

    outcome["two"] = cancelled
    press(job.starter)
    assert found[0]["one"] == "one" and isinstance(found[0]["two"], Cancelled)
    assert "three" not in found[0]
    assert job.line.value == "Cancelled; partial results are shown."
    assert job.bar.bar_style == "warning" and is_at_rest(job)


def test_cancel_before_anything_was_found_finishes_nothing(job, found, outcome):
    outcome["one"] = raising(Cancelled("stopped"))
    job.run({"one": REQUESTS["one"]}, found.append)
    assert found == [] and job.line.value == "Cancelled." and is_at_rest(job)


def test_work_of_another_kind_reports_in_the_same_way(job, found):
    seen = []

    def work(running, tell):
        tell(0.25, "a quarter")
        seen.append((job.bar.value, job.line.value))
        return "page"

    job.start(work, found.append)
    assert seen == [(0.25, "a quarter")] and found == ["page"] and job.line.value == "Done."
    job.start(raising(OSError("no space")), found.append)
    assert "no space" in job.line.value and found == ["page"] and is_at_rest(job)


def test_a_job_under_way_is_not_started_again_and_its_end_is_called_once(found):
    engine, begun, go, ends = Engine({}, make_dataset()), threading.Event(), threading.Event(), []
    job = LongJob(engine, "the test", on_end=lambda: ends.append(1))

    def work(running, tell):
        begun.set()
        assert go.wait(SOON)
        return "result"

    job.start(work, found.append)
    assert begun.wait(SOON)
    job.start(work, found.append)
    go.set()
    assert engine.wait(SOON)
    assert found == ["result"] and ends == [1]
    engine.close()
