"""The staleness rule of all views: which results are still current."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.request import Answers, Key, Request, Requests, Result, Take

__all__ = ["Inquiry", "Latest", "Question"]


@dataclass(frozen=True, eq=False)
class Question:
    """A question posed to the engine.

    Attributes
    ----------
    latest
        The :class:`Latest` that issued it.
    about
        The subject at that time.
    """

    latest: Latest
    about: Any

    @property
    def is_wanted(self) -> bool:
        """Whether its result is still current and is to be drawn."""
        return self.latest.question is self and self.latest.about() == self.about


class Latest:
    """Issues questions, of which only the newest is current.

    A question is current until a newer one is issued or the subject changes.

    Parameters
    ----------
    about
        Returns the current subject, for example the current sequence.
    """

    def __init__(self, about: Callable[[], Any]) -> None:
        self.about = about
        self.question: Question | None = None

    def ask(self) -> Question:
        """Return a new question; all older ones become outdated."""
        self.question = Question(self, self.about())
        return self.question

    def drop(self) -> None:
        """Make all questions outdated."""
        self.question = None


class Inquiry:
    """Fetches the results of a view from the engine and draws them only while they are current.

    Parameters
    ----------
    engine
        Computes them.
    about
        Returns the current subject.
    on_slow, on_shown
        Called when a result is slow, and when it has arrived: in between, the view shows an
        outdated picture.
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
        """Subject of the present results; None without any."""

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
        """Drop all pending results."""
        self._latest.drop()
        self.shown = None
        self.notice.stop()

    @property
    def is_current(self) -> bool:
        """Whether the present results belong to the current subject."""
        return self.shown is not None and self.shown == self._latest.about()
