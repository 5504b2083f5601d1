"""The paper's figure: what it shows, its sizes in print, and the files made of it."""

from __future__ import annotations

import re
import struct
import sys
import unicodedata
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.pictures.classic_figure import classic_figure
from demo_widgets.pictures.export import svg_to_pdf, svg_to_png
from demo_widgets.pictures.figure_content import (
    FIGURE_WIDTHS,
    FigureContent,
    FigureWidth,
)
from demo_widgets.pictures.palette import BASE_PALETTES, EDIT_COLOUR
from demo_widgets.pictures.text_width import fitted, text_width

from .conftest import linear_model, make_dataset, press, saved

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = BASE_PALETTES["classic"]
HOSTILE = '"><script>alert(1)</script> #eval("x") 测试 ' + "long name " * 30


class Saliency:
    def __init__(self, values, method: str = "saliency"):
        self.method = method
        self.importance = np.asarray(values, float)[None]


class Temporal:
    def __init__(self, forward, backward):
        self.forward, self.backward = np.asarray(forward)[None], np.asarray(backward)[None]


class Optimized:
    def __init__(self, length):
        self.pwm = np.tile([0.97, 0.01, 0.01, 0.01], (1, length, 1))
        self.discrete_scores = np.array([3.0])


def content(length: int = 20, name: str = "seq", **more) -> FigureContent:
    sequence = ("ACGT" * length)[:length]
    values = np.linspace(0, 1, length)
    options = {
        "window": (0, length),
        "probabilities": {"net": 0.875},
        "saliency": {"net": Saliency(values)},
        "temporal": {"net": Temporal(values, values[::-1])},
        "optimized": {"net": (Optimized(length), 0)},
    }
    return FigureContent(name, 1, sequence, **{**options, **more})


def drawn(width: str = "double column (178 mm)", **options) -> ET.Element:
    return ET.fromstring(classic_figure(content(**options), FIGURE_WIDTHS[width], COLOURS))


def words(root: ET.Element) -> str:
    return " | ".join(text.text for text in root.iter(f"{SVG}text"))


def cells(root: ET.Element) -> list[ET.Element]:
    """Strip cells, without the 48 of each colour bar."""
    return [
        r
        for r in root.iter(f"{SVG}rect")
        if r.get("shape-rendering") and r.get("height") == "15.00"
    ]


@pytest.mark.parametrize("key", FIGURE_WIDTHS)
def test_no_text_is_under_six_points_in_print(key):
    root = drawn(key)
    width = FIGURE_WIDTHS[key]
    units = float(root.get("viewBox").split()[2])
    points_of_a_unit = width.mm * 72 / 25.4 / units
    sizes = [float(text.get("font-size", "12")) for text in root.iter(f"{SVG}text")]
    assert min(sizes) * points_of_a_unit >= 6
    assert root.get("width") == f"{width.mm}mm"


@pytest.mark.parametrize("key", FIGURE_WIDTHS)
@pytest.mark.parametrize("name", ["seq", HOSTILE])
def test_all_text_stays_within_the_figure(key, name):
    model = name[:80]
    root = drawn(
        key,
        name=name,
        probabilities={model: 0.5, model + "2": 0.25},
        saliency={model: Saliency(np.ones(20))},
        optimized={model: (Optimized(20), 0)},
    )
    width = float(root.get("viewBox").split()[2])
    for text in root.iter(f"{SVG}text"):
        size = text_width(text.text, float(text.get("font-size", "12")))
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor")]
        left = float(text.get("x")) - shift * size
        assert left >= 0 and left + size <= width + 6, text.text


def test_the_heading_names_sequence_label_and_every_probability():
    read = words(drawn(probabilities={"one": 0.875, "two": 0.125}))
    assert "seq" in read and "label: bound" in read
    assert "P(bound): one 0.875 · two 0.125" in read


def test_strips_have_the_colours_of_their_values():
    root = drawn()
    fills = [cell.get("fill") for cell in cells(root)]
    saliency, forward, backward = fills[:20], fills[20:40], fills[40:]
    assert saliency[0] == "#ffffff" and saliency[-1] == "#b2182b"
    assert forward[0] == "#2166ac" and forward[-1] == "#b2182b"
    assert backward == forward[::-1]


def test_models_share_one_colour_scale_and_the_bar_tells_its_end():
    weak, strong = Saliency(np.full(20, 1.0)), Saliency(np.full(20, 4.0))
    root = drawn(saliency={"weak": weak, "strong": strong}, temporal={})
    fills = [cell.get("fill") for cell in cells(root)]
    assert set(fills[20:]) == {"#b2182b"} and fills[0] not in {"#b2182b", "#ffffff"}
    assert "| 0 | 2 | 4 |" in words(root)


def test_a_window_shows_only_its_positions():
    root = drawn(window=(5, 15))
    assert len(cells(root)) == 3 * 10
    assert "positions 6–15 of 20 bp" in words(root)


def test_a_long_sequence_has_few_cells_and_keeps_its_peaks():
    values = np.zeros(10_001)
    values[7777] = 1.0
    root = drawn(length=10_001, saliency={"m": Saliency(values)}, temporal={}, optimized={})
    drawn_cells = cells(root)
    assert len(drawn_cells) <= 1000
    (peak,) = [cell for cell in drawn_cells if cell.get("fill") == "#b2182b"]
    left, right = float(drawn_cells[0].get("x")), float(drawn_cells[-1].get("x"))
    share = (float(peak.get("x")) - left) / (right - left)
    assert share == pytest.approx(0.7777, abs=0.002)


@pytest.mark.parametrize(
    "left_out, heading",
    [("saliency", "Saliency"), ("temporal", "Temporal"), ("optimized", "Class optimization")],
)
def test_an_empty_row_is_left_out_and_letters_stay_in_order(left_out, heading):
    read = words(drawn(**{left_out: {}}))
    assert heading not in read
    letters = [piece for piece in read.split(" | ") if piece in ("a", "b", "c")]
    assert letters == ["a", "b"]


def test_a_hostile_name_is_text():
    root = drawn(name=HOSTILE)
    assert not list(root.iter(f"{SVG}script"))
    assert any(text.text.startswith('"><script>') for text in root.iter(f"{SVG}text"))


def test_fitted_words_are_cut_with_an_ellipsis_only_when_they_must_be():
    assert fitted("CNN", 12, 100) == "CNN"
    short = fitted("a very long model name", 12, 60)
    assert short.endswith("…") and text_width(short, 12) <= 60


def test_fitted_words_are_the_longest_beginning_that_fits():
    rng = np.random.default_rng(1)
    letters = list("iWMa. %模e\u0301")
    for _ in range(300):
        words = "".join(rng.choice(letters, rng.integers(0, 30)))
        width = rng.uniform(0, 150)
        short = fitted(words, 12, width)
        if text_width(words, 12) <= width:
            assert short == words
            continue
        ends = [i for i in range(len(words)) if text_width(words[:i] + "…", 12) <= width]
        assert short == words[: max(ends, default=0)].rstrip() + "…"


def test_a_long_name_is_not_looked_at_beyond_what_fits(monkeypatch):
    looked_at = []
    monkeypatch.setattr(unicodedata, "combining", lambda letter: looked_at.append(letter) or 0)
    assert fitted("x" * 10**6, 12, 60).endswith("x…")
    assert len(looked_at) < 30


def test_a_png_has_the_pixels_of_its_print_size_and_says_its_resolution():
    width = FigureWidth(40, 7, 600)
    png = svg_to_png(classic_figure(content(), width, COLOURS), "t", dpi=300)
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(40 / 25.4 * 300, abs=1.5)
    at = png.index(b"pHYs")
    assert struct.unpack(">I", png[at + 4 : at + 8])[0] == pytest.approx(300 / 0.0254, abs=1)


def test_a_pdf_is_as_large_as_in_print_and_embeds_its_fonts():
    pdf = svg_to_pdf(
        classic_figure(content(), FIGURE_WIDTHS["single column (85 mm)"], COLOURS), HOSTILE
    )
    assert pdf.startswith(b"%PDF-")
    page = pdf + b"".join(_streams(pdf))
    box = re.search(rb"/MediaBox\s*\[([^\]]*)\]", page)[1].split()
    assert float(box[2]) == pytest.approx(85 * 72 / 25.4, abs=0.1)
    assert re.search(rb"/FontFile[23]", page)
    assert not re.search(rb"/Subtype\s*/Image", page)


def _streams(pdf: bytes):
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(match[1])
        except zlib.error:
            continue


def test_without_the_renderer_the_error_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(DemoWidgetsError, match=r"pip install typst"):
        svg_to_pdf("<svg/>", "t")


def test_a_picture_without_a_print_size_is_refused():
    with pytest.raises(DemoWidgetsError, match="mm"):
        svg_to_png('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>', "t")


@pytest.fixture
def dashboard(make_dashboard, recurrent):
    data = make_dataset(n=3, names=["one", HOSTILE, "three"])
    return make_dashboard({"linear": linear_model(), "<b>rnn</b>": recurrent}, data)


def card(view) -> ET.Element:
    return ET.fromstring(re.search(r"<svg.*</svg>", view.card.value, re.DOTALL)[0])


def test_the_tab_shows_the_current_sequence_and_says_what_is_left_out(dashboard):
    view = dashboard.view("Figure")
    assert len(cells(card(view))) == 30 * (2 + 2)  # two saliency strips, forward and backward
    assert "linear has no temporal strips" in view.messages.value
    assert "Run class optimization in its tab first" in view.messages.value
    dashboard.tab = "Figure"
    dashboard.sequence_index = 1
    assert '"><script>' in words(card(view)) and "<script>" not in view.card.value


def test_an_edit_redraws_the_figure_and_is_told(dashboard):
    dashboard.tab = "Figure"
    view = dashboard.view("Figure")
    before = [cell.get("fill") for cell in cells(card(view))]
    for position in range(0, 30, 3):
        dashboard.session.mutate(
            position, "T" if dashboard.session.sequence[position] != "T" else "A"
        )
    assert [cell.get("fill") for cell in cells(card(view))] != before
    assert "one (edited)" in words(card(view))
    assert "label before the edits: bound" in words(card(view))


def test_edited_bases_in_view_are_underlined():
    def marks(**options) -> list[ET.Element]:
        rects = drawn(edited=True, **options).iter(f"{SVG}rect")
        return [rect for rect in rects if rect.get("fill") == EDIT_COLOUR]

    assert marks() == []
    left, right = marks(edited_positions=(3, 12, 18), window=(2, 14))
    column = float(left.get("width")) / 0.8
    assert float(right.get("x")) - float(left.get("x")) == pytest.approx(9 * column, abs=0.1)


def test_choices_of_models_rows_positions_and_width_are_drawn(dashboard):
    dashboard.tab = "Figure"
    view = dashboard.view("Figure")
    view.models["linear"].value = False
    assert len(cells(card(view))) == 30 * 3
    view.rows["temporal"].value = False
    assert len(cells(card(view))) == 30
    view.span.index = 1
    dashboard.window = (10, 20)
    assert len(cells(card(view))) == 10
    view.width.value = "single column (85 mm)"
    assert card(view).get("width") == "85mm"
    view.models["<b>rnn</b>"].value = False
    assert "Select at least one model" in view.messages.value and view.card.value == ""


def test_optimised_logos_join_the_figure_when_they_have_been_run(dashboard):
    view = dashboard.view("Figure")
    dashboard.tab = "Figure"
    optimization = dashboard.view("Class optimization")
    optimization.form.iterations.value = 3
    press(optimization.run_button)
    assert "Class optimization" in words(card(view))
    assert "Run class optimization in its tab" not in view.messages.value


@pytest.mark.parametrize("kind, start", [("PNG", b"\x89PNG"), ("PDF", b"%PDF"), ("SVG", b"<svg")])
def test_each_download_makes_its_file_under_a_plain_name(dashboard, kind, start):
    view = dashboard.view("Figure")
    name, data = saved(view.downloads, kind)
    assert data.startswith(start) and name == f"figure_1.{kind.lower()}"


def test_a_typed_sequence_is_not_called_an_edit_of_another(dashboard):
    dashboard.tab = "Figure"
    dashboard.session.explore("ACGTGATAAG")
    written = words(card(dashboard.view("Figure")))
    assert "pasted sequence" in written and "edit" not in written
    assert "label: not known" in written
