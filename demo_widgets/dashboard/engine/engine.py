"""The dashboard's computing engine: in background threads, with a cache and progress messages."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import traitlets as T

from demo_widgets.dashboard.engine.busy_notice import BusyNotice
from demo_widgets.dashboard.engine.computations import COMPUTATIONS
from demo_widgets.dashboard.engine.dataset_predictions import DatasetPredictions
from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.engine.request import (
    Answers,
    Key,
    Request,
    Requests,
    Result,
    Take,
    Tell,
)
from demo_widgets.dashboard.engine.status_line import StatusLine
from demo_widgets.dashboard.engine.worker import Job, Lane
from demo_widgets.errors import Cancelled, DemoWidgetsError, error_words
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences import SequenceDataset

__all__ = ["Completed", "Engine"]

_NOTICE_DELAY = 0.25
"""Seconds after which a running computation is reported."""


@dataclass(frozen=True, eq=False)
class Completed:
    """A finished long job whose results are kept; compared by identity."""

    requests: tuple[Request[Any], ...]


class Engine(T.HasTraits):
    """Two lanes of work, one for the current view and one for long jobs, and all results so far.

    Parameters
    ----------
    models
        Name -> model, as requests name them.
    dataset
        The sequences that are predicted together.
    block
        Compute in the caller's thread.

    Attributes
    ----------
    results : Results
        Every result so far.
    predictions : DatasetPredictions
        Those of all sequences.
    paint_lock : threading.RLock
        Held while a view is drawn.
    status : str
        What is being computed, or the last error; empty when idle. See :meth:`say`.
    completed : Completed
        The last long job whose results are kept, so that views can be drawn from them.
    optimized : dict
        Model name -> result of class optimization, or its error, as last run.
    revision : int
        How often a model was found changed; all earlier results of that model are then dropped.
    """

    status = T.Unicode("")
    completed = T.Instance(Completed, allow_none=True)
    optimized = T.Dict()
    revision = T.Int(0)

    def __init__(
        self, models: Mapping[str, SequenceModel], dataset: SequenceDataset, *, block: bool = False
    ) -> None:
        super().__init__()
        self.models = dict(models)
        self.paint_lock = threading.RLock()
        self.quick = Lane("demo_widgets: current view", block=block, on_error=self._say_error)
        self.long = Lane("demo_widgets: long job", block=block, on_error=self._say_error)
        self.results = Results(self.models)
        self.predictions = DatasetPredictions(self.models, dataset)
        self._delay = 0 if block else _NOTICE_DELAY
        self._line = StatusLine(lambda words: self.set_trait("status", words))
        self._now = ""
        self._notice = self.busy_notice(self._say_now, lambda: None)
        self._wanted: dict[str, tuple[Request[Any], ...]] = {}
        self._revisions = {name: model.revision for name, model in self.models.items()}

    def say(self, speaker: str, words: str) -> None:
        """Show ``words`` in the status line, next to those of other sources.

        Sources are ``"view"`` and ``"job"``, the two lanes of computing, and ``"page"``: the
        response to a click, until another sequence is chosen.
        """
        self._line.say(speaker, words)

    def notice_changes(self) -> None:
        """Drop the results of models that have changed since, for example by training."""
        if self.quick.wait(0) and self.long.wait(0):  # what runs looks at its model itself
            for model in self.models.values():
                with contextlib.suppress(DemoWidgetsError):  # reported when it is computed
                    model.refresh()
        now = {name: model.revision for name, model in self.models.items()}
        changed = {name for name, revision in now.items() if revision != self._revisions[name]}
        if changed:
            self._revisions = now
            self.results.forget(changed)
            self.predictions.forget(changed)
            self.revision += 1

    def busy_notice(self, show: Callable[[], None], hide: Callable[[], None]) -> BusyNotice:
        """Return a notice for slow computations, shown and hidden under :attr:`paint_lock`."""
        return BusyNotice(show, hide, self.paint_lock, self._delay)

    def fetch(
        self,
        slot: str,
        requests: Sequence[Request[Result]],
        ready: Take[Request[Result], Result],
        *,
        later: bool = False,
    ) -> None:
        """Call ``ready`` with the result, or the error, of each request.

        Immediately, in this thread, if all are cached; otherwise later, from the worker's thread.
        A later ``fetch`` of the same ``slot`` replaces one that has not started, and stops one
        that computes other requests: its ``ready`` is not called. ``ready`` runs under
        :attr:`paint_lock`. Views fetch through an :class:`Inquiry`, which drops outdated results.
        With ``later``, all other waiting work goes first.
        """
        self.notice_changes()
        if self._wanted.get(slot, ()) != tuple(requests):
            self.quick.cancel(slot)  # the results of the previous requests are no longer needed
        self._wanted[slot] = tuple(requests)
        known = {r: found for r in requests if (found := self.results.known(r)) is not None}
        if len(known) == len(set(requests)):
            with self.paint_lock:
                ready(known)
            return

        def deliver(found: Answers[Request[Result], Result], error: Exception | None) -> None:
            if isinstance(error, Cancelled):
                return
            if error is not None:
                raise error
            with self.paint_lock:
                ready(found)

        self.quick.submit(
            slot, lambda job: self._answers(slot, requests, job.cancel), deliver, later=later
        )

    def _answers(
        self, slot: str, requests: Sequence[Request[Result]], cancel: threading.Event
    ) -> Answers[Request[Result], Result]:
        found = {}
        try:
            for request in requests:
                result = self.results.known(request)
                if result is None:
                    if cancel.is_set():
                        raise Cancelled("the results are no longer needed")
                    self._now = f"Computing {slot} of {request.model or 'the sequence'} …"
                    self._notice.start()
                    if self._line.said("view"):
                        self._say_now()
                    result = self.results.compute(request, cancel=cancel)
                found[request] = result
        finally:
            self._notice.stop()
            self.say("view", "")
        return found

    def _say_now(self) -> None:
        self.say("view", self._now)

    def _say_error(self, error: Exception) -> None:
        self.say("view", f"Could not be shown: {error_words(error)}")

    def run_long(
        self,
        slot: str,
        work: Callable[[Job, Tell], Any],
        done: Callable[[Any, Exception | None], None],
    ) -> None:
        """Run ``work(job, tell)`` in the background, after the long jobs queued before.

        ``slot`` names the job in messages; a newer job of the same slot replaces one that still
        waits. ``tell(share, words)`` sets the status line; ``done(result, error)`` runs under
        :attr:`paint_lock`.
        """

        def finished(result: Any, error: Exception | None) -> None:
            failure = None if isinstance(error, Cancelled) else error
            self.say("job", error_words(failure) if failure else "")
            with self.paint_lock:
                done(result, error)

        if not self.long.wait(0):
            self.say("job", f"Waiting for another job to finish, then: {slot} …")
        self.long.submit(
            slot, lambda job: work(job, lambda share, words: self.say("job", words)), finished
        )

    def run_requests(
        self,
        slot: str,
        requests: Requests[Key, Result],
        tell: Tell,
        done: Callable[[Answers[Key, Result], Exception | None], None],
    ) -> None:
        """Compute requests one after another in the background, as :meth:`run_long` does.

        ``tell`` is called from there with the fraction done and a message;
        ``done`` takes the results, or errors, by the keys of ``requests``; once cancelled, of
        those that were begun.
        """

        def work(job: Job, say: Tell) -> Answers[Key, Result]:
            say(0.0, "")  # no longer waiting
            tell(0.0, "Starting …")
            found: Answers[Key, Result] = {}
            began = time.monotonic()
            for place, (key, request) in enumerate(requests.items()):
                if job.cancel.is_set():
                    break

                def report(
                    share: float, words: str, place: int = place, model: str = request.model
                ) -> None:
                    whole = (place + share) / len(requests)
                    tell(whole, _with_time_left(model, words, whole, began))

                try:
                    found[key] = self._compute_once(request, report, job.cancel)
                except Cancelled as error:
                    found[key] = error
            return found

        def finished(found: Answers[Key, Result] | None, error: Exception | None) -> None:
            kept = tuple(r for r in requests.values() if self._known(r) is not None)
            if kept:
                self.completed = Completed(kept)
            done(found or {}, error)

        self.run_long(slot, work, finished)

    def _compute_once(
        self, request: Request[Result], tell: Tell, cancel: threading.Event
    ) -> Result | Exception:
        known = self._known(request)
        return self.results.compute(request, tell=tell, cancel=cancel) if known is None else known

    def _known(self, request: Request[Result]) -> Result | Exception | None:
        return self.results.known(request) if COMPUTATIONS[request.kind].is_kept else None

    def waiting_words(self, slot: str) -> str:
        """Return the message of a queued long job: what it waits for, or that it starts."""
        ahead = self.long.ahead_of(slot)
        return f"Waiting for {', then '.join(ahead)} to finish …" if ahead else "Starting …"

    def cancel_long(self, slot: str, dropped: Callable[[Exception], None]) -> bool:
        """Ask the long job of ``slot`` to stop; False if there is none.

        A job that has not started is dropped: ``dropped(error)`` is called instead of its ``done``.
        """
        if self.long.drop(slot):
            self.say("job", "")
            dropped(Cancelled("cancelled before it started"))
            return True
        return self.long.cancel(slot)

    def predict_dataset(self, progress: Callable[[], None], done: Callable[[], None]) -> None:
        """Fill :attr:`predictions` in the background; ``progress`` after each chunk.

        While one such job runs, the next waits for it, so rows added in the meantime are predicted
        too.
        """

        def work(job: Job, tell: Tell) -> None:
            for words in self.predictions.fill(job.cancel):
                tell(0.0, words)
                with self.paint_lock:
                    progress()

        self.run_long("the predictions of all sequences", work, lambda *_: done())

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for all background work; False if ``timeout`` seconds were not enough.

        Long jobs first, because drawing their results may start further computations.
        """
        return self.long.wait(timeout) and self.quick.wait(timeout)

    def close(self) -> None:
        """Stop background work."""
        self.quick.close()
        self.long.close()


def _with_time_left(model: str, words: str, share: float, began: float) -> str:
    """Return a progress message, with the remaining time if models are computed in turn."""
    if not model:
        return words
    left = (time.monotonic() - began) * (1 - share) / share if share else 0.0
    return f"{model}: {words}" + (f", about {left:.0f} s left" if left else "")
