"""The background lane: order, replacement, cancelling, errors, and its end."""

from __future__ import annotations

import threading
import time

import pytest

from demo_widgets.dashboard.engine.busy_notice import BusyNotice
from demo_widgets.dashboard.engine.worker import Lane

SOON = 30.0


@pytest.fixture
def lane():
    lane = Lane("test lane")
    yield lane
    lane.close()


class Gate:
    """Work that says when it has begun and goes on when it is let."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, job):
        self.begun.set()
        assert self.go.wait(SOON)
        return "gate"


def threads_named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_a_result_is_delivered_from_another_thread(lane):
    heard = []
    lane.submit("a", lambda job: 42, lambda r, e: heard.append((r, e, threading.current_thread())))
    assert lane.wait(SOON)
    (result, error, thread) = heard[0]
    assert (result, error) == (42, None)
    assert thread is not threading.current_thread()


def test_an_error_is_delivered_and_the_lane_goes_on(lane):
    heard = []

    def broken(job):
        raise RuntimeError("broken")

    lane.submit("a", broken, lambda r, e: heard.append((r, str(e))))
    lane.submit("b", lambda job: 1, lambda r, e: heard.append((r, e)))
    assert lane.wait(SOON)
    assert heard == [(None, "broken"), (1, None)]


def test_an_error_while_showing_a_result_is_told_and_does_not_stop_the_lane():
    heard, errors = [], []
    lane = Lane("test lane", on_error=errors.append)

    def cannot_draw(result, error):
        raise ValueError("cannot draw")

    lane.submit("a", lambda job: 1, cannot_draw)
    assert lane.wait(SOON)
    lane.submit("b", lambda job: 2, lambda r, e: heard.append(r))
    assert lane.wait(SOON)
    assert heard == [2]
    assert [str(error) for error in errors] == ["cannot draw"]


def test_the_newest_waiting_job_of_a_slot_wins_and_other_slots_keep_theirs(lane):
    gate, heard = Gate(), []
    lane.submit("gate", gate, lambda r, e: heard.append(r))
    assert gate.begun.wait(SOON)
    for slot, value in [("a", 1), ("b", 2), ("a", 3), ("a", 4)]:
        lane.submit(slot, lambda job, value=value: value, lambda r, e: heard.append(r))
    gate.go.set()
    assert lane.wait(SOON)
    assert heard == ["gate", 2, 4]


def test_a_waiting_job_that_is_cancelled_never_runs(lane):
    gate, heard = Gate(), []
    lane.submit("gate", gate, lambda r, e: None)
    assert gate.begun.wait(SOON)
    lane.submit("a", lambda job: heard.append("ran"), lambda r, e: heard.append("done"))
    assert lane.cancel("a")
    gate.go.set()
    assert lane.wait(SOON)
    assert heard == []


def test_a_running_job_is_asked_to_stop_and_still_hands_over_what_it_has(lane):
    heard, begun = [], threading.Event()

    def work(job):
        begun.set()
        assert job.cancel.wait(SOON)
        return "so far"

    lane.submit("a", work, lambda r, e: heard.append(r))
    assert begun.wait(SOON)
    assert lane.busy("a")
    assert lane.cancel("a")
    assert lane.wait(SOON)
    assert heard == ["so far"]
    assert not lane.busy("a")


def test_cancelling_nothing_says_so(lane):
    assert not lane.cancel("a")


def test_waiting_gives_up_after_its_timeout(lane):
    gate = Gate()
    lane.submit("gate", gate, lambda r, e: None)
    began = time.monotonic()
    assert not lane.wait(0.05)
    assert time.monotonic() - began < SOON
    gate.go.set()
    assert lane.wait(SOON)


def test_waiting_for_an_idle_lane_returns_at_once(lane):
    assert lane.wait(0)


def test_the_thread_ends_when_there_is_no_work(lane):
    lane.submit("a", lambda job: 1, lambda r, e: None)
    assert lane.wait(SOON)
    for thread in threads_named("test lane"):
        thread.join(SOON)
    assert threads_named("test lane") == []


def test_a_lane_works_again_after_its_thread_has_ended(lane):
    heard = []
    for value in range(3):
        lane.submit("a", lambda job, value=value: value, lambda r, e: heard.append(r))
        assert lane.wait(SOON)
    assert heard == [0, 1, 2]


def test_a_blocking_lane_runs_in_the_callers_thread():
    heard = []
    lane = Lane("test lane", block=True)
    lane.submit("a", lambda job: threading.current_thread(), lambda r, e: heard.append(r))
    assert heard == [threading.current_thread()]


def test_a_closed_lane_takes_no_work_and_drops_what_waits():
    lane, gate, heard = Lane("test lane"), Gate(), []
    lane.submit("gate", gate, lambda r, e: None)
    assert gate.begun.wait(SOON)
    lane.submit("a", lambda job: heard.append("waiting ran"), lambda r, e: None)
    lane.close()
    lane.submit("b", lambda job: heard.append("late ran"), lambda r, e: None)
    gate.go.set()
    assert lane.wait(SOON)
    assert heard == []


def test_many_threads_may_submit_at_once(lane):
    heard = []

    def submit_some(kind):
        for i in range(50):
            lane.submit(f"{kind}-{i}", lambda job: 1, lambda r, e: heard.append(r))

    threads = [threading.Thread(target=submit_some, args=(kind,)) for kind in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lane.wait(SOON)
    assert len(heard) == 200


def test_what_is_for_later_lets_all_else_that_waits_go_first(lane):
    gate, order = Gate(), []
    lane.submit("gate", gate, lambda r, e: None)
    assert gate.begun.wait(SOON)
    lane.submit("hits", lambda job: order.append("hits"), lambda r, e: None, later=True)
    lane.submit("scores", lambda job: order.append("scores"), lambda r, e: None)
    gate.go.set()
    assert lane.wait(SOON)
    assert order == ["scores", "hits"]


def test_what_is_for_later_lets_what_is_asked_a_moment_after_it_go_first():
    lane, order, ran = Lane("test lane", rest=SOON), [], threading.Event()
    lane.submit("hits", lambda job: order.append("hits"), lambda r, e: None, later=True)
    lane.submit("scores", lambda job: order.append("scores"), lambda r, e: ran.set())
    assert ran.wait(SOON)
    assert order == ["scores"]
    lane.close()
    assert lane.wait(SOON / 2)
    assert order == ["scores"]


def test_what_is_for_later_runs_after_a_rest(lane):
    order = []
    lane.submit("hits", lambda job: order.append("hits"), lambda r, e: None, later=True)
    assert lane.wait(SOON)
    assert order == ["hits"]


def test_work_that_is_soon_over_is_not_reported():
    told = []
    notice = BusyNotice(
        lambda: told.append("begin"), lambda: told.append("end"), threading.RLock(), 60
    )
    notice.start()
    notice.stop()
    assert told == []


def test_work_that_lasts_is_reported_once_and_its_end_too():
    told, begun = [], threading.Event()

    def begin():
        told.append("begin")
        begun.set()

    notice = BusyNotice(begin, lambda: told.append("end"), threading.RLock(), 0.001)
    notice.start()
    assert begun.wait(SOON)
    notice.start()
    notice.stop()
    notice.stop()
    assert told == ["begin", "end"]
