"""The dashboard in a real JupyterLab: what is drawn, and what happens when people use it."""

from __future__ import annotations

import base64
import csv
import io
import re
import xml.etree.ElementTree as ET
from functools import partial

import pytest

from tests.browser.jupyter import LabPage
from tests.browser.page import SOON

START = """
import demo_widgets as dw
models, data = dw.load_demo()
dashboard = dw.MotifDashboard(models, data)
dashboard
"""
HOSTILE = """
import keras, numpy as np, demo_widgets as dw
names = ["<script>window.__pwned = 1</script>", "<img src=x onerror='window.__pwned = 2'>",
         "\\"><svg onload='window.__pwned = 3'>", "' onmouseover='window.__pwned = 4"]
hostile = dw.MotifDashboard(
    {"<img src=y onerror='window.__pwned = 5'>": dw.build_rnn(units=4)},
    dw.SequenceDataset(["ACGTTGCAAC", "TTTTTGATAA", "GATAAGATAA", "CCCCCCCCCC"],
                       names=names, labels=[0, 1, 1, 0], name=names[1]))
for hostile.tab in ("Predictions", "Saliency", "Temporal", "Class optimization"):
    for hostile.sequence_index in range(4):
        hostile.wait(60)
hostile
"""
TABS = ("Predictions", "Saliency", "Temporal", "Class optimization")
ROOT = ".dw-root"
LENGTH = 101


@pytest.fixture(scope="module")
def notebook(open_lab) -> LabPage:
    page = open_lab().open_notebook([START], "dashboard", height=1300)
    page.run_all()
    page.execute("dashboard.wait(300)", 310)
    return page


@pytest.fixture
def lab(notebook) -> LabPage:
    """The shared notebook at a known state; no console error may be left by the test."""
    notebook.execute(
        "dashboard.sequence_index = 3; dashboard.position = 0; dashboard.window = (0, 101)\n"
        "dashboard.palette = 'classic'; dashboard.tab = 'Predictions'"
    )
    yield notebook
    assert notebook.console_errors == []


def show(lab: LabPage, tab: str, *, timeout: float = 300) -> None:
    """Open a tab by its label and wait until it is computed and drawn."""
    lab.page.locator(f"{ROOT} .lm-TabBar-tabLabel", has_text=re.compile(f"^{tab}$")).click()
    lab.wait_for_value("dashboard.tab", tab)
    assert lab.value(f"dashboard.wait({timeout})", timeout + 10)


def rgb(colour: str) -> str:
    """``#rrggbb`` as the browser tells it."""
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


CLASSIC = [rgb(c) for c in ("#2a9d4a", "#2c6fd1", "#e08e00", "#d83a34")]
COLOUR_BLIND = [rgb(c) for c in ("#009e73", "#0072b2", "#e69f00", "#cc79a7")]


def letters(lab: LabPage, css: str, colours: list[str] = CLASSIC) -> list[list[int]]:
    """Sub-paths filled with each of the four colours, for each visible figure in page order."""
    return lab.page.evaluate(
        """([css, colours]) => [...document.querySelectorAll(css)]
            .filter(figure => figure.checkVisibility({visibilityProperty: true}))
            .map(figure => colours.map(colour => [...figure.querySelectorAll('path')]
                .filter(path => getComputedStyle(path).fill === colour)
                .reduce((n, p) => n + ((p.getAttribute('d') || '').match(/M/g) || []).length, 0)))
            .filter(counts => Math.max(...counts) > 0)""",
        [css, colours],
    )


def expected_letters(sequence: str) -> list[int]:
    """Contours of the letters of a sequence: an A has two, its outline and its hole.

    Each row of a mark ends in one more sub-path without area: its padding.
    """
    return [sequence.count(base) * (2 if base == "A" else 1) + 1 for base in "ACGT"]


def wait_for(lab: LabPage, found, wanted, timeout: float = SOON) -> None:
    """Wait until ``found()`` equals ``wanted``, or until it is true for a function."""
    for _ in range(int(timeout * 20)):
        value = found()
        if wanted(value) if callable(wanted) else value == wanted:
            return
        lab.page.wait_for_timeout(50)
    raise AssertionError(f"{value!r} is not {wanted!r}")


def visible(lab: LabPage, css: str):
    return lab.page.locator(f"{ROOT} {css} >> visible=true")


def control(lab: LabPage, label: str):
    """The input or menu beside a label."""
    return (
        visible(lab, f".jupyter-widgets:has(> label:text-is('{label}'))")
        .locator("select, input")
        .first
    )


def button(lab: LabPage, words: str):
    return visible(lab, f"button:has-text('{words}')").first


def drawn_by_saliency(lab: LabPage) -> list[list[int]]:
    """Contours of the letters that have a height, by model: a dead gradient draws nothing."""
    return [
        expected_letters("".join(b for b, on in zip(sequence(lab), shown, strict=True) if on))
        for shown in lab.value(
            "[(r.contributions[0] != 0).any(axis=1).tolist()"
            " for r in dashboard.view('Saliency').results.values()]"
        )
    ]


def sequence(lab: LabPage) -> str:
    return lab.value("dashboard.session.sequence")


def test_the_header_draws_every_letter_of_the_sequence_and_its_planted_sites(lab):
    wait_for(lab, lambda: letters(lab, ".dw-strip"), [expected_letters(sequence(lab))])
    words = [lab.value("dashboard.session.name"), "bound", "Planted sites: "]
    patterns = [
        *map(re.escape, words),
        *(rf"{name} [01]\.\d\d\d" for name in ("CNN", "RNN", "CNN-RNN")),
    ]
    wait_for(
        lab,
        lambda: lab.page.locator(".dw-header").inner_text(),
        lambda header: all(re.search(pattern, header) for pattern in patterns),
    )


def test_predictions_draw_roc_curves_and_rows_with_every_models_score(lab):
    rows = visible(lab, ".dw-grid")
    wait_for(lab, rows.count, 15)
    numbers = lab.value(
        "[round(float(p[1]), 3) for p in dashboard.engine.predictions.probabilities.values()]"
    )
    wait_for(
        lab,
        lambda: rows.nth(1).inner_text(),
        lambda shown: all(f"{number:.3f}" in shown for number in numbers),
    )

    def curves() -> list[int]:
        return visible(lab, ".dw-figure:not(.dw-strip)").evaluate_all(
            "figures => figures.flatMap(f => [...f.querySelectorAll('path.line')])"
            ".map(p => ((p.getAttribute('d') || '').match(/L/g) || []).length)"
        )

    # Three models, and the diagonal of a guess.
    wait_for(lab, curves, lambda points: len(points) == 4 and sorted(points)[1] > 5)
    table = lab.page.locator(".dw-table").first
    wait_for(lab, table.inner_text, lambda text: text.count("0.9") >= 6)


def test_choosing_a_row_drives_the_header_and_the_tabs(lab):
    visible(lab, ".dw-buttons button").nth(6).click()
    lab.wait_for_value("dashboard.sequence_index", 6)
    name = lab.value("dashboard.session.name")
    lab.page.locator(".dw-title", has_text=name).wait_for()
    show(lab, "Saliency")
    wait_for(lab, lambda: letters(lab, ".dw-track"), drawn_by_saliency(lab))


def test_headings_sort_and_filters_filter(lab):
    def column(place: int) -> list[str]:
        return visible(lab, ".dw-grid").evaluate_all(
            "(rows, i) => rows.map(row => row.children[i].textContent)", place
        )

    button(lab, "RNN").click()
    wait_for(lab, lambda: column(4), lambda p: p == sorted(p, reverse=True) and p[-1] > "0.9")
    button(lab, "RNN ▼").click()
    wait_for(lab, lambda: column(4), lambda p: p == sorted(p) and p[-1] < "0.1")
    control(lab, "Label").select_option("bound")
    wait_for(lab, lambda: set(column(2)), {"bound"})
    control(lab, "Prediction").select_option("wrong")
    wait_for(lab, lambda: column(6), lambda marks: all("✗" in mark for mark in marks))
    control(lab, "Search").fill("no such sequence")
    control(lab, "Search").press("Enter")
    visible(lab, ".dw-grid:has-text('No sequence')").wait_for()
    control(lab, "Search").fill("")
    control(lab, "Search").press("Enter")
    for label, every in (("Label", "all"), ("Prediction", "any")):
        control(lab, label).select_option(every)
    button(lab, "#").click()
    button(lab, "# ▼").click()
    wait_for(lab, lambda: column(0)[:3], ["1", "2", "3"])


def test_saliency_draws_one_letter_a_base_and_a_heat_strip_for_each_model(lab):
    show(lab, "Saliency")
    wait_for(lab, lambda: letters(lab, ".dw-track"), drawn_by_saliency(lab))

    def strips() -> list[list[int]]:
        return visible(lab, ".dw-track").evaluate_all(
            "figures => figures.map(f => [...f.querySelectorAll('image')].map(i =>"
            " (i.getAttribute('href') || i.getAttribute('xlink:href') || '').length))"
        )

    wait_for(
        lab,
        strips,
        lambda sizes: len(sizes) == 3 and all(len(s) == 1 and s[0] > 200 for s in sizes),
    )


def test_hover_reads_out_and_a_click_sets_the_position(lab):
    show(lab, "Saliency")
    bar = visible(lab, ".dw-track").first.locator(".bar").nth(40)
    bar.hover()
    base = sequence(lab)[40]
    value = lab.value("float(dashboard.view('Saliency').results['RNN'].importance[0, 40])")
    words = f"Position 41 · base {base}"
    wait_for(
        lab,
        lambda: visible(lab, ".dw-readout").first.inner_text(),
        lambda text: words in text and f"RNN {value:+.3f}" in text,
    )
    tip = lab.page.locator(".bqplot_mark_tooltip:has-text('Position 41') >> visible=true").first
    wait_for(lab, tip.inner_text, lambda text: f"RNN {value:+.3f}" in text)
    bar.click()
    lab.wait_for_value("dashboard.position", 40)


def test_another_method_redraws_with_letters_below_the_line(lab):
    show(lab, "Saliency")
    wait_for(lab, lambda: letters(lab, ".dw-track"), drawn_by_saliency(lab))
    before = letters(lab, ".dw-track")
    control(lab, "Method").select_option("Input x gradient (centred)")
    axis = visible(lab, ".dw-track").first.locator("text.axislabel", has_text="evidence in S")
    axis.wait_for()
    wait_for(
        lab,
        visible(lab, ".dw-track").first.locator(".tick text").all_text_contents,
        lambda ticks: any(tick.startswith(("-", "−")) for tick in ticks),
    )
    wait_for(lab, lambda: letters(lab, ".dw-track"), before)
    control(lab, "Method").select_option("Saliency")
    axis.wait_for(state="detached")


@pytest.mark.parametrize("width", [1400, 1100, 700])
def test_the_axis_of_every_track_says_what_its_letters_stand_for(lab, width):
    lab.page.set_viewport_size({"width": width, "height": 1300})
    show(lab, "Saliency")
    highest = (
        "max(float(abs(r.importance).max()) for r in dashboard.view('Saliency').results.values())"
    )

    def ticks() -> list[list[float]]:
        texts = visible(lab, ".dw-track").evaluate_all(
            """figures => figures.map(figure => [...figure.querySelectorAll('.axis')]
                .find(axis => !axis.querySelector('.axislabel')?.textContent.includes('(bp)')))
                .map(axis => [...(axis?.querySelectorAll('.tick') || [])].map(t => t.textContent))
            """
        )
        return [sorted(float(t.replace("\u2212", "-")) for t in axis if t) for axis in texts]

    def shown_and_due(method: str) -> tuple[list, list]:
        """Lowest tick, highest tick and their number, of each track: on the page, and due."""
        top = float(f"{lab.value(highest):.2g}")
        low = 0.0 if method == "Saliency" else -top
        return [(*axis[:1], *axis[-1:], len(axis)) for axis in ticks()], [(low, top, 3)] * 3

    for method in ("In-silico mutagenesis", "Saliency", "Input x gradient (centred)", "Saliency"):
        for row in (4, 3):
            control(lab, "Method").select_option(method)
            lab.execute(f"dashboard.sequence_index = {row}; dashboard.wait(100)", 110)
            wait_for(lab, partial(shown_and_due, method), lambda both: both[0] == both[1])
    lab.page.set_viewport_size({"width": 1400, "height": 1300})


def test_zoom_and_pan_buttons_move_the_window_of_every_track(lab):
    show(lab, "Saliency")

    def left_edges() -> list[str]:
        return visible(lab, ".dw-track").evaluate_all(
            "figures => figures.map(f => f.querySelector('.bar')?.parentElement"
            ".getAttribute('transform') + [...f.querySelectorAll('.bar')]"
            ".map(b => b.getAttribute('width')).slice(0, 1))"
        )

    lab.execute("dashboard.position = 50")
    before = left_edges()
    visible(lab, "button[title='Zoom in']").click()
    lab.wait_for_value("dashboard.window", [26, 76])
    wait_for(lab, left_edges, lambda edges: edges != before and len(set(edges)) == 1)
    visible(lab, "button[title='Move right']").click()
    lab.wait_for_value("dashboard.window", [51, 101])
    button(lab, "Whole sequence").click()
    lab.wait_for_value("dashboard.window", [0, LENGTH])


def test_the_brush_in_the_header_picks_the_window(lab):
    show(lab, "Saliency")
    box = lab.page.locator(".dw-strip .overlay").bounding_box()
    middle = box["y"] + box["height"] / 2
    lab.page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 0.45 * box["width"], middle, steps=4)
    lab.page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=4)
    lab.page.mouse.up()
    wait_for(
        lab,
        lambda: lab.value("dashboard.window"),
        lambda w: abs(w[0] - 30) <= 1 and abs(w[1] - 61) <= 1,
    )
    wait_for(
        lab,
        visible(lab, ".dw-track").last.locator(".tick text").all_text_contents,
        lambda ticks: 30 <= max((int(tick) for tick in ticks if tick.isdigit()), default=0) <= 61,
    )
    button(lab, "Whole sequence").click()
    lab.wait_for_value("dashboard.window", [0, LENGTH])
    wait_for(
        lab,
        lambda: lab.page.locator(".dw-strip .selection").first.bounding_box(),
        lambda b: b is None or b["width"] == 0,
    )


def test_pan_and_zoom_takes_the_mouse_while_it_is_on(lab):
    show(lab, "Saliency")
    figure = visible(lab, ".dw-track").first
    bar = figure.locator(".bar").nth(50)
    box = bar.bounding_box()
    button(lab, "Pan & zoom").click()
    lab.page.mouse.move(box["x"] + 2, box["y"] + 40)

    def window_after_a_turn():  # the kernel switches the mouse over: a turn may come too early
        lab.page.mouse.wheel(0, -200)
        lab.page.wait_for_timeout(200)
        return lab.value("dashboard.window")

    wait_for(lab, window_after_a_turn, lambda w: w[1] - w[0] < LENGTH - 4)
    before = visible(lab, ".dw-readout").first.inner_text()
    lab.page.mouse.move(box["x"] + 60, box["y"] + 40, steps=3)
    lab.page.wait_for_timeout(300)
    assert visible(lab, ".dw-readout").first.inner_text() == before
    button(lab, "Pan & zoom").click()
    button(lab, "Whole sequence").click()
    lab.wait_for_value("dashboard.window", [0, LENGTH])
    figure.locator(".bar").nth(70).hover()
    wait_for(
        lab,
        lambda: visible(lab, ".dw-readout").first.inner_text(),
        lambda text: "Position 71" in text,
    )


def cursors(lab: LabPage) -> list[str]:
    """Where the half planes of the temporal tracks stand."""
    return visible(lab, ".dw-plain:not(.dw-strip)").evaluate_all(
        "figures => figures.flatMap(f => [...f.querySelectorAll('path')]"
        ".filter(p => /A4000/.test(p.getAttribute('d') || ''))"
        ".map(p => p.closest('g[transform]').getAttribute('transform')))"
    )


def test_temporal_draws_curves_strips_and_letters_and_says_why_the_cnn_has_none(lab):
    show(lab, "Temporal")
    wait_for(
        lab,
        lambda: letters(lab, ".dw-plain:not(.dw-strip)")[:2],
        [expected_letters(sequence(lab))] * 2,
    )

    def drawn() -> list[list[int]]:
        return visible(lab, ".dw-plain:not(.dw-strip)").evaluate_all(
            "figures => figures.filter(f => f.querySelector('image')).map(f =>"
            " [[...f.querySelectorAll('path.line')].filter(p =>"
            "   ((p.getAttribute('d') || '').match(/L/g) || []).length === 100).length,"
            "  f.querySelectorAll('image').length])"
        )

    wait_for(lab, drawn, [[2, 1], [2, 1]])
    wait_for(lab, lambda: len(cursors(lab)), 4)
    wait_for(lab, visible(lab, ".dw-info:has-text('no recurrent layer')").count, 1)


# While a cell runs, another thread of the kernel may hear the page: this one lets none run.
BUSY = """
import ctypes, pathlib, sys
libc, interval = ctypes.PyDLL(None), sys.getswitchinterval()
sys.setswitchinterval(1000)
libc.close(libc.creat({begun!r}.encode(), 0o600))
for _ in range(10_000):
    if libc.access({enough!r}.encode(), 0) == 0:
        break
    libc.usleep(50_000)
heard = dashboard.position
sys.setswitchinterval(interval)
pathlib.Path({ended!r}).write_text(str(heard))
"""


def test_the_slider_moves_cursor_and_scores_while_the_kernel_is_busy(lab, tmp_path):
    show(lab, "Temporal")
    readouts = visible(lab, ".dw-jump select")
    slider = visible(lab, ".widget-slider .widget-readout").first
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    begun, enough, ended = (tmp_path / name for name in ("begun", "enough", "ended"))
    wait_for(lab, lambda: len(cursors(lab)), 4)
    before = cursors(lab)

    def places() -> list[str]:
        """Of the slider and of both menus."""
        chosen = readouts.evaluate_all(
            "all => all.map(s => (s.selectedOptions[0]?.text || '').split(/\\s/)[0])"
        )
        return [slider.inner_text(), *chosen]

    lab.page.evaluate(
        f"code => {{ {kernel}.requestExecute({{code}}) }}",
        BUSY.format(begun=str(begun), enough=str(enough), ended=str(ended)),
    )
    try:
        wait_for(lab, begun.exists, bool)
        handle = visible(lab, ".widget-slider .noUi-handle").first
        handle.focus()
        for _ in range(3):
            handle.press("PageUp")
        handle.press("ArrowRight")
        wait_for(
            lab,
            lambda: cursors(lab),
            lambda now: all(a != b for a, b in zip(now, before, strict=True)),
        )
        wait_for(
            lab,
            places,
            lambda three: len(three) == 3 and len(set(three)) == 1 and three[0] != "1",
        )
        place = int(slider.inner_text())
        assert not ended.exists()
    finally:
        enough.touch()
    wait_for(lab, lambda: ended.exists() and ended.read_text(), "0")  # it had heard nothing
    lab.wait_for_value("dashboard.position", place - 1)


def test_play_reads_along(lab):
    show(lab, "Temporal")
    start = lab.value("dashboard.position")
    play = visible(lab, ".widget-play button").first
    play.click()
    wait_for(lab, lambda: lab.value("dashboard.position"), lambda p: p > start + 3)
    play.click()


def test_a_position_can_be_chosen_from_the_list_of_scores(lab):
    show(lab, "Temporal")
    menu = visible(lab, ".dw-jump select").first

    def chosen() -> str:
        text = menu.evaluate("s => s.options[s.selectedIndex].text")
        return text.replace("\u00a0", " ")

    menu.select_option(index=57)
    lab.wait_for_value("dashboard.position", 56)
    forward = lab.value("float(dashboard.view('Temporal').results['RNN'].forward[0, 56])")
    start = f"57 {sequence(lab)[56]}:"
    wait_for(lab, chosen, lambda text: text.startswith(start) and f"forward {forward:.3f}" in text)
    empty = menu.locator("option").first
    assert empty.evaluate("option => getComputedStyle(option).display") == "none"


def test_class_optimization_runs_in_the_background_is_cancelled_and_runs_to_its_end(lab):
    show(lab, "Class optimization")
    lab.execute(
        "v = dashboard.view('Class optimization')\n"
        "v.form.iterations.value = 100_000; v.form.restarts.value = 2; v.form.length.value = 30"
    )
    busy = "dashboard.engine.long.busy('class optimization')"
    button(lab, "Run").click()
    bar = visible(lab, ".progress-bar").first
    wait_for(lab, lambda: bar.evaluate("b => parseFloat(b.style.width)"), lambda w: w > 0)
    assert lab.value("6 * 7", timeout=10) == 42
    assert lab.value(busy)
    wait_for(lab, visible(lab, ".dw-readout").first.inner_text, lambda text: "iteration" in text)
    button(lab, "Cancel").click()
    visible(lab, ".dw-readout:has-text('partial results are shown')").wait_for()
    wait_for(lab, lambda: letters(lab, ".dw-track"), lambda drawn: len(drawn) == 1)
    visible(lab, ".dw-track-title, .widget-html:has-text('not run')").first.wait_for()
    lab.execute("v.form.iterations.value = 30")
    button(lab, "Run").click()
    visible(lab, ".dw-readout:has-text('Done.')").wait_for()
    wait_for(
        lab,
        lambda: letters(lab, ".dw-track"),
        lambda drawn: len(drawn) == 3 and all(sum(counts) >= 100 for counts in drawn),
    )
    table = lab.page.locator(".dw-table >> visible=true").last
    wait_for(lab, table.inner_text, lambda text: text.count("30") >= 6)


@pytest.mark.parametrize(("tab", "kinds"), [
    ("Predictions", ["CSV"]),
    ("Saliency", ["SVG", "CSV"]),
    ("Temporal", ["SVG", "CSV"]),
    ("Class optimization", ["SVG", "CSV", "FASTA"]),
])  # fmt: skip
def test_downloads_offer_a_link_that_holds_the_file(lab, tab, kinds):
    show(lab, tab)
    if tab == "Class optimization":
        lab.execute(
            "v = dashboard.view('Class optimization')\n"
            "v.form.iterations.value = 30; v.form.restarts.value = 2; v.form.length.value = 30\n"
            "v.run(); assert dashboard.wait(90)",
            100,
        )
    for kind in kinds:
        button(lab, kind).click()
        suffix = {"SVG": ".svg", "CSV": ".csv", "FASTA": ".fa"}[kind]
        link = visible(lab, f"a[download$='{suffix}']")
        link.wait_for()
        content = base64.b64decode(link.get_attribute("href").split("base64,")[1]).decode()
        if kind == "SVG":
            assert len(list(ET.fromstring(content).iter("{http://www.w3.org/2000/svg}path"))) >= 4
        elif kind == "CSV":
            rows = list(csv.reader(io.StringIO(content)))
            assert len(rows) > 30 and len({len(row) for row in rows}) == 1
        else:
            assert content.count(">") == 6


def test_another_palette_recolours_every_letter(lab):
    show(lab, "Saliency")
    lab.page.locator(".dw-header select").select_option("colour-blind")
    lab.wait_for_value("dashboard.palette", "colour-blind")
    wait_for(lab, lambda: letters(lab, ".dw-track", COLOUR_BLIND), drawn_by_saliency(lab))
    wait_for(lab, lambda: letters(lab, ".dw-figure"), [])


@pytest.mark.parametrize("width", [1400, 700])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_its_place(lab, theme, width):
    lab.set_theme(theme)
    lab.page.set_viewport_size({"width": width, "height": 1300})
    for tab in TABS:
        show(lab, tab)
        lab.page.wait_for_timeout(400)  # figures are measured again after a resize
        lab.screenshot(f"dashboard_{theme}_{width}_{tab.split()[0].lower()}", ROOT)
        wait_for(lab, lab.wider_than_its_place, [])
        wait_for(
            lab,
            lab.page.locator(ROOT).bounding_box,
            lambda box: box["x"] + box["width"] <= width,
        )
    lab.set_theme("light")
    lab.page.set_viewport_size({"width": 1400, "height": 1300})


def test_hostile_names_are_shown_and_never_run(open_lab):
    lab = open_lab().open_notebook([HOSTILE], "hostile")
    lab.run_all()
    for tab in TABS:
        for index in range(4):
            lab.execute(
                f"hostile.tab = {tab!r}; hostile.sequence_index = {index}; hostile.wait(60)", 70
            )
        lab.page.wait_for_timeout(200)
    root = lab.page.locator(ROOT)
    root.filter(has_text="<script>window.__pwned = 1</script>").wait_for()
    root.filter(has_text="<img src=y onerror").wait_for()
    assert lab.page.evaluate("window.__pwned") is None
    harmful = ", ".join(f"{ROOT} {tag}" for tag in ("script", "img", "[onload]", "[onerror]"))
    assert lab.page.locator(harmful).count() == 0
    assert lab.console_errors == []
