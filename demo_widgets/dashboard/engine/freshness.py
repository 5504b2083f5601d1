"""Which answers are still wanted: the one rule of staleness that every view follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.request import Answers, Key, Request, Requests, Result, Take

__all__ = ["Inquiry", "Latest", "Question"]


@dataclass(frozen=True, eq=False)
class Question:
    """Something that was asked.

    Attributes
    ----------
    latest
        Where it was asked.
    about
        What was looked at then.
    """

    latest: Latest
    about: Any

    @property
    def is_wanted(self) -> bool:
        """Whether its answer is to be drawn."""
        return self.latest.question is self and self.latest.about() == self.about


class Latest:
    """One place where questions are asked.

    The answer to a question is wanted while no newer one was asked there, and while what it is
    about is still what is looked at.

    Parameters
    ----------
    about
        Returns what is looked at: the current sequence, say.
    """

    def __init__(self, about: Callable[[], Any]) -> None:
        self.about = about
        self.question: Question | None = None

    def ask(self) -> Question:
        """Return a new question; no older one is wanted from now on."""
        self.question = Question(self, self.about())
        return self.question

    def drop(self) -> None:
        """Want no answer at all."""
        self.question = None


class Inquiry:
    """The results that a view shows: asked of the engine, and drawn only while they are wanted.

    Parameters
    ----------
    engine
        Computes them.
    about
        Returns what is looked at.
    on_slow, on_shown
        Called when an answer takes a while, and once that is over: what the view shows meanwhile
        is something else.
    """

    def __init__(
        self,
        engine: Engine,
        about: Callable[[], Any],
        on_slow: Callable[[], None] = lambda: None,
        on_shown: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._latest = engine, Latest(about)
        self.notice = engine.busy_notice(on_slow, on_shown)
        self.shown: Any = None
        """What the results at hand are about; None without any."""

    def fetch(
        self,
        slot: str,
        requests: Requests[Key, Result],
        paint: Take[Key, Result],
        *,
        later: bool = False,
    ) -> None:
        """Call ``paint`` with the result, or the error, of each request, under its own key.

        ``slot`` names the work in the status line; see :meth:`Engine.fetch`.
        """
        question = self._latest.ask()

        def ready(results: Answers[Request[Result], Result]) -> None:
            if question.is_wanted:
                self.notice.stop()
                self.shown = question.about
                paint({key: results[request] for key, request in requests.items()})

        self.notice.start()
        self._engine.fetch(slot, list(requests.values()), ready, later=later)

    def drop(self) -> None:
        """Want no answer: nothing is to be shown."""
        self._latest.drop()
        self.shown = None
        self.notice.stop()

    @property
    def is_current(self) -> bool:
        """Whether the results at hand are about what is looked at now."""
        return self.shown is not None and self.shown == self._latest.about()
