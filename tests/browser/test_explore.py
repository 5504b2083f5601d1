"""Editing, mutations, comparison and motifs in a real JupyterLab: what people do, what is drawn."""

from __future__ import annotations

import re

import pytest

from tests.browser.jupyter import LabPage
from tests.browser.test_dashboard import (
    CLASSIC,
    COLOUR_BLIND,
    ROOT,
    START,
    button,
    control,
    drawn_by_saliency,
    expected_letters,
    letters,
    sequence,
    show,
    visible,
    wait_for,
)

TABS = ("Motifs", "Mutations", "Compare")


@pytest.fixture(scope="module")
def notebook(open_lab) -> LabPage:
    page = open_lab().open_notebook([START], "explore", height=1500)
    page.run_all()
    page.execute("dashboard.wait(300)", 310)
    return page


@pytest.fixture
def lab(notebook) -> LabPage:
    """The shared notebook at a known state; no console error may be left by the test."""
    notebook.execute(
        "for dashboard.sequence_index in (2, 1): dashboard.session.reset_edits()\n"
        "dashboard.position = 0; dashboard.window = (0, 101)\n"
        "dashboard.palette = 'classic'; dashboard.tab = 'Predictions'"
    )
    yield notebook
    assert notebook.console_errors == []


def outlines(lab: LabPage, css: str = ".dw-track") -> list[str]:
    """The outlines of the letters drawn, one text a figure."""
    return visible(lab, css).evaluate_all(
        """(figures, colours) => figures.map(f => [...f.querySelectorAll('path')]
            .filter(p => colours.includes(getComputedStyle(p).fill))
            .map(p => p.getAttribute('d')).join())""",
        CLASSIC,
    )


def wait_for_outlines(lab: LabPage, css: str, test) -> None:
    """Wait for letters that pass ``test``; what fails is too long to be told."""
    wait_for(lab, lambda: bool(test(outlines(lab, css))), True)


def notebook_text(lab: LabPage) -> list[str]:
    """Kinds and sources of the notebook's cells: what a stray shortcut would change."""
    return lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
        ".map(cell => cell.cell_type + String(cell.source))"
    )


def test_a_base_is_clicked_and_changed_by_keys_and_the_notebook_is_left_alone(lab):
    show(lab, "Saliency")
    cells, original = notebook_text(lab), sequence(lab)
    wait_for(lab, lambda: letters(lab, ".dw-strip"), [expected_letters(original)])
    wait_for(lab, lambda: letters(lab, ".dw-track"), drawn_by_saliency(lab))
    before, header = outlines(lab), outlines(lab, ".dw-strip")
    assert len(before) == 3 and all(len(text) > 1000 for text in [*before, *header])
    visible(lab, ".dw-track").first.locator(".bar").nth(40).click()
    lab.wait_for_value("dashboard.position", 40)
    lab.page.locator(".dw-keys:focus").wait_for()
    key = "g" if original[40] != "G" else "c"
    lab.page.keyboard.press(key)
    lab.wait_for_value("dashboard.session.sequence[40]", key.upper())
    lab.page.locator(".dw-header .dw-edited", has_text="edited").wait_for()
    wait_for_outlines(lab, ".dw-strip", lambda now: now != header)
    wait_for_outlines(
        lab, ".dw-track", lambda now: all(a != b for a, b in zip(now, before, strict=True))
    )
    lab.page.keyboard.press("ArrowLeft")
    lab.wait_for_value("dashboard.position", 39)
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Delete")
    lab.wait_for_value("dashboard.session.is_edited", False)
    lab.page.locator(".dw-header .dw-edited").wait_for(state="detached")
    wait_for_outlines(lab, ".dw-strip", lambda now: now == header)
    wait_for_outlines(lab, ".dw-track", lambda now: now == before)
    lab.page.keyboard.press("Control+z")
    lab.wait_for_value("dashboard.session.sequence[40]", key.upper())
    lab.page.keyboard.press("Control+y")
    lab.wait_for_value("dashboard.session.is_edited", False)
    keys = ("a", "t", "Backspace", "Home", "End", "Control+z", "Control+Shift+z", "ArrowLeft")
    for other in keys:
        lab.page.keyboard.press(other)
    lab.wait_for_value("dashboard.position", 99)  # by the last of them
    assert notebook_text(lab) == cells


def test_the_list_of_edits_and_the_sequence_to_explore(lab):
    lab.execute(
        "dashboard.position = 10; dashboard.session.mutate(10, 'A'); "
        "dashboard.session.mutate(10, 'C'); dashboard.session.mutate(12, 'A'); "
        "dashboard.session.mutate(12, 'G')"
    )
    button(lab, "Edits & sequence").click()
    rows = visible(lab, ".dw-header .dw-table tr")
    wait_for(  # the heading, the edits, and all of them against the original
        lab,
        lambda: (rows.count(), 1 + lab.value("len(dashboard.session.edits.done)") + 1),
        lambda both: both[0] == both[1],
    )
    wait_for(
        lab,
        rows.last.inner_text,
        lambda text: len(re.findall(r"[+-]\d+\.\d\d\b", text)) == 3,
    )
    box = lab.page.locator(f"{ROOT} textarea")
    box.fill("ACGTXX")
    button(lab, "Apply sequence").click()
    lab.page.locator(".dw-header .dw-error").wait_for()
    lab.page.evaluate(  # typed and pressed within one turn of the browser's loop
        """root => {
            document.querySelector(`${root} textarea`).value = 'ACGTTGATAAGG';
            [...document.querySelectorAll(`${root} button`)]
                .find(button => button.textContent === 'Apply sequence').click();
        }""",
        ROOT,
    )
    lab.wait_for_value("dashboard.session.sequence", "ACGTTGATAAGG")
    lab.page.locator(".dw-header .dw-error").wait_for(state="detached")
    wait_for(lab, lambda: letters(lab, ".dw-strip"), [[2 * 4 + 1, 2, 5, 4]])
    button(lab, "Revert all edits").click()
    button(lab, "Edits & sequence").click()
    box.wait_for(state="hidden")
    lab.wait_for_value("dashboard.session.length", 101)


def test_a_click_on_a_cell_of_the_map_applies_its_base(lab):
    show(lab, "Mutations")
    wait_for(
        lab,
        lambda: visible(lab, ".dw-track").evaluate_all(
            "figures => figures.map(f => f.querySelectorAll('image').length)"
        ),
        [1, 1, 1],
    )
    old = sequence(lab)[30]
    base = "G" if old != "G" else "C"
    track = visible(lab, ".dw-track").first
    column = track.locator(".bargroup").nth(30).locator(".bar").first.bounding_box()
    label = track.locator(".tick text", has_text=re.compile(f"^{base}$")).bounding_box()
    place = column["x"] + column["width"] / 2, label["y"] + label["height"] / 2
    lab.page.mouse.move(*place, steps=3)
    value = lab.value(
        f"float(dashboard.view('Mutations').results['RNN'].effects[0, 30, {'ACGT'.index(base)}])"
    )
    readout = visible(lab, ".dw-readout").first
    wait_for(
        lab,
        lambda: readout.inner_text(),
        lambda text: f"{old}31{base}" in text and f"RNN {value:+.3f}" in text,
    )
    lab.page.mouse.click(*place)
    lab.wait_for_value("dashboard.session.sequence[30]", base)
    lab.wait_for_value("dashboard.position", 30)


def test_the_map_of_pairs_is_drawn_for_sixty_bases_and_no_more(lab):
    show(lab, "Mutations")
    button(lab, "Compute pairs in view").click()
    visible(lab, "th:has-text('Strongest pairs')").wait_for()
    found = "dashboard.view('Mutations').pairs.result"
    start, end = lab.value(f"[{found}.start, {found}.end]")
    assert end - start == 60 and lab.value("dashboard.window") == [0, 101]
    visible(lab, f".dw-note:has-text('bases {start + 1} to {end}')").wait_for()
    lab.screenshot("pairs")
    lab.execute("dashboard.window = (20, 50)")
    button(lab, "Compute pairs in view").click()
    visible(lab, ".dw-note:has-text('bases 21 to 50')").wait_for()
    square = visible(lab, ".dw-figure:not(.dw-track):not(.dw-strip):not(.dw-plain) image")
    wait_for(lab, square.count, 1)
    wait_for(lab, square.bounding_box, lambda b: b and min(b["width"], b["height"]) > 250)
    lab.execute("dashboard.session.mutate(70, 'A'); dashboard.session.mutate(70, 'C')")
    visible(lab, "th:has-text('Strongest pairs')").wait_for(state="detached")


def test_compare_draws_letters_up_and_down(lab):
    show(lab, "Compare")

    def extents() -> list[list[float]]:
        return visible(lab, ".dw-track").evaluate_all(
            """figures => figures.map(f => {
                const y = [...f.querySelectorAll('path')]
                    .filter(p => p.checkVisibility() && (p.getAttribute('d') || '').length > 500)
                    .flatMap(p => (p.getAttribute('d').match(/,-?[0-9.e-]+/g) || [])
                        .map(t => parseFloat(t.slice(1))));
                return [Math.min(...y), Math.max(...y)];
            })"""
        )

    wait_for(  # the line is in the middle of 108 pixels
        lab, extents, lambda found: len(found) == 3 and all(low < 53 < high for low, high in found)
    )
    wait_for(lab, visible(lab, ".dw-plain:not(.dw-strip) image").count, 1)
    wait_for(
        lab,
        lab.page.locator(ROOT).inner_text,
        lambda text: "strand gap" in text and "CNN – CNN-RNN" in text,
    )
    lab.page.locator(".dw-header select").select_option("colour-blind")
    wait_for(lab, lambda: len(letters(lab, ".dw-track", COLOUR_BLIND)), 3)
    wait_for(lab, lambda: letters(lab, ".dw-track"), [])


def test_motifs_are_found_drawn_and_lead_to_their_sites(lab):
    show(lab, "Motifs")
    control(lab, "Model").select_option("CNN-RNN")
    button(lab, "Find motifs").click()
    card = visible(lab, ".dw-card").first
    card.wait_for(timeout=120_000)
    wait_for(
        lab,
        lambda: card.locator("svg").first.evaluate(
            "svg => [...svg.querySelectorAll('path, use')].filter(p => {"
            " const b = p.getBoundingClientRect(); return b.width > 2 && b.height > 8; }).length"
        ),
        lambda drawn: drawn >= 8,
    )
    wait_for(lab, card.inner_text, lambda text: bool(re.search(r"MA\d{4}\.\d", text)))
    wait_for(lab, visible(lab, ".dw-readout").first.inner_text, lambda t: "JASPAR2024" in t)
    card.locator("button:has-text('Sites')").click()
    title = visible(lab, ".dw-title:has-text('Sites of CNN-RNN')")
    title.wait_for()
    assert card.bounding_box()["y"] < title.bounding_box()["y"]
    assert title.bounding_box()["y"] < visible(lab, ".dw-card").nth(1).bounding_box()["y"]
    lab.execute("dashboard.position = 100")
    visible(lab, ".dw-buttons button").nth(2).click()
    wait_for(lab, lambda: lab.value("dashboard.position"), lambda position: position < 100)
    site = lab.value(
        "[int(v) for v in dashboard.view('Motifs').sites.shown.loc["
        "dashboard.view('Motifs').sites.table.rows.index[2]][['sequence_index', 'start']]]"
    )
    assert lab.value("[dashboard.sequence_index, dashboard.position]") == site
    name = lab.value("dashboard.session.name")
    lab.page.locator(".dw-header .dw-title", has_text=name).wait_for()
    card.locator("button:has-text('Show this motif')").click()
    show(lab, "Saliency")
    names = lab.value("dashboard.session.known_motifs")
    wait_for(lab, control(lab, "Known motifs").input_value, names)
    visible(lab, ".dw-note:has-text('FIMO')").first.wait_for()


@pytest.mark.parametrize("width", [1400, 700])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_its_place(lab, theme, width):
    lab.set_theme(theme)
    lab.page.set_viewport_size({"width": width, "height": 1500})
    lab.execute("dashboard.session.mutate(40, 'A'); dashboard.session.mutate(40, 'C')")
    lab.execute("dashboard.header.edit_bar.more.value = True")
    for tab in TABS:
        show(lab, tab)
        lab.page.wait_for_timeout(400)  # figures are measured again after a resize
        lab.screenshot(f"explore_{theme}_{width}_{tab.lower()}", ROOT)
        wait_for(lab, lab.wider_than_its_place, [])
        wait_for(
            lab, lab.page.locator(ROOT).bounding_box, lambda box: box["x"] + box["width"] <= width
        )
    lab.execute("dashboard.header.edit_bar.more.value = False")
    lab.set_theme("light")
    lab.page.set_viewport_size({"width": 1400, "height": 1500})


def test_the_tables_of_compare_fit_a_narrow_page(lab):
    lab.page.set_viewport_size({"width": 600, "height": 1500})
    show(lab, "Compare")
    tables = visible(lab, ".dw-scroll:has(> .dw-wraps)")
    wait_for(lab, lambda: tables.count(), 2)
    hidden = "all => all.map(e => e.scrollWidth - e.clientWidth)"
    wait_for(lab, lambda: tables.evaluate_all(hidden), [0, 0])
    lab.page.set_viewport_size({"width": 1400, "height": 1500})


def test_a_long_sequence_opens_on_bases_that_can_be_clicked(lab):
    lab.execute(
        "session = dashboard.session\n"
        "session.explore('ACGT' * 150 + session.sequence + 'TGCA' * 150)"
    )
    lab.wait_for_value("dashboard.window", [0, 1301])
    show(lab, "Mutations")
    visible(lab, ".dw-note:has-text('Zoomed to bases')").wait_for()
    button(lab, "Compute all 1,301 bases").wait_for()
    bars = visible(lab, ".dw-track").first.locator(".bargroup")
    wait_for(lab, lambda: bars.count(), lambda n: 100 <= n <= 150)
    bar = bars.nth(75).locator(".bar").first
    wait_for(lab, bar.bounding_box, lambda box: box and box["width"] > 5)


def test_one_model_alone_is_compared_without_a_strip(lab):
    lab.execute(
        "alone = dw.MotifDashboard(models['CNN'], data, tab='Compare'); assert alone.wait(90)", 100
    )
    lab._lab("panel.content.model.sharedModel.insertCell(1, {cell_type: 'code', source: 'alone'});")
    lab.run_cell(1)
    root = lab.page.locator(ROOT).nth(1)
    # Its letters, and the tables: they stand under the place of a strip.
    wait_for(
        lab,
        lambda: root.locator(".dw-track").evaluate_all(
            """(figures, colours) => figures.filter(f => f.checkVisibility())
                .map(f => [...f.querySelectorAll('path')].filter(
                    p => colours.includes(getComputedStyle(p).fill)
                        && (p.getAttribute('d') || '').length > 500).length > 0)""",
            CLASSIC,
        ),
        [True],
    )
    root.locator(".dw-table >> visible=true").last.wait_for()
    lab.wait_until_idle()
    assert root.locator(".dw-plain:not(.dw-strip)").count() == 0
    lab.execute("alone.close()")


def test_copying_a_sequence_says_so_and_does_it(lab):
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sequence = lab.value("dashboard.session.sequence")
    button(lab, "Edits & sequence").click()
    button(lab, "Copy sequence").click()
    button(lab, "Copied").wait_for()
    assert lab.page.evaluate("navigator.clipboard.readText()") == sequence
    button(lab, "Edits & sequence").click()


def test_where_the_clipboard_is_refused_the_text_is_copied_the_old_way(lab):
    lab.page.evaluate(
        """() => { Object.defineProperty(navigator, 'clipboard', {configurable: true, value:
            {writeText: () => Promise.reject(new Error('refused'))}});
            document.execCommand = what => { window.copied = [what,
                document.activeElement.value]; return true; }; }"""
    )
    sequence = lab.value("dashboard.session.sequence")
    button(lab, "Edits & sequence").click()
    button(lab, "Copy sequence").click()
    button(lab, "Copied").wait_for()
    assert lab.page.evaluate("window.copied") == ["copy", sequence]
    button(lab, "Edits & sequence").click()


def test_a_base_of_the_header_is_clicked_and_changed_by_key(lab):
    cells, original = notebook_text(lab), sequence(lab)
    box = visible(lab, ".dw-strip .overlay").first.bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] * 30.5 / 101, box["y"] + box["height"] / 2)
    lab.wait_for_value("dashboard.position", 30)
    key = "A" if original[30] != "A" else "C"
    lab.page.keyboard.press(key)
    lab.wait_for_value("dashboard.session.sequence[30]", key)
    assert notebook_text(lab) == cells


def test_keys_after_a_click_on_a_row_go_to_its_sequence_and_not_to_the_notebook(lab):
    cells = notebook_text(lab)
    visible(lab, ".dw-buttons button").nth(4).click()
    lab.wait_for_value("dashboard.sequence_index", 4)
    original = sequence(lab)
    key = "A" if original[0] != "A" else "C"
    lab.page.keyboard.press(key)
    lab.wait_for_value("dashboard.session.sequence[0]", key)
    assert notebook_text(lab) == cells
    lab.execute("dashboard.session.reset_edits()")
