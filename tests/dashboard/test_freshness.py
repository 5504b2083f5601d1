"""Which answers are drawn: the newest question's, while what it is about is still looked at."""

from __future__ import annotations

import pytest

from demo_widgets.dashboard.engine.freshness import Inquiry, Latest
from demo_widgets.dashboard.engine.request import Request


class HeldEngine:
    """Keeps what would be called with the results, for the test to call when it likes."""

    def __init__(self) -> None:
        self.ready: list = []

    def fetch(self, slot, requests, ready, *, later=False) -> None:
        self.ready.append(lambda: ready({request: request.model for request in requests}))

    def busy_notice(self, show, hide):
        class Notice:
            start, stop = staticmethod(show), staticmethod(hide)

        return Notice


@pytest.fixture
def looked_at() -> list[str]:
    return ["first"]


def test_only_the_newest_question_is_wanted(looked_at):
    latest = Latest(lambda: looked_at[0])
    old, new = latest.ask(), latest.ask()
    assert new.is_wanted and not old.is_wanted
    latest.drop()
    assert not new.is_wanted


def test_a_question_is_wanted_while_what_it_is_about_is_looked_at(looked_at):
    question = Latest(lambda: looked_at[0]).ask()
    looked_at[0] = "second"
    assert not question.is_wanted
    looked_at[0] = "first"
    assert question.is_wanted and question.about == "first"


def ask(inquiry: Inquiry, drawn: list, model: str) -> None:
    inquiry.fetch("slot", {"key": Request.of("kind", model, "ACGT")}, drawn.append)


def test_answers_are_drawn_once_under_their_keys_and_old_ones_never(looked_at):
    engine, drawn = HeldEngine(), []
    inquiry = Inquiry(engine, lambda: looked_at[0])
    ask(inquiry, drawn, "old")
    ask(inquiry, drawn, "new")
    for ready in engine.ready:
        ready()
    assert drawn == [{"key": "new"}]
    assert inquiry.is_current and inquiry.shown == "first"


def test_what_is_shown_stays_that_of_before_until_the_new_answer_is_there(looked_at):
    engine, drawn, pale = HeldEngine(), [], []
    inquiry = Inquiry(
        engine, lambda: looked_at[0], lambda: pale.append(True), lambda: pale.append(False)
    )
    ask(inquiry, drawn, "model")
    engine.ready.pop()()
    looked_at[0] = "second"
    ask(inquiry, drawn, "model")
    assert not inquiry.is_current and inquiry.shown == "first" and pale == [True, False, True]
    engine.ready.pop()()
    assert inquiry.is_current and inquiry.shown == "second" and pale[-1] is False


def test_a_dropped_question_is_not_answered(looked_at):
    engine, drawn = HeldEngine(), []
    inquiry = Inquiry(engine, lambda: looked_at[0])
    ask(inquiry, drawn, "model")
    inquiry.drop()
    engine.ready.pop()()
    assert drawn == [] and inquiry.shown is None and not inquiry.is_current
