"""A notice for slow work only, so that fast work causes no message and no repaint."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["BusyNotice"]


class BusyNotice:
    """Calls ``show`` when work takes longer than ``delay``, and ``hide`` when it has ended.

    Parameters
    ----------
    show, hide
        Called under ``lock``, ``show`` from a separate thread.
    lock
        A reentrant lock.
    delay
        Seconds to wait; 0 calls ``show`` at once, in the caller's thread.
    """

    def __init__(
        self,
        show: Callable[[], None],
        hide: Callable[[], None],
        lock: threading.RLock,
        delay: float,
    ) -> None:
        self._show, self._hide = show, hide
        self._lock, self.delay = lock, delay
        self._timer: threading.Timer | None = None
        self._is_shown = False

    def start(self) -> None:
        """Mark the start of work; no effect while work is already running."""
        with self._lock:
            if self._is_shown or self._timer is not None:
                return
            if not self.delay:
                self._show_now()
                return
            self._timer = threading.Timer(self.delay, self._show_late)
            self._timer.name, self._timer.daemon = "demo_widgets: busy notice", True
            self._timer.start()

    def stop(self) -> None:
        """Mark the end of the work."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._is_shown:
                self._is_shown = False
                self._hide()

    def _show_late(self) -> None:
        with self._lock:
            if self._timer is threading.current_thread():  # neither stopped nor restarted
                self._timer = None
                self._show_now()

    def _show_now(self) -> None:
        self._is_shown = True
        self._show()
