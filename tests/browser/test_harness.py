"""The browser harness itself: what it reports is what the page and the kernel did."""

from __future__ import annotations

import sys

import pytest

from tests.browser.jupyter import LabPage, NotebookError

WIDGETS = """
import bqplot, ipywidgets
slider = ipywidgets.IntSlider(value=3, min=0, max=10, description="Position")
scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale()}
lines = bqplot.Lines(x=[0, 1, 2, 3], y=[2, 5, 1, 4], scales=scales)
axes = [bqplot.Axis(scale=scales["x"], label="position"),
        bqplot.Axis(scale=scales["y"], orientation="vertical", label="score")]
ipywidgets.VBox([slider, bqplot.Figure(marks=[lines], axes=axes, title="A line")])
"""


@pytest.fixture(scope="module")
def widgets(open_lab) -> LabPage:
    page = open_lab().open_notebook([WIDGETS], "widgets")
    page.run_all()
    return page


def test_a_slider_moved_in_the_browser_reaches_the_kernel(widgets):
    assert widgets.value("slider.value") == 3
    handle = widgets.page.locator(".widget-slider .noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    widgets.wait_for_value("slider.value", 4)


def test_a_trait_set_in_the_kernel_reaches_the_browser(widgets):
    widgets.execute("slider.value = 7")
    widgets.page.locator(".widget-readout", has_text="7").wait_for()


def test_bqplot_draws_a_line(widgets):
    line = widgets.page.locator(".bqplot path.line").first
    line.wait_for(state="attached")
    assert line.get_attribute("d").count("L") == 3
    assert widgets.screenshot("harness_light").stat().st_size > 0
    assert widgets.console_errors == []


def test_the_theme_can_be_switched(widgets):
    body = widgets.page.locator("body")
    widgets.set_theme("dark")
    assert body.get_attribute("data-jp-theme-name") == "JupyterLab Dark"
    widgets.screenshot("harness_dark", ".jp-Notebook")
    widgets.set_theme("light")
    assert body.get_attribute("data-jp-theme-name") == "JupyterLab Light"


def test_console_errors_and_uncaught_exceptions_are_caught(lab):
    lab.open_notebook(
        [
            "from IPython.display import Javascript\n"
            "Javascript(\"console.error('meant to be seen');\"\n"
            "           \"setTimeout(() => { throw new Error('nobody caught me') })\")"
        ]
    )
    assert lab.console_errors == []
    with lab.page.expect_event("pageerror"):
        lab.run_all()
    seen = "\n".join(lab.console_errors)
    assert "meant to be seen" in seen
    assert "nobody caught me" in seen


def test_an_error_in_a_cell_or_in_the_kernel_is_raised_with_its_traceback(lab):
    lab.open_notebook(["a = 1", "a / 0"])
    lab.run_cell(0)
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        lab.run_all()
    with pytest.raises(NotebookError, match="NameError"):
        lab.execute("no_such_name")
    assert lab.value("a + 1") == 2


def test_the_kernel_is_the_python_of_the_tests(lab):
    lab.open_notebook([], theme="dark", whole_lab=True)
    assert lab.value("__import__('sys').prefix") == sys.prefix
    assert lab.page.locator("body").get_attribute("data-jp-theme-light") == "false"
    lab.screenshot("harness_whole_lab")
