"""Work that takes seconds and is done once a process, ahead of the first click that needs it."""

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
    """Do work once, in the thread that asks first or in one of its own.

    Parameters
    ----------
    steps
        Does the work; yields a sentence for people before each part of it.
    lock
        Held meanwhile; default: one of its own.
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
        """Whether the work is done in this process; asking costs nothing."""
        return self._done.is_set()

    def run(self, on_progress: Callable[[str], None] | None = None) -> float:
        """Do the work, or wait until it is done.

        Parameters
        ----------
        on_progress
            Called with a sentence for people before each step.

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
        """Do the work in a background thread, unless it is done, under way or has failed there.

        A process that ends meanwhile waits for the step under way, not for the rest.
        """
        if self._thread is None and not self._done.is_set():
            self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
            atexit.register(self._end)
            self._thread.start()

    def _run(self) -> None:
        try:
            self.run()
        except Exception as error:  # nobody waits for it: what needs it has another way
            warnings.warn(f"warm-up failed: {error}", DemoWidgetsWarning, stacklevel=2)

    def _end(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
