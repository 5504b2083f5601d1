"""The report from the page: its file, what it is about, cancel, and what it refuses."""

from __future__ import annotations

import base64
import re
import threading

import pytest

from demo_widgets.dashboard.tabs.figure import report_panel
from demo_widgets.dashboard.tabs.predictions_tab import NUMBER

from .conftest import make_dataset, press


def page_of(panel) -> str:
    data = re.search(r'href="data:text/html;base64,([^"]+)"', panel.job.line.value)
    assert data, panel.job.line.value
    return base64.b64decode(data[1]).decode()


def made_of(panel) -> str:
    return re.search(r'download="([^"]+)"', panel.job.line.value)[1]


def test_the_report_is_of_this_sequence_with_its_edits(make_dashboard):
    dashboard = make_dashboard(sequence_index=2, tab="Figure")
    dashboard.session.mutate(4, "ACGT"["ACGT".index(dashboard.session.sequence[4]) - 1])
    panel = dashboard.view("Figure").report
    assert panel.choice.label == "this sequence, with its edits"
    press(panel.run_button)
    page = page_of(panel)
    assert f"{dashboard.session.edits.original[4]}5{dashboard.session.sequence[4]}" in page
    assert page.rstrip().endswith("</html>") and page.count('class="chapter" id="sequence-') == 1
    assert made_of(panel) == f"{dashboard.session.name}.html"
    assert not panel.run_button.disabled and panel.job.cancel_button.disabled


def test_the_report_is_of_the_rows_that_predictions_shows(make_dashboard):
    dashboard = make_dashboard()
    predictions = dashboard.view("Predictions")
    predictions.label.value = "unbound"
    predictions.table.sort_by(NUMBER)
    wanted = dashboard.view("Predictions").listed_rows()
    assert wanted == [5, 3, 1]
    dashboard.tab = "Figure"
    panel = dashboard.view("Figure").report
    panel.choice.index = 1
    press(panel.run_button)
    chapters = re.findall(r'id="sequence-(\d+)"', page_of(panel))
    assert [int(number) - 1 for number in chapters] == wanted
    assert made_of(panel) == "report.html"


def test_without_a_table_every_row_counts_as_shown(make_dashboard):
    dashboard = make_dashboard(tabs=["Figure"])
    panel = dashboard.view("Figure").report
    panel.choice.index = 1
    press(panel.run_button)
    assert re.findall(r'id="sequence-(\d+)"', page_of(panel)) == list("123456")


def test_too_many_rows_and_none_are_refused_in_words(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(n=report_panel.MOST + 1), tab="Figure")
    panel = dashboard.view("Figure").report
    panel.choice.index = 1
    press(panel.run_button)
    assert f"shows {report_panel.MOST + 1} rows" in panel.job.line.value
    assert "save_html" in panel.job.line.value and not panel.run_button.disabled
    dashboard.view("Predictions").search.value = "no such name"
    press(panel.run_button)
    assert "shows no rows" in panel.job.line.value


def test_a_file_on_offer_is_withdrawn_when_the_sequence_changes(make_dashboard):
    dashboard = make_dashboard(tab="Figure")
    panel = dashboard.view("Figure").report
    press(panel.run_button)
    dashboard.position = 3
    dashboard.window = (2, 20)
    assert "download=" in panel.job.line.value
    dashboard.sequence_index = 1
    assert panel.job.line.value == ""


def test_cancel_stops_after_the_sequence_that_is_being_written(make_dashboard, monkeypatch):
    dashboard = make_dashboard(tab="Figure", block=False)
    panel = dashboard.view("Figure").report
    begun, go, save = threading.Event(), threading.Event(), report_panel.save_report

    def slow(*given):
        begun.set()
        assert go.wait(60)
        return save(*given)

    monkeypatch.setattr(report_panel, "save_report", slow)
    panel.choice.index = 1
    press(panel.run_button)
    assert begun.wait(60)
    assert panel.run_button.disabled and not panel.job.cancel_button.disabled
    press(panel.job.cancel_button)
    go.set()
    assert dashboard.wait(60)
    assert "Cancelled" in panel.job.line.value and "download=" not in panel.job.line.value
    assert not panel.run_button.disabled and panel.job.cancel_button.disabled


def test_an_error_is_told_in_the_panel(make_dashboard, monkeypatch):
    def broken(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(report_panel, "save_report", broken)
    dashboard = make_dashboard(tab="Figure")
    panel = dashboard.view("Figure").report
    press(panel.run_button)
    assert "no space left on device" in panel.job.line.value
    assert 'role="alert"' in panel.job.line.value


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "../../etc/passwd"])
def test_a_hostile_name_is_no_markup_and_no_path(make_dashboard, name):
    names = [name, *"bcdef"]
    dashboard = make_dashboard(dataset=make_dataset(names=names), tab="Figure")
    panel = dashboard.view("Figure").report
    press(panel.run_button)
    assert "<img" not in panel.job.line.value and "/" not in made_of(panel)
    assert "<img src" not in page_of(panel)


def test_the_report_is_of_the_settings_when_it_was_asked_for(make_dashboard, monkeypatch):
    dashboard = make_dashboard(tab="Figure", block=False)
    panel, saliency = dashboard.view("Figure").report, dashboard.view("Saliency")
    assert dashboard.wait(60)
    save = report_panel.save_report

    def change_first(*given):
        saliency.method.value = "in_silico_mutagenesis"
        dashboard.session.known_motifs = "GATA1"
        dashboard.palette = "colour-blind"
        return save(*given)

    monkeypatch.setattr(report_panel, "save_report", change_first)
    panel.choice.index = 1
    press(panel.run_button)
    assert dashboard.wait(120)
    page = page_of(panel)
    assert page.count("Saliency: which bases") == 6
    assert "In-silico mutagenesis" not in page and "GATA1" not in page
    assert "(method saliency)" in page


def test_a_typed_sequence_is_no_row_with_edits(make_dashboard):
    dashboard = make_dashboard(tab="Figure")
    dashboard.session.explore("GATAAG" * 5)
    panel = dashboard.view("Figure").report
    press(panel.run_button)
    page = page_of(panel)
    assert "Pasted sequence</b>, shown in place of row 1" in page and "pasted sequence" in page
    assert "Label: not known" in page and "Edited" not in page
    assert "seq_00001" not in page and "bound,GATAAG" not in page


def test_rows_added_elsewhere_are_rows_shown(make_dashboard):
    dashboard = make_dashboard()
    dashboard.tab = "Saliency"
    session = dashboard.session
    session.mutate(2, "ACGT"["ACGT".index(session.sequence[2]) - 1])
    session.add_as_row()
    assert list(dashboard.view("Predictions").listed_rows()) == list(range(7))
