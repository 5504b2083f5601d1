"""A lane of background work: one thread, newest job of a slot wins, cancel on request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Job", "Lane"]

_log = logging.getLogger(__name__)


class Job:
    """A unit of work in a :class:`Lane`.

    Attributes
    ----------
    slot : str
        What the work is for; a newer job of the same slot replaces one that still waits.
    cancel : threading.Event
        Set when the result is no longer needed; the work checks it regularly.
    later : bool
        Whether it yields to every other job, including ones queued shortly after.
    """

    def __init__(
        self,
        slot: str,
        work: Callable[[Job], Any],
        done: Callable[[Any, Exception | None], None],
        *,
        later: bool = False,
    ) -> None:
        self.slot = slot
        self.later = later
        self.cancel = threading.Event()
        self._work = work
        self._done = done

    def run(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Do the work and deliver its result or error if ``is_wanted()`` is still true."""
        try:
            result, error = self._work(self), None
        except Exception as problem:
            result, error = None, problem
        if is_wanted():
            self._done(result, error)


class Lane:
    """Runs jobs one after another on one thread, which exists only while there is work.

    Parameters
    ----------
    name
        Name of the thread, as shown by debuggers.
    block
        Run each job in the caller's thread instead, for notebooks without a front-end.
    on_error
        Called with an error raised by a job's ``done``; the lane continues.
    rest
        Seconds without other work before a ``later`` job starts.
    """

    def __init__(
        self,
        name: str,
        *,
        block: bool = False,
        on_error: Callable[[Exception], None] = lambda _: None,
        rest: float = 0.03,
    ) -> None:
        self.name = name
        self.block = block
        self._rest = rest
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: dict[str, Job] = {}
        self._running: Job | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        slot: str,
        work: Callable[[Job], Any],
        done: Callable[[Any, Exception | None], None],
        *,
        later: bool = False,
    ) -> Job:
        """Queue ``work``; ``done(result, error)`` is called on the lane's thread.

        A ``later`` job yields to all others and lets their drawings reach the page: it starts after
        a short time without other work.
        """
        job = Job(slot, work, done, later=later)
        if self.block:
            job.run()
            return job
        with self._changed:
            if self._closed:
                job.cancel.set()
                return job
            self._waiting.pop(slot, None)
            self._waiting[slot] = job
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name=self.name, daemon=True)
                self._thread.start()
        return job

    def cancel(self, slot: str) -> bool:
        """Drop the waiting job of ``slot`` and cancel a running one; True if there was one."""
        with self._changed:
            found = self._waiting.pop(slot, None) is not None
            if self._running is not None and self._running.slot == slot:
                self._running.cancel.set()
                found = True
            self._changed.notify_all()
        return found

    def drop(self, slot: str) -> bool:
        """Drop the waiting job of ``slot``; True if there was one."""
        with self._changed:
            found = self._waiting.pop(slot, None) is not None
            self._changed.notify_all()
        return found

    def busy(self, slot: str) -> bool:
        """Whether a job of ``slot`` waits or runs."""
        with self._changed:
            running = self._running is not None and self._running.slot == slot
            return running or slot in self._waiting

    def ahead_of(self, slot: str) -> list[str]:
        """Slots of the jobs that run before the one of ``slot``, in order."""
        with self._changed:
            running = [] if self._running is None else [self._running.slot]
            every = [*running, *self._waiting]
            return every[: every.index(slot)] if slot in every else every

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no job waits or runs; False if ``timeout`` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout)

    def close(self) -> None:
        """Drop all waiting jobs, cancel the running one, and accept no more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            if self._running is not None:
                self._running.cancel.set()
            self._changed.notify_all()

    def _is_idle(self) -> bool:
        return self._running is None and not self._waiting

    def _next_slot(self) -> str:
        """The next slot: the oldest, ``later`` jobs last."""
        return min(self._waiting, key=lambda slot: self._waiting[slot].later)

    def _is_time(self) -> bool:
        """Whether the lane need not pause: a job that is not ``later`` waits, or none does."""
        return not self._waiting or any(not job.later for job in self._waiting.values())

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._running = None
                self._changed.wait_for(self._is_time, timeout=self._rest)
                if not self._waiting:
                    self._thread = None
                    self._changed.notify_all()
                    return
                self._running = self._waiting.pop(self._next_slot())
            try:
                self._running.run(lambda: not self._closed)
            except Exception as error:
                _log.exception("%s: the result of %r was not taken", self.name, self._running.slot)
                self._on_error(error)
