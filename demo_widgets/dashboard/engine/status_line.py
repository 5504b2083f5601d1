"""The line under the header: what is being computed, and what went wrong, by who says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["StatusLine"]


class StatusLine:
    """Joins what several speakers say; each takes back only its own words.

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
        """Put ``words`` in the place of what ``speaker`` said before; empty takes it back."""
        with self._lock:
            self._words[speaker] = words
            line = " · ".join(filter(None, self._words.values()))
        self._show(line)

    def said(self, speaker: str) -> str:
        """What ``speaker`` says now."""
        return self._words.get(speaker, "")
