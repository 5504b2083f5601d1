"""How a dashboard computes: off the main thread, once, and saying in words what it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets as T

from demo_widgets.dashboard.engine.computations import Request, takes_cancel
from demo_widgets.dashboard.engine.known_results import Results
from demo_widgets.dashboard.engine.status_line import StatusLine
from demo_widgets.dashboard.engine.worker import Job, Lane, Patience
from demo_widgets.errors import Cancelled, DemoWidgetsError

__all__ = ["Computing", "describe"]

_PATIENCE = 0.25
"""Seconds that computing may last before it is told of."""


class Computing(T.HasTraits):
    """Two lanes of work, one for the current view and one for long jobs, and all results so far.

    Parameters
    ----------
    models
        Name -> class score, as requests name them.
    block
        Compute in the caller's thread.

    Attributes
    ----------
    results : Results
        Every result so far.
    paint_lock : threading.RLock
        Held while a view is drawn.
    status : str
        What is being computed, or the last error, in words; empty when idle. See :meth:`say`.
    """

    status = T.Unicode("")

    def __init__(self, models: Mapping[str, Any], *, block: bool = False) -> None:
        self.models = dict(models)
        self.paint_lock = threading.RLock()
        self.quick = Lane("demo_widgets: current view", block=block, on_error=self._tell_error)
        self.long = Lane("demo_widgets: long job", block=block, on_error=self._tell_error)
        self.results = Results(self.models)
        self._patience = 0 if block else _PATIENCE
        self._now = ""
        self._line = StatusLine(lambda words: self.set_trait("status", words))
        self._telling = self.patience(self._tell_now, lambda: None)
        self._wanted: dict[str, tuple[Request, ...]] = {}
        super().__init__()

    def say(self, speaker: str, words: str) -> None:
        """Show ``words`` in the status line, beside those of other speakers.

        Speakers are ``"view"`` and ``"job"``, the two lanes of computing, and ``"page"``: what
        answers a click, until another sequence is chosen.
        """
        self._line.say(speaker, words)

    def fetch(
        self,
        slot: str,
        requests: Sequence[Request],
        ready: Callable[[dict[Request, Any]], None],
        *,
        later: bool = False,
    ) -> None:
        """Call ``ready`` with the result, or the error, of each request.

        At once, in this thread, when all are cached; else later, from the worker's thread.
        A later ``fetch`` of the same ``slot`` replaces one that has not started, and stops one
        that computes other requests: its ``ready`` is not called. ``ready`` runs under
        :attr:`paint_lock`; it must check that its answer is still wanted. What is for ``later``
        lets all else that waits go first.
        """
        if self._wanted.get(slot, ()) != tuple(requests):
            self.quick.cancel(slot)  # nobody waits for the results of other requests any more
        self._wanted[slot] = tuple(requests)
        results = {request: self.results.known(request) for request in requests}
        if all(result is not None for result in results.values()):
            with self.paint_lock:
                ready(results)
            return
        self.quick.submit(
            slot,
            lambda job: self._compute_missing(results, slot, job.cancel),
            lambda result, error: self._deliver(ready, result, error),
            later=later,
        )

    def patience(self, begin: Callable[[], None], end: Callable[[], None]) -> Patience:
        """What tells of computing that lasts, under :attr:`paint_lock`."""
        return Patience(begin, end, self.paint_lock, self._patience)

    def _compute_missing(
        self, results: dict[Request, Any], slot: str, cancel: threading.Event
    ) -> dict[Request, Any]:
        try:
            for request, result in results.items():
                if result is None:
                    results[request] = self.results.known(request)
                if results[request] is not None:
                    continue
                if cancel.is_set():
                    raise Cancelled("nobody waits for it")
                self._now = f"Computing {slot} of {request.model or 'the sequence'} …"
                self._telling.start()
                if self._line.said("view"):
                    self._tell_now()
                running = {"cancel": cancel} if takes_cancel(request) else {}
                results[request] = self.results.compute(request, **running)
        finally:
            self._telling.over()
            self.say("view", "")
        return results

    def _tell_now(self) -> None:
        self.say("view", self._now)

    def _tell_error(self, error: Exception) -> None:
        self.say("view", f"Could not be shown: {describe(error)}")

    def _deliver(self, ready: Callable, results: dict | None, error: Exception | None) -> None:
        if isinstance(error, Cancelled):
            return
        if error is not None:
            raise error
        with self.paint_lock:
            ready(results)

    def run_long(
        self,
        slot: str,
        work: Callable[[Job, Callable[[str], None]], Any],
        done: Callable[[Any, Exception | None], None],
    ) -> None:
        """Run ``work(job, tell)`` in the background, unless a job of ``slot`` is under way.

        ``tell(text)`` sets the status line; ``done(result, error)`` runs under
        :attr:`paint_lock`.
        """
        if self.long.busy(slot):
            return

        def tell(text: str) -> None:
            self.say("job", text)

        self._submit_long(slot, lambda job: work(job, tell), done)

    def cancel_long(self, slot: str, dropped: Callable[[Exception], None]) -> bool:
        """Ask the background job of ``slot`` to stop; False if there is none.

        One that has not begun never does: ``dropped(error)`` is called in the place of its
        ``done``.
        """
        if self.long.drop(slot):
            self.say("job", "")
            dropped(Cancelled("cancelled before it began"))
            return True
        return self.long.cancel(slot)

    def _submit_long(
        self,
        slot: str,
        work: Callable[[Job], Any],
        done: Callable[[Any, Exception | None], None],
    ) -> None:
        def finished(result: Any, error: Exception | None) -> None:
            told = error is not None and not isinstance(error, Cancelled)
            self.say("job", describe(error) if told else "")
            with self.paint_lock:
                done(result, error)

        if not self.long.wait(0):
            self.say("job", f"Waiting for another job to finish, then: {slot} …")
        self.long.submit(slot, work, finished)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for all background work; False if ``timeout`` seconds were not enough.

        Long jobs first: what they find may be drawn from new computations for the view.
        """
        return self.long.wait(timeout) and self.quick.wait(timeout)

    def close(self) -> None:
        """Stop background work."""
        self.quick.close()
        self.long.close()


def describe(error: BaseException) -> str:
    """Return an error in words: ours as they are, others with their type in front."""
    text = str(error).strip() or "no message"
    return text if isinstance(error, DemoWidgetsError) else f"{type(error).__name__}: {text}"
