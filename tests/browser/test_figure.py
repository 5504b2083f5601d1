"""The Figure tab in a real JupyterLab, and the report opened as a file in Chromium."""

from __future__ import annotations

import base64
import re

import pytest

from tests.browser.jupyter import LabPage
from tests.dashboard.conftest import linear_model, make_dataset, recurrent_model

START = """
import demo_widgets as dw
models, data = dw.load_demo()
dashboard = dw.MotifDashboard(models, data, sequence_index=3)
dashboard
"""
CARD = ".dw-root .dw-print"
HOSTILE = '<img src=x onerror="window.__pwned=1">'


@pytest.fixture(scope="module")
def figure(open_lab) -> LabPage:
    lab = open_lab().open_notebook([START], "figure", height=1300)
    lab.run_all()
    lab.page.locator(".dw-root .lm-TabBar-tabLabel", has_text=re.compile("^Figure$")).click()
    lab.wait_for_value("dashboard.tab", "Figure")
    assert lab.value("dashboard.wait(300)", 310)
    lab.page.locator(f"{CARD} svg").wait_for()
    return lab


def strips(lab: LabPage) -> int:
    """Framed strips drawn in the card, without the frames of the colour bars."""
    return lab.page.locator(f"{CARD} svg rect[height='15.00'][fill='none']").count()


def test_the_figure_is_drawn_on_white_in_both_themes(figure):
    for theme in ("light", "dark"):
        figure.set_theme(theme)
        assert strips(figure) == 3 + 2 * 2
        box = figure.page.locator(f"{CARD} svg").bounding_box()
        assert box["width"] > 600 and box["height"] > 250
        ground = figure.page.locator(CARD).evaluate("e => getComputedStyle(e).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        figure.screenshot(f"figure_{theme}", ".dw-root")
    figure.set_theme("light")
    assert figure.console_errors == []


def test_a_model_that_is_unticked_leaves_the_figure(figure):
    box = figure.page.locator(".dw-root label", has_text=re.compile("^ *CNN *$"))
    box.click()
    figure.wait_for_value("dashboard.view('Figure').models['CNN'].value", False)
    assert figure.value("dashboard.wait(60)", 70)
    figure.page.wait_for_function(
        f"document.querySelectorAll(`{CARD} svg rect[height='15.00'][fill='none']`).length === 6"
    )
    box.click()
    figure.wait_for_value("dashboard.view('Figure').models['CNN'].value", True)


@pytest.mark.parametrize("kind, start", [("PDF", b"%PDF-"), ("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_a_click_offers_the_file(figure, kind, start):
    buttons = figure.page.locator(".dw-root button:visible", has_text=re.compile(f"^ *{kind} *$"))
    buttons.click()
    link = figure.page.locator(f".dw-root a[download='figure_4.{kind.lower()}']")
    link.wait_for(timeout=20_000)
    data = base64.b64decode(link.get_attribute("href").split(",", 1)[1])
    assert data.startswith(start)


def test_a_click_makes_the_report_and_offers_it(figure, browser, tmp_path):
    figure.page.locator(".dw-root button:visible", has_text="Make report").click()
    link = figure.page.locator(".dw-root a[download='seq_00004.html']")
    link.wait_for(timeout=120_000)
    figure.screenshot("report_panel", ".dw-root")
    with figure.page.expect_download() as saved:
        link.click()
    saved.value.save_as(tmp_path / "seq_00004.html")
    page = browser.new_page()
    page.goto((tmp_path / "seq_00004.html").as_uri())
    assert page.locator("h2", has_text="seq_00004").count() == 1
    assert page.locator("figure svg use").count() > 300
    page.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of three sequences with a hostile name, as a file."""
    from demo_widgets.dashboard import MotifDashboard

    path = tmp_path_factory.mktemp("report") / "report.html"
    data = make_dataset(n=3, length=60, names=["b", HOSTILE, "a"])
    models = {"linear": linear_model(), "recurrent": recurrent_model()}
    dashboard = MotifDashboard(models, data, block=True)
    dashboard.save_html(path, "all shown")
    dashboard.close()
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_opens_from_a_file_and_asks_for_nothing(browser, report, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()] and errors == []
    assert page.evaluate("window.__pwned") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    letters = page.locator("figure").first.locator("use")
    assert letters.count() > 30 and letters.first.bounding_box()["width"] > 1
    context.close()


def test_a_click_on_a_heading_sorts_by_value_and_again_turns_it_round(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    cells = page.locator("nav tbody tr td:nth-child(4)")
    head = page.locator("nav th", has_text="linear")
    head.get_by_role("button").click()
    rising = [float(text) for text in cells.all_inner_texts()]
    assert rising == sorted(rising) and head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert [float(text) for text in cells.all_inner_texts()] == rising[::-1]
    assert head.get_attribute("aria-sort") == "descending"
    page.close()


def test_without_scripts_the_report_reads_the_same(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("nav tbody tr").count() == 3
    assert page.locator("th button").count() == 0
    assert page.get_by_text(HOSTILE).first.is_visible()
    context.close()
