"""One browser window of the tests: what it shows, and what its console said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SCREENSHOTS = Path(__file__).parent / "screenshots"
SOON = 90
"""Seconds that a loaded machine may take for what takes a moment."""


class BrowserPage:
    """A window with an address; errors in its console are kept.

    Attributes
    ----------
    page : playwright.sync_api.Page
        For locators and mouse moves that have no method here.
    console_errors : list of str
        Errors in the browser's console and uncaught exceptions of the page so far.
    """

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._context = None
        self.page = None
        self.console_errors: list[str] = []

    def open(
        self, url: str, *, width: int = 1400, height: int = 1000, timeout: float = 120
    ) -> BrowserPage:
        """Open ``url`` in a new window; ``timeout`` is in seconds."""
        self.close()
        self._context = self._browser.new_context(viewport={"width": width, "height": height})
        self._context.set_default_timeout(SOON * 1000)
        self.page = self._context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.console_errors.append(f"uncaught: {error}"))
        self.page.goto(url, timeout=timeout * 1000)
        return self

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    def screenshot(self, name: str, selector: str | None = None) -> Path:
        """Save a picture of the page, or of the first match of ``selector``; return its path."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        source = self.page.locator(selector).first if selector else self.page
        source.screenshot(path=path)
        return path

    def wider_than_its_place(self) -> list[str]:
        """Parts of the dashboard that scroll sideways though they are not made to."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.dw-root, .dw-root *')]
                .filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
                .filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
                .filter(e => !e.classList.contains('dw-scroll'))
                .map(e => `${e.className} ${e.scrollWidth} > ${e.clientWidth}`)"""
        )

    def close(self) -> None:
        """Close the window."""
        if self._context is not None:
            self._context.close()
            self._context = self.page = None
            self.console_errors = []
