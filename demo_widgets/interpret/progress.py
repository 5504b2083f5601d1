"""Progress reports and cancellation of long computations."""

from __future__ import annotations

import threading
from collections.abc import Callable

from demo_widgets.errors import Cancelled

__all__ = ["Progress", "checkpoint"]

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is in all."""


def checkpoint(what: str, on_progress: Progress | None, cancel: threading.Event | None) -> Progress:
    """Return ``step(done, total)`` to call between pieces of the work called ``what``.

    It reports to ``on_progress`` and raises :class:`Cancelled` once ``cancel`` is set.
    """

    def step(done: int, total: int) -> None:
        if cancel is not None and cancel.is_set():
            raise Cancelled(f"{what} was cancelled after {done:,} of {total:,} steps")
        if on_progress is not None:
            on_progress(done, total)

    return step
