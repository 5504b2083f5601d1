"""The panel of a long job: start buttons, Cancel, progress, and outcome."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.engine.engine import Engine
from demo_widgets.dashboard.engine.request import (
    Answers,
    Key,
    Request,
    Requests,
    Result,
    Take,
    Tell,
    good_results,
)
from demo_widgets.dashboard.engine.worker import Job
from demo_widgets.dashboard.parts.elements import button, error_text
from demo_widgets.errors import Cancelled

__all__ = ["LongJob"]


class LongJob:
    """Runs one job at a time in the background and shows its progress.

    Its start buttons are disabled while a job waits or runs, Cancel otherwise.

    Parameters
    ----------
    engine
        Runs the job.
    slot
        Name of the job in messages, e.g. ``"the report"``.
    cancel_tooltip
        Tooltip of Cancel.
    idle
        Text before the first run.
    has_bar
        Whether a bar shows the progress; without one, the dashboard's status line shows it too, so
        that it is visible from other tabs.
    on_end
        Called when a job has ended, with any outcome.

    Attributes
    ----------
    cancel_button : ipywidgets.Button
        Cancels the job.
    line : ipywidgets.HTML
        What the job waits for, its progress, its outcome, or the error.
    bar : ipywidgets.FloatProgress or None
        The fraction done.
    """

    def __init__(
        self,
        engine: Engine,
        slot: str,
        *,
        cancel_tooltip: str = "Stop",
        idle: str = "",
        has_bar: bool = False,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._slot, self._on_end = engine, slot, on_end
        self._buttons: list[W.Button] = []
        self.is_busy = False
        self.cancel_button = button("Cancel", cancel_tooltip, self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self.line = W.HTML(idle)
        self.bar: W.FloatProgress | None = None
        if has_bar:
            self.bar = W.FloatProgress(min=0.0, max=1.0, layout={"width": "min(320px, 60%)"})

    @property
    def unseen(self) -> list[W.Widget]:
        """Widgets to close with the panel that may not be on the page."""
        return [self.line, self.cancel_button, *self._buttons]

    def button(self, label: str, tooltip: str, start: Callable[[], None], **look: Any) -> W.Button:
        """Return a button that calls ``start()``, which starts the job."""
        made = button(label, tooltip, start, **look)
        self._buttons.append(made)
        return made

    def say(self, words: str) -> None:
        """Show a plain message in the line."""
        self.line.value = escape(words)

    def run(self, requests: Requests[Key, Result], finish: Take[Key, Result]) -> None:
        """Compute ``requests`` in turn, then call ``finish`` with the results.

        ``finish`` takes results and errors by the keys of ``requests``; it is not called without
        any result, if the job was cancelled or its only request failed. Does nothing while a job
        runs.
        """
        if self._begin():
            self._engine.run_requests(
                self._slot,
                requests,
                self._report,
                lambda found, error: self._show_found(found, error, len(requests), finish),
            )

    def run_one(self, request: Request[Result], finish: Callable[[Result], None]) -> None:
        """Compute one request, then call ``finish`` with its result, unless it failed."""
        self.run({"": request}, lambda found: finish(*good_results(found).values()))

    def start(self, work: Callable[[Job, Tell], Any], finish: Callable[[Any], None]) -> None:
        """Run ``work(job, tell)``, then call ``finish`` with its result, unless it failed.

        Does nothing while a job runs.
        """
        if not self._begin():
            return

        def followed(job: Job, say: Tell) -> Any:
            say(0.0, "")  # no longer waiting
            self._report(0.0, "Starting …")
            return work(job, self._report)

        def done(result: Any, error: Exception | None) -> None:
            self._end(error)
            if error is None:
                finish(result)

        self._engine.run_long(self._slot, followed, done)

    def cancel(self) -> None:
        """Cancel the job."""
        with self._engine.paint_lock:  # the job cannot end in between
            if self.is_busy:
                self.say("Stopping …")
                self._engine.cancel_long(self._slot, self._end)

    def _begin(self) -> bool:
        if self.is_busy:
            return False
        self._set_busy(True)
        self._show_bar(0.0)
        self.say(self._engine.waiting_words(self._slot))
        return True

    def _set_busy(self, is_busy: bool) -> None:
        self.is_busy = is_busy
        for made in self._buttons:
            made.disabled = is_busy
        self.cancel_button.disabled = not is_busy

    def _report(self, share: float, words: str) -> None:
        with self._engine.paint_lock:
            self._show_bar(share)
            self.say(words)
        if self.bar is None:
            self._engine.say("job", words)

    def _show_bar(self, share: float | None, style: str = "") -> None:
        """Set the bar; None leaves it unchanged."""
        if self.bar is not None:
            self.bar.value = self.bar.value if share is None else share
            self.bar.bar_style = style

    def _show_found(
        self,
        found: Answers[Key, Result],
        error: Exception | None,
        n_asked: int,
        finish: Take[Key, Result],
    ) -> None:
        errors = [r for r in found.values() if isinstance(r, Exception)]
        failed = [error for error in errors if not isinstance(error, Cancelled)]
        if error is None and not found or all(isinstance(r, Cancelled) for r in found.values()):
            error = error or Cancelled()
        elif n_asked == 1 and failed:
            error = failed[0]
        if error is not None:
            self._end(error)
            return
        if failed:
            self._end(
                words=f"{len(failed)} of {n_asked} models failed; see the errors below.",
                style="danger",
            )
        elif len(found) < n_asked or any(map(_was_stopped, found.values())):
            self._end(words="Cancelled; partial results are shown.", style="warning", share=None)
        else:
            self._end()
        finish(found)

    def _end(
        self,
        error: Exception | None = None,
        *,
        words: str = "Done.",
        style: str = "success",
        share: float | None = 1.0,
    ) -> None:
        self._set_busy(False)
        if error is None:
            self._show_bar(share, style)
            self.say(words)
        elif isinstance(error, Cancelled):
            self._show_bar(None, "warning")
            self.say("Cancelled.")
        else:
            self._show_bar(None, "danger")
            self.line.value = error_text(error)
        self._on_end()


def _was_stopped(result: Any) -> bool:
    return isinstance(result, Cancelled) or getattr(result, "cancelled", False)
