"""The status line under the header: running computations and errors, by source."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["StatusLine"]


class StatusLine:
    """Joins the messages of several sources; each source replaces only its own.

    Parameters
    ----------
    show
        Called with the whole line when it changes.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._words: dict[str, str] = {}
        self._lock = threading.Lock()

    def say(self, speaker: str, words: str) -> None:
        """Replace the message of ``speaker``; an empty one removes it."""
        with self._lock:
            self._words[speaker] = words
            line = " · ".join(filter(None, self._words.values()))
        self._show(line)

    def said(self, speaker: str) -> str:
        """Return the current message of ``speaker``."""
        return self._words.get(speaker, "")
