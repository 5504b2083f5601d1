"""Fixtures of the browser tests: one JupyterLab and one Chromium a session, pages by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.jupyter import LabPage
from tests.browser.server import CHROMIUM_ARGS, LabServer, find_chromium
from tests.conftest import skip_or_fail

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, and run them last.

    Playwright keeps an event loop running in the main thread until the session ends, and
    ``asyncio.run`` in a test after it would refuse to start a second one.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of the Chromium to drive."""
    path = find_chromium()
    if path is None:
        skip_or_fail(
            "no Chromium found; install one or set DEMO_WIDGETS_CHROMIUM to its path",
            "DEMO_WIDGETS_REQUIRE_BROWSER",
        )
    return path


@pytest.fixture(scope="session")
def lab_server(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab server of this Python, with no settings of the user's."""
    server = LabServer(tmp_path_factory.mktemp("jupyterlab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(chromium: Path):
    """A headless Chromium that reaches nothing but this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_lab(browser, lab_server: LabServer) -> Iterator[Callable[[], LabPage]]:
    """Make pages that live to the end of the module, for tests that share one notebook."""
    pages: list[LabPage] = []

    def new_page() -> LabPage:
        pages.append(LabPage(browser, lab_server))
        return pages[-1]

    yield new_page
    for page in pages:
        page.close()


@pytest.fixture
def lab(browser, lab_server: LabServer) -> Iterator[LabPage]:
    """A page for one test; call ``open_notebook`` on it first."""
    page = LabPage(browser, lab_server)
    yield page
    page.close()
