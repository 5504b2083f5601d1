"""The dashboard where people are: Notebook 7, and the page that ``demo-widgets serve`` gives."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

import demo_widgets
from tests.browser.jupyter import LabPage
from tests.browser.page import BrowserPage
from tests.browser.server import NotebookServer, PageServer

DEMO = Path(demo_widgets.__file__).parent / "assets" / "demo"
NAMES = {"cnn": "CNN", "rnn": "RNN", "cnn_rnn": "CNN-RNN"}
START = """
import demo_widgets as dw
models, data = dw.load_demo()
dashboard = dw.MotifDashboard(models, data)
dashboard
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """A folder with the demo models, as users keep theirs."""
    folder = tmp_path_factory.mktemp("my models")
    for stem, name in NAMES.items():
        shutil.copy(DEMO / f"{stem}.keras", folder / f"{name}.keras")
    return folder


@pytest.fixture(scope="module")
def sequences(tmp_path_factory) -> Path:
    """The demo sequences under a name that would be code in a notebook, and markup in a page."""
    path = tmp_path_factory.mktemp("sequences") / "a');open('pwned','w')#<b id=pwned>.csv.gz"
    shutil.copy(DEMO / "sequences.csv.gz", path)
    return path


@pytest.fixture(scope="module")
def server(chromium, tmp_path_factory, models, sequences):
    folder = tmp_path_factory.mktemp("serve")
    server = PageServer(folder, "--models", str(models), "--sequences", str(sequences))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def page(browser, server) -> BrowserPage:
    """The served page, drawn."""
    page = BrowserPage(browser).open(server.url, height=1300, timeout=240)
    wait_for_letters(page, ".dw-strip", 1)
    yield page
    page.close()


def drawn(page: BrowserPage, css: str) -> list[int]:
    """Letters drawn in each visible figure, counted as sub-paths of filled paths."""
    return page.page.evaluate(
        """css => [...document.querySelectorAll(css)].filter(f => f.getClientRects().length)
            .map(f => [...f.querySelectorAll('.curve path')]
                .filter(p => !['none', ''].includes(getComputedStyle(p).fill))
                .reduce((n, p) => n + ((p.getAttribute('d') || '').match(/M/g) || []).length, 0))
            .filter(n => n >= 101)""",
        css,
    )


def wait_for_letters(page: BrowserPage, css: str, figures: int, timeout: float = 90) -> None:
    """Wait until this many figures show the letters of a sequence of 101 bases."""
    deadline = time.monotonic() + timeout
    while len(found := drawn(page, css)) != figures:
        assert time.monotonic() < deadline, (css, found, page.console_errors)
        page.page.wait_for_timeout(200)


def open_tab(page: BrowserPage, title: str) -> None:
    page.page.locator(".dw-root .lm-TabBar-tabLabel", has_text=re.compile(f"^{title}$")).click()


def choose_row(page: BrowserPage, row: int) -> None:
    """Click a row of the table of predictions and wait until the header has gone there."""
    page.page.locator(".dw-buttons button >> visible=true").nth(row).click()
    number = page.page.locator(".dw-header input[type=number]").first
    page.page.wait_for_function(
        "([e, n]) => e.value === n", arg=[number.element_handle(), f"{row + 1}"]
    )


def test_the_page_shows_the_models_by_their_file_names_and_no_code(page):
    page.page.locator(".dw-scores").wait_for()
    scores = page.page.locator(".dw-scores").inner_text()
    for name in NAMES.values():
        assert re.search(rf"(?m)\b{name} [01]\.\d\d\d", scores), scores
    assert page.page.locator(".jp-InputArea, .highlight").count() == 0
    assert page.page.title().startswith("Deep Motif Dashboard: a');open('pwned','w')#<b id=pwned>")


def test_the_page_answers_a_click_and_draws_saliency(page):
    choose_row(page, 6)
    open_tab(page, "Saliency")
    wait_for_letters(page, ".dw-track", 3)
    bar = page.page.locator(".dw-track >> visible=true").first.locator(".bar").nth(40)
    bar.click()
    page.page.locator(".dw-readout", has_text="Position 41").first.wait_for()
    page.screenshot("voila_saliency")


def test_a_hostile_file_name_is_text(page, server):
    assert page.page.locator("#pwned").count() == 0
    assert "a');open('pwned','w')#<b id" in page.page.locator(".dw-header .dw-title").inner_text()
    assert not list(server.log.parent.rglob("pwned"))


def test_the_page_needs_no_network_and_raises_nothing(page):
    loaded = page.page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    outside = [url for url in loaded if re.match(r"https?://(?!127\.0\.0\.1)", url)]
    assert outside == []
    assert page.console_errors == []


def test_icons_are_drawn_without_a_network(page):
    width = page.page.locator(".dw-header button i").first.evaluate(
        "e => [getComputedStyle(e, '::before').content, e.getBoundingClientRect().width]"
    )
    assert width[0] not in ("none", "") and width[1] > 0


def test_the_page_has_the_full_width_and_a_dark_theme(browser, server):
    dark = BrowserPage(browser).open(f"{server.url}/?theme=dark", width=1100, timeout=240)
    try:
        wait_for_letters(dark, ".dw-strip", 1)
        box = dark.page.locator(".dw-root").bounding_box()
        assert box["x"] <= 24 and box["width"] >= 1100 - 64
        colour = dark.page.locator(".dw-header .dw-title").evaluate(
            "e => getComputedStyle(e).color"
        )
        assert min(int(part) for part in re.findall(r"\d+", colour)[:3]) > 180
        dark.screenshot("voila_dark")
        assert dark.console_errors == []
    finally:
        dark.close()


def test_ctrl_c_stops_the_server_and_every_kernel(chromium, browser, tmp_path, models):
    server = PageServer(
        tmp_path, "--models", str(models), "--sequences", str(DEMO / "sequences.csv.gz")
    )
    page = BrowserPage(browser)
    try:
        page.open(server.url, timeout=240)
        family = psutil.Process(server.process.pid).children(recursive=True)
        kernels = [p for p in family if "ipykernel_launcher" in " ".join(p.cmdline())]
        assert len(kernels) == 1
        os.kill(server.process.pid, signal.SIGINT)
        assert server.process.wait(60) == 0
        assert psutil.wait_procs(family, timeout=20)[1] == []
    finally:
        page.close()
        server.stop()
    assert "Traceback" not in server.log.read_text()


def test_notebook_7_draws_the_dashboard_and_answers_a_click(chromium, browser, tmp_path):
    server = NotebookServer(tmp_path / "notebook")
    notebook = LabPage(browser, server)
    try:
        notebook.open_notebook([START], height=1300, timeout=240)
        its_own = list(notebook.console_errors)  # 7.6 raises one on an empty notebook
        notebook.run_all()
        assert notebook.value("dashboard.wait(300)", 310)
        wait_for_letters(notebook, ".dw-strip", 1)
        choose_row(notebook, 6)
        notebook.wait_for_value("dashboard.sequence_index", 6)
        open_tab(notebook, "Saliency")
        wait_for_letters(notebook, ".dw-track", 3)
        notebook.screenshot("notebook_7")
        assert notebook.console_errors == its_own
    finally:
        notebook.close()
        server.stop()


# Controls in view that Tab can stop at; of the tabs only one, arrows reach the others.
CONTROLS = """() => [...document.querySelectorAll('.dw-root')].slice(0, 1).flatMap(root =>
    [...root.querySelectorAll('button, input, select, textarea, [tabindex="0"]')])
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled)"""


@pytest.mark.parametrize("tab", ["Predictions", "Saliency", "Temporal"])
def test_tab_reaches_every_control_which_has_a_name_and_shows_its_focus(page, tab):
    open_tab(page, tab)
    page.page.wait_for_timeout(3000)
    page.page.locator(".dw-header button").first.focus()
    page.page.keyboard.press("Shift+Tab")
    nameless, unmarked, reached = [], [], 0
    for _ in range(120):
        page.page.keyboard.press("Tab")
        found = page.page.evaluate("""() => {
            const e = document.activeElement, style = getComputedStyle(e);
            if (!e.closest('.dw-root')) return null;
            e.dataset.reached = '1';
            const name = e.getAttribute('aria-label') || e.innerText || e.title || e.placeholder
                || [...(e.labels || [])].map(label => label.innerText).join(' ');
            return {what: e.outerHTML.slice(0, 120), name: name.trim(),
                    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1};
        }""")
        if found is None:
            break
        reached += 1
        # ipywidgets gives no name to the buttons of Play and to the handles of sliders.
        if not found["name"] and not re.search("noUi-handle|jupyter-button", found["what"]):
            nameless.append(found["what"])
        if not found["marked"]:
            unmarked.append(found["what"])
    missed = page.page.evaluate(
        f"({CONTROLS})().filter(e => !e.dataset.reached).map(e => e.outerHTML.slice(0, 120))"
    )
    assert reached > 15
    assert (missed, nameless, unmarked) == ([], [], [])


def test_arrows_and_enter_open_another_tab(page):
    open_tab(page, "Predictions")
    page.page.locator(".dw-root [role=tab][tabindex='0']").first.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    page.page.locator(".dw-root [role=tab][aria-selected=true]", has_text="Saliency").wait_for()


def test_enter_on_a_row_chooses_it(page):
    open_tab(page, "Predictions")
    page.page.locator(".dw-buttons button >> visible=true").nth(3).focus()
    page.page.keyboard.press("Enter")
    number = page.page.locator(".dw-header input[type=number]").first
    page.page.wait_for_function("([e, n]) => e.value === n", arg=[number.element_handle(), "4"])
