"""The HTML report: one whole, valid file that needs no network and runs no stranger's script."""

from __future__ import annotations

import csv
import io
import os
import re
from urllib.parse import unquote

import html5lib
import numpy as np
import pytest

from demo_widgets.assets import read_asset
from demo_widgets.errors import DemoWidgetsError, SequenceError
from demo_widgets.models.files.provenance import weights_fingerprint
from demo_widgets.pictures.page_parts import file_name
from demo_widgets.pictures.static_page import content_policy

from .conftest import linear_model, make_dataset, press

HOSTILE = '<script>window.__pwned=1</script><img src=x onerror="alert(1)"> "\' \x07 测试'


class Page:
    """A report read by a strict HTML5 parser, which raises at the first error."""

    def __init__(self, text: str) -> None:
        self.text = text
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = parser.parse(text)

    def all(self, tag: str) -> list:
        name = f"{{http://www.w3.org/2000/svg}}{tag[4:]}" if tag.startswith("svg:") else tag
        return list(self.root.iter(name))

    def words(self) -> str:
        return "".join(self.root.itertext())

    def chapters(self) -> list[str]:
        ids = [section.get("id") for section in self.all("section")]
        return [name for name in ids if name.startswith("sequence-")]

    def csv(self, name: str) -> list[list[str]]:
        (link,) = [a for a in self.all("a") if a.get("download") == name]
        kind, data = link.get("href").split(",", 1)
        assert kind == "data:text/csv;charset=utf-8"
        return list(csv.reader(io.StringIO(unquote(data))))


def report(dashboard, tmp_path, *arguments, **options) -> Page:
    path = tmp_path / "page.html"
    dashboard.save_html(path, *arguments, **options)
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hostile_models(recurrent):
    return {"<b>net</b>": recurrent, "linear": linear_model()}


@pytest.fixture
def dashboard(make_dashboard, hostile_models):
    data = make_dataset(n=4, names=["one", HOSTILE, "three", "four"], name="<i>set</i>")
    return make_dashboard(hostile_models, data, sequence_index=1)


@pytest.fixture
def whole(dashboard, tmp_path) -> Page:
    """A report of two sequences with class optimization, hostile names everywhere."""
    view = dashboard.view("Class optimization")
    view.form.iterations.value = 3
    press(view.run_button)
    return report(dashboard, tmp_path, [1, 2])


def test_the_page_is_valid_html_and_needs_no_network(whole):
    assert not {"link", "iframe", "object", "img", "base"} & {
        element.tag for element in whole.root.iter() if isinstance(element.tag, str)
    }
    for element in whole.root.iter():
        for name, value in element.attrib.items():
            assert not str(name).startswith("on"), (element.tag, name)
            assert name not in {"src", "action", "srcset"}, (element.tag, name)
            if name == "href":
                assert value.startswith(("#", "data:text/csv"))
    assert not re.search(r"url\(|@import", whole.text)
    assert set(re.findall(r"https?://[^\"' <]+", whole.text)) <= {"http://www.w3.org/2000/svg"}


def test_the_only_script_is_ours_and_the_page_lets_no_other_run(whole):
    (script,) = whole.all("script")
    assert script.text == read_asset("js/static_page.js")
    (policy,) = [m.get("content") for m in whole.all("meta") if m.get("http-equiv")]
    assert policy == content_policy()
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.split("script-src")[1]


def test_every_link_within_the_page_has_its_place_and_ids_are_unique(whole):
    ids = [e.get("id") for e in whole.root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href") for e in whole.root.iter() if (e.get("href") or "").startswith("#")]
    assert {"#models", "#settings", "#sequence-2", "#sequence-3"} <= set(links)
    assert {link[1:] for link in links} <= set(ids)


def test_hostile_names_are_read_as_text(whole):
    words = whole.words()
    assert "<script>window.__pwned=1</script>" in words
    assert "<b>net</b>" in words and "<i>set</i>" in words


def test_each_sequence_has_its_pictures_its_numbers_and_its_reasons(whole, dashboard):
    assert whole.chapters() == ["sequence-2", "sequence-3"]
    pictures = [s for s in whole.all("svg:svg") if s.get("role") == "img"]
    assert len(pictures) == 2 * 2 + 1
    assert all(picture.find(".//{*}use") is not None for picture in pictures)
    assert whole.words().count("no recurrent layer") == 2
    dashboard.sequence_index = 2
    values = dashboard.view("Saliency").results["linear"].importance[0]
    cells = [cell.text for cell in whole.all("td")]
    assert all(f"{value:.4g}" in cells for value in values)


def test_the_csv_of_a_sequence_holds_its_values(whole, dashboard):
    heads, *rows = whole.csv("values_3_three.csv")
    assert heads == [
        "position", "base", "<b>net</b> saliency", "linear saliency",
        "<b>net</b> forward", "<b>net</b> backward",
    ]  # fmt: skip
    assert "".join(row[1] for row in rows) == dashboard.session.dataset.sequences[2]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))


def test_the_csv_of_predictions_has_a_row_for_each_sequence(whole, dashboard):
    from demo_widgets import predict

    heads, *rows = whole.csv("predictions.csv")
    assert [row[0] for row in rows] == ["2", "3"]
    column = heads.index("linear P(bound)")
    model = dashboard.engine.models["linear"]
    expected = predict(model, dashboard.session.dataset.sequences[1:3])
    np.testing.assert_allclose([float(row[column]) for row in rows], expected, rtol=1e-4)


def test_the_report_says_how_to_make_it_again(whole, dashboard):
    words = whole.words()
    assert dashboard.session.dataset.fingerprint() in words
    for name, model in dashboard.engine.models.items():
        assert weights_fingerprint(model.model) in words
        assert f"Class optimization, {name}" in words
        assert str(model.model.count_params()) in words
    assert "3 iterations, λ 0.009, learning rate 0.05" in words
    assert "tensorflow" in words and "demo_widgets" in words


def test_by_default_the_report_is_about_the_current_sequence(dashboard, tmp_path):
    page = report(dashboard, tmp_path)
    assert page.chapters() == ["sequence-2"]
    assert not page.all("nav")


def test_an_edited_sequence_is_reported_as_edited(dashboard, tmp_path):
    dashboard.sequence_index = 0
    old = dashboard.session.sequence[4]
    new = "A" if old != "A" else "C"
    dashboard.session.mutate(4, new)
    page = report(dashboard, tmp_path)
    assert f"{old}5{new}" in page.words() and "Label of the original" in page.words()
    assert "".join(r[1] for r in page.csv("values_1_one.csv")[1:]) == dashboard.session.sequence
    assert "Edited" not in report(dashboard, tmp_path, [0]).words()


@pytest.mark.parametrize(
    "sequences, rows",
    [
        ([2, 0, 2], [2, 0]),
        (3, [3]),
        (range(2), [0, 1]),
        (np.array([True, False, False, True]), [0, 3]),
        ("all shown", [0, 1, 2, 3]),
    ],
)
def test_sequences_are_chosen_by_row_mask_or_what_is_shown(dashboard, tmp_path, sequences, rows):
    page = report(dashboard, tmp_path, sequences)
    assert page.chapters() == [f"sequence-{row + 1}" for row in rows]


def test_all_shown_follows_the_filter_of_the_table(dashboard, tmp_path):
    dashboard.view("Predictions").search.value = "three"
    assert report(dashboard, tmp_path, "all shown").chapters() == ["sequence-3"]


@pytest.mark.parametrize(
    "sequences, words",
    [
        ([4], "from 0 to 3"),
        ([-1], "from 0 to 3"),
        ([], "selects no sequence"),
        ([True, False], "mask of 2 values"),
        ([False] * 4, "selects no sequence"),
        ("everything", "all shown"),
        ([0.5], "row indices"),
    ],
)
def test_a_choice_that_cannot_be_met_is_one_clear_error(dashboard, tmp_path, sequences, words):
    with pytest.raises(SequenceError, match=words):
        dashboard.save_html(tmp_path / "page.html", sequences)
    assert not list(tmp_path.iterdir())


def test_progress_is_told_after_each_sequence(dashboard, tmp_path):
    told = []
    report(dashboard, tmp_path, [0, 1, 3], progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_sequence_of_a_hundred_bases_takes_less_than_150_kb(
    make_dashboard, hostile_models, tmp_path
):
    three = {**hostile_models, "again": hostile_models["<b>net</b>"]}
    dashboard = make_dashboard(three, make_dataset(n=4, length=101))
    sizes = []
    for rows in ([0, 1], [0, 1, 2, 3]):
        dashboard.save_html(tmp_path / "page.html", rows)
        sizes.append((tmp_path / "page.html").stat().st_size)
    assert (sizes[1] - sizes[0]) / 2 < 150_000


def test_a_long_sequence_has_its_values_as_csv_alone(make_dashboard, linear, tmp_path):
    dashboard = make_dashboard({"m": linear}, make_dataset(n=1, length=1200, labels=[1]))
    page = report(dashboard, tmp_path)
    assert not page.all("details")
    (name,) = [a.get("download") for a in page.all("a") if a.get("download", "").startswith("v")]
    assert len(page.csv(name)) == 1201


def test_known_motifs_that_cannot_be_found_are_an_error_in_the_page(dashboard, tmp_path):
    dashboard.session.known_motifs = "NO_SUCH_FACTOR"
    page = report(dashboard, tmp_path)
    (message,) = [e for e in page.root.iter("div") if e.get("role") == "alert"]
    assert "NO_SUCH_FACTOR" in "".join(message.itertext())


def tables(page: Page) -> dict:
    """The first table of each caption."""
    return {"".join(t.find("caption").itertext()): t for t in reversed(page.all("table"))}


def test_only_tables_of_several_rows_are_sortable(whole, make_dashboard, linear, tmp_path):
    assert tables(whole)["Predictions"].get("class") == "sortable"
    alone = tables(report(make_dashboard({"m": linear}), tmp_path))
    assert alone["Predictions"].get("class") is None
    assert alone["Values at each position"].get("class") == "sortable"


def test_numbers_of_a_table_stand_at_the_right_and_words_at_the_left(whole):
    name, probability, score = tables(whole)["Predictions"].find("tbody").find("tr")
    assert (name.text, name.get("class")) == ("<b>net</b>", None)
    assert (probability.get("class"), score.get("class")) == ("n", "n")


def test_file_names_are_plain():
    assert file_name("../a b/c<d>.fa") == "a_b_c_d_.fa"
    assert file_name("测试") == "sequence"


def test_a_missing_folder_is_one_clear_error(make_dashboard, tmp_path):
    path = tmp_path / "no such folder" / "page.html"
    with pytest.raises(DemoWidgetsError, match="no such folder.*does not exist"):
        make_dashboard().save_html(path)
    assert not path.parent.exists()


def test_a_folder_in_the_way_is_one_clear_error(make_dashboard, tmp_path):
    with pytest.raises(DemoWidgetsError, match="cannot save"):
        make_dashboard().save_html(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    make_dashboard, tmp_path, monkeypatch
):
    path = tmp_path / "page.html"
    path.write_text("old")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    dashboard = make_dashboard()
    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(DemoWidgetsError, match="No space left"):
        dashboard.save_html(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_name_that_is_no_valid_unicode_does_not_stop_the_file(make_dashboard, tmp_path):
    data = make_dataset(n=1, labels=[1], names=["half \ud800 pair"])
    page = report(make_dashboard(dataset=data), tmp_path)
    assert "half" in page.words()
