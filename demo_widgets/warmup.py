"""Slow preparation that is done once per process, before the first click that needs it."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Iterator

from demo_widgets.errors import DemoWidgetsWarning

__all__ = ["WarmUp"]


class WarmUp:
    """Does work once, in the first calling thread or in a background thread.

    Parameters
    ----------
    steps
        Does the work; yields a progress sentence before each part.
    lock
        Held during the work; by default a separate one.
    """

    def __init__(
        self,
        steps: Callable[[], Iterator[str]],
        lock: contextlib.AbstractContextManager[object] | None = None,
    ):
        self._steps = steps
        self._lock = threading.RLock() if lock is None else lock
        self._done, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def is_done(self) -> bool:
        """Whether the work is done in this process."""
        return self._done.is_set()

    def run(self, on_progress: Callable[[str], None] | None = None) -> float:
        """Do the work or wait until it is done.

        Parameters
        ----------
        on_progress
            Called with a progress sentence before each step.

        Returns
        -------
        float
            Seconds taken; 0 when everything was done already.
        """
        with self._lock:
            if self._done.is_set():
                return 0.0
            started = time.perf_counter()
            for message in self._steps():
                if self._ending.is_set():
                    return time.perf_counter() - started
                if on_progress is not None:
                    on_progress(message)
            self._done.set()
            return time.perf_counter() - started

    def start(self) -> None:
        """Do the work in a background thread, unless it is done, running or has failed there.

        A process that ends in the meantime waits only for the current step.
        """
        if self._thread is None and not self._done.is_set():
            self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
            atexit.register(self._end)
            self._thread.start()

    def _run(self) -> None:
        try:
            self.run()
        except Exception as error:  # not raised: callers have a fallback
            warnings.warn(f"warm-up failed: {error}", DemoWidgetsWarning, stacklevel=2)

    def _end(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
