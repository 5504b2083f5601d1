"""The Motifs tab on the demonstration: search, names, sites, hits, files, errors, and the end."""

from __future__ import annotations

import io
import re
import threading
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from demo_widgets import motifs as motifs_package
from demo_widgets.dashboard.engine import motif_search
from demo_widgets.dashboard.page.accessibility import AccessibleNames
from demo_widgets.errors import Cancelled, MotifError
from demo_widgets.motifs import Motif, read_motifs, warm_up
from demo_widgets.sequences import reverse_complement

from .conftest import (
    css_classes,
    html,
    linear_model,
    make_dataset,
    press,
    recurrent_model,
    saved,
)

SOON = 60
HOSTILE = "<img src=x onerror=alert(1)>\n\"'&"


@pytest.fixture(scope="module", autouse=True)
def warm():
    warm_up()


@pytest.fixture(scope="module")
def demo():
    from demo_widgets import load_demo

    return load_demo()


@pytest.fixture
def dashboard(make_dashboard, demo):
    return make_dashboard(*demo, tab="Motifs")


@pytest.fixture
def view(dashboard):
    return dashboard.view("Motifs")


def planted(name: str, sequences: list[str], site: str = "AGATAAGG") -> Motif:
    """A motif whose sites are found in the sequences at base 4 on one strand or the other."""
    one_hot = np.eye(4)[["ACGT".index(base) for base in site]]
    rows = [
        {
            "sequence_index": i,
            "start": 3,
            "end": 3 + len(site),
            "strand": "+-"[i % 2],
            "score": 1.0 - i / 10,
        }
        for i in range(len(sequences))
    ]
    return Motif(
        name, 0.9 * one_hot + 0.025, n_sites=len(rows), sites=pd.DataFrame(rows), method="saliency"
    )


@pytest.fixture
def found_at_once(monkeypatch):
    """Discovery that finds one planted motif in every model but those called "broken"."""

    def discover(model, dataset, method, **options):
        if model.name == "broken":
            raise RuntimeError("<b>no memory</b>")
        return _WithReport([planted("found", dataset.sequences)])

    monkeypatch.setattr(motifs_package, "discover_motifs", discover)


class _WithReport(list):
    report = ("2 weak <i>filters</i> were left out",)


@pytest.mark.parametrize("method", ["saliency", "temporal", "filters"])
def test_each_method_finds_motifs_of_the_models_it_applies_to(view, method):
    view.method.value = method
    press(view.search_button)
    shown = html(view)
    found = view.found
    assert view.job.bar.bar_style == "success" and not view.search_button.disabled
    assert found.motifs and "JASPAR2024" in view.summary.value
    for name in ("CNN", "RNN", "CNN-RNN"):
        told = any(m.name.startswith(f"{name} ") for m in found.motifs)
        assert told or name in found.errors or any(n.startswith(f"{name}:") for n in found.notes)
    for error in found.errors.values():
        assert str(error).split(":")[0][:20] in shown.replace("&#39;", "'")
    best = found.matches.groupby("query", sort=False).first()["target_name"].str.upper()
    assert best.str.contains("GATA|TAL1").any()
    cards = [c for c in view.results_box.children if "dw-card" in css_classes(c)]
    assert len(cards) == len(found.motifs)


def test_temporal_scores_of_a_network_without_recurrence_are_refused_in_words(view):
    view.method.value, view.model.value = "temporal", "CNN"
    press(view.search_button)
    assert "no recurrent layer" in html(view) and "0 motifs" in html(view)
    assert view.downloads.widget.layout.display == "none"


def test_another_release_or_group_names_the_same_motifs_again(dashboard, view, found_at_once):
    press(view.search_button)
    before = [motif.name for motif in view.found.motifs]
    assert view.found.database.release == "JASPAR2024"
    view.release.value = "JASPAR2016"
    assert dashboard.session.jaspar_release == "JASPAR2016"
    assert "JASPAR2016" in view.summary.value and "JASPAR2016" in html(view)
    view.group.value = "plants"
    assert "plants" in view.summary.value
    assert [motif.name for motif in view.found.motifs] == before
    dashboard.session.jaspar_release = "JASPAR2020"
    assert "JASPAR2020" in view.summary.value


@pytest.mark.parametrize("group", ["urochordates", "nematodes", "all groups"])
def test_every_group_of_an_old_release_names_or_says_why_not(view, found_at_once, group):
    press(view.search_button)
    view.release.value = view.release.options[0]
    view.group.value = group
    assert "dw-error" in view.job.line.value or "Done." in view.job.line.value
    assert not view.search_button.disabled and len(view.found.matches)


def threaded_view(make_dashboard, models=None, **options):
    dashboard = make_dashboard(models, block=False, tab="Motifs", **options)
    assert dashboard.wait(SOON)
    return dashboard, dashboard.view("Motifs")


def test_a_release_chosen_during_a_search_names_what_it_finds(make_dashboard, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def slow(model, dataset, method, **options):
        begun.set()
        assert go.wait(SOON)
        return _WithReport([planted("found", dataset.sequences)])

    monkeypatch.setattr(motifs_package, "discover_motifs", slow)
    dashboard, view = threaded_view(make_dashboard)
    press(view.search_button)
    assert begun.wait(SOON)
    view.release.value = "JASPAR2018"
    go.set()
    assert dashboard.wait(SOON)
    assert "JASPAR2018" in view.summary.value and view.found.search.release == "JASPAR2018"


@pytest.fixture
def cancellable(monkeypatch):
    begun = threading.Event()

    def endless(model, dataset, method, *, on_progress, cancel, **options):
        on_progress(1, 4, "<b>half</b> way")
        begun.set()
        assert cancel.wait(SOON)
        raise Cancelled("stopped")

    monkeypatch.setattr(motifs_package, "discover_motifs", endless)
    return begun


def test_a_search_is_cancelled_and_the_view_lane_goes_on_meanwhile(make_dashboard, cancellable):
    dashboard, view = threaded_view(make_dashboard)
    press(view.search_button)
    assert cancellable.wait(SOON)
    assert view.job.bar.value == pytest.approx(0.25) and "&lt;b&gt;half" in view.job.line.value
    assert view.search_button.disabled and not view.job.cancel_button.disabled
    dashboard.tab = "Mutations"
    assert dashboard.engine.quick.wait(SOON)
    assert dashboard.view("Mutations").results
    press(view.job.cancel_button)
    assert dashboard.wait(SOON)
    assert view.job.line.value == "Cancelled." and dashboard.engine.status == ""
    assert not view.search_button.disabled and view.job.cancel_button.disabled


def test_closing_stops_a_search_and_leaves_no_widget(make_dashboard, cancellable):
    dashboard, view = threaded_view(make_dashboard)
    press(view.search_button)
    assert cancellable.wait(SOON)
    dashboard.close()
    assert dashboard.engine.long.wait(SOON)
    assert all(w.comm is None for w in (view.widget, view.job.line, view.sites.table.widget))


def test_a_closed_dashboard_leaves_no_card(make_dashboard, found_at_once):
    dashboard = make_dashboard(tab="Motifs")
    view = dashboard.view("Motifs")
    press(view.search_button)
    card = view.cards[0]
    press(card.sites_button)
    dashboard.close()
    left = [card.widget, card.logos, card.downloads.widget, view.sites.widget, view.messages]
    assert all(widget.comm is None for widget in left)


def test_a_model_that_fails_leaves_the_others(make_dashboard, found_at_once):
    models = {"good": linear_model(), "bad": linear_model("broken")}
    view = make_dashboard(models, tab="Motifs").view("Motifs")
    press(view.search_button)
    shown = html(view)
    assert "1 motif<" in view.summary.value and "&lt;b&gt;no memory" in shown
    assert "&lt;i&gt;filters" in shown and "<i>" not in shown


def press_row(rows, label) -> None:
    """Play the browser: a click on the row of this label, which is on the page."""
    press(rows.buttons[rows.rows.index.get_loc(label)])


def test_sites_are_read_on_the_motifs_strand_and_lead_to_their_place(make_dashboard, found_at_once):
    data = make_dataset(seed=2)
    dashboard = make_dashboard(dataset=data, tab="Motifs")
    view = dashboard.view("Motifs")
    press(view.search_button)
    press(view.cards[0].sites_button)
    children = list(view.results_box.children)
    assert children.index(view.sites.widget) == children.index(view.cards[0].widget) + 1
    rows = view.sites.table.rows
    for i, row in enumerate(rows.sort_values("number").itertuples()):
        site = data.sequences[i][3:11]
        assert row.bases == (site if i % 2 == 0 else reverse_complement(site))
        assert (row.number, row.start, row.end) == (i + 1, 4, 11)
    press_row(view.sites.table, 4)
    assert (dashboard.sequence_index, dashboard.position) == (4, 3)
    dashboard.session.explore("AC")
    dashboard.sequence_index = 0
    press_row(view.sites.table, 4)
    assert (dashboard.sequence_index, dashboard.position) == (4, 1)
    press(view.search_button)
    assert view.sites.widget not in view.results_box.children


def test_hits_of_the_match_are_looked_for_in_the_tracks(make_dashboard, found_at_once):
    dashboard = make_dashboard(dataset=make_dataset(seed=2, length=40), tab="Motifs")
    view, session = dashboard.view("Motifs"), dashboard.session
    press(view.search_button)
    press(view.cards[0].hits_button)
    best = view.found.matches.iloc[0]["target"]
    assert session.known_motifs == best and best in dashboard.engine.status
    session.explore("CCCTGTCCCTG" + "AGATAAGG" + "CTGCCTGTCCAAC")
    dashboard.tab = "Saliency"
    known = dashboard.view("Saliency").known
    assert known.field.value == best
    assert re.match(r".*>[1-9]\d* hits? at", known.message.value), known.message.value
    assert known.track.figure in known.widget.children


def test_the_card_says_where_the_hits_are_shown_until_others_are(make_dashboard, found_at_once):
    dashboard = make_dashboard(dataset=make_dataset(seed=2, length=40), tab="Motifs")
    view = dashboard.view("Motifs")
    press(view.search_button)
    card = view.cards[0]
    assert card.hits_note.value == ""
    press(card.hits_button)
    assert "shown in Saliency and Temporal" in card.hits_note.value
    dashboard.session.known_motifs = "CTCF"
    assert card.hits_note.value == ""


def card_of(q_values, names):
    from demo_widgets.dashboard.tabs.motifs.motif_card import MotifCard
    from demo_widgets.motifs import MotifDatabase

    motif = planted("mine", ["A" * 20] * 3)
    database = MotifDatabase(
        [motif.renamed(n, matrix_id=f"MA{i}.1") for i, n in enumerate(names)], "x"
    )
    rows = [
        {
            "query": "mine",
            "target": f"MA{i}.1",
            "target_name": name,
            "p_value": q / 100,
            "e_value": 7 * q,
            "q_value": q,
            "offset": 0,
            "strand": "+",
            "overlap": 8,
            "database": "x",
            "reason": "",
        }
        for i, (q, name) in enumerate(zip(q_values, names, strict=True))
    ]
    card = MotifCard(AccessibleNames(), lambda motif: None, lambda ids: None)
    colours = dict.fromkeys("ACGT", "#2a9d4a")
    card.show(motif, pd.DataFrame(rows), database, colours)
    return card


def test_the_nearest_of_no_match_is_not_shown_as_a_match():
    far, near = card_of([0.05, 0.2], ["AAA", "BBB"]), card_of([0.049, 0.6], ["AAA", "BBB"])
    assert "no match at q &lt; 0.05; nearest:" in far.facts.value and far.hits_button.disabled
    assert far.facts.value.count("dw-weak") == 2 and "no match" in far.logos.value
    assert "no match" not in near.facts.value + near.logos.value
    assert "dw-weak" not in near.facts.value and not near.hits_button.disabled


def test_the_card_has_e_values_and_names_matches_too_close_to_tell_apart():
    card = card_of([1e-4, 9e-4, 2e-3], ["Gata4", "<i>", "Far"])
    assert ">E</th>" in card.facts.value and "<td>7.0e-04</td>" in card.facts.value
    assert "matches of similar quality: Gata4, &lt;i&gt;</p>" in card.facts.value
    assert "similar quality" not in card_of([1e-4, 2e-3], ["Gata4", "Far"]).facts.value


def test_a_filter_keeps_its_number_in_the_card_and_in_the_files(view, monkeypatch):
    def discover(model, dataset, method, **options):
        motif = planted("found", dataset.sequences[:5])
        return _WithReport([motif.renamed("x", notes={"filter": k}) for k in (111, 7)])

    monkeypatch.setattr(motifs_package, "discover_motifs", discover)
    view.method.value, view.model.value = "filters", "CNN"
    press(view.search_button)
    assert [m.name for m in view.found.motifs] == ["CNN filter 111", "CNN filter 7"]
    assert "CNN filter 111" in html(view.cards[0])
    assert b"CNN filter 111" in saved(view.downloads, "CSV")[1]
    assert b"CNN_filter_111" in saved(view.downloads, "MEME")[1]


@pytest.mark.parametrize("error", [Cancelled("stopped"), MotifError("no more")])
def test_what_is_shown_keeps_its_own_line_when_a_later_search_ends_early(
    view, found_at_once, monkeypatch, error
):
    press(view.search_button)
    before = view.summary.value
    assert "by saliency windows" in before and "JASPAR2024" in before

    def fail(*args, **options):
        raise error

    monkeypatch.setattr(motif_search, "search_motifs", fail)
    view.method.value = "temporal"
    press(view.search_button)
    assert view.summary.value == before and view.cards[0].widget in view.results_box.children
    assert "Cancelled." in view.job.line.value or "no more" in view.job.line.value


def test_an_error_of_every_model_is_told_once(view, monkeypatch):
    def missing(*args, **options):
        raise MotifError("TF-MoDISco is not installed: pip install modisco-lite")

    monkeypatch.setattr(motifs_package, "discover_motifs", missing)
    view.method.value = "modisco"
    press(view.search_button)
    assert view.messages.value.count("pip install modisco-lite") == 1
    assert "<b>CNN, RNN, CNN-RNN</b>" in view.messages.value


def test_the_methods_are_scored_by_name_and_the_best_is_bold(view, monkeypatch):
    told = []

    def table(models, dataset, methods, *, max_sequences, on_progress, cancel):
        for i, method in enumerate(methods):
            on_progress(i, len(methods), f"CNN, {method}")
            told.append(view.truth_job.line.value)
        rows = [("CNN", m, 0.5 + 0.1 * (m == "saliency"), 0.3, 0.1, 0.2) for m in methods[:-1]]
        rows.append(("CNN", "temporal", *[np.nan] * 4))
        columns = ["model", "method", "auroc", "precision", "chance_precision", "window_hits"]
        return pd.DataFrame(rows, columns=columns)

    monkeypatch.setattr(motifs_package, "localisation_table", table)
    press(view.truth_button)
    assert told[0] == "Scoring 1 of 5: CNN, saliency …" and len(told) == 5
    shown = view.truth.value
    assert "<b>Saliency</b></td><td><b>0.600</b>" in shown and shown.count("<b>") == 2
    assert "Integrated gradients" in shown and "<td>Temporal scores</td><td>–</td>" in shown
    assert view.truth_job.line.value == "Done." and not view.truth_button.disabled


def test_scoring_the_methods_is_cancelled(make_dashboard, demo, monkeypatch):
    begun = threading.Event()

    def endless(*args, on_progress, cancel, **options):
        on_progress(0, 1, "CNN, Saliency")
        begun.set()
        assert cancel.wait(SOON)
        raise Cancelled("stopped")

    monkeypatch.setattr(motifs_package, "localisation_table", endless)
    dashboard = make_dashboard(*demo, block=False, tab="Motifs")
    assert dashboard.wait(SOON)
    view = dashboard.view("Motifs")
    press(view.truth_button)
    assert begun.wait(SOON) and view.truth_button.disabled
    press(view.truth_job.cancel_button)
    assert dashboard.wait(SOON)
    assert view.truth_job.line.value == "Cancelled." and not view.truth_button.disabled


def test_files_of_the_motifs_are_read_back(view, found_at_once, tmp_path):
    press(view.search_button)
    for label, suffix in (("MEME", "meme"), ("JASPAR", "jaspar")):
        name, content = saved(view.downloads, label)
        path = tmp_path / name
        path.write_bytes(content)
        again = read_motifs(path)
        assert len(again) == len(view.found.motifs) and name.endswith(suffix)
        for motif, same in zip(view.found.motifs, again, strict=True):
            assert np.allclose(motif.frequencies, same.frequencies, atol=1e-3)
    name, content = saved(view.downloads, "CSV")
    table = pd.read_csv(io.BytesIO(content))
    assert set(table["query"]) == {m.name for m in view.found.motifs}
    assert (table["q_value"] >= table["p_value"] * 0.999).all()
    name, content = saved(view.cards[0].downloads, "SVG")
    paths = ET.fromstring(content).iter("{http://www.w3.org/2000/svg}path")
    assert len(list(paths)) == 4 * 4  # a path for each base of the motif and its three matches


def test_hostile_names_stay_text_and_files_stay_readable(make_dashboard, found_at_once, tmp_path):
    dashboard = make_dashboard(
        {HOSTILE: linear_model()}, make_dataset(names=[HOSTILE + str(i) for i in range(6)])
    )
    dashboard.tab = "Motifs"
    view = dashboard.view("Motifs")
    press(view.search_button)
    press(view.cards[0].sites_button)
    assert "<img" not in html(view) and "&lt;img" in html(view)
    for label in ("MEME", "JASPAR"):
        name, content = saved(view.downloads, label)
        (tmp_path / name).write_bytes(content)
        assert len(read_motifs(tmp_path / name)) == 1
    ET.fromstring(saved(view.cards[0].downloads, "SVG")[1])


def test_the_palette_recolours_the_logos(dashboard, view, found_at_once):
    press(view.search_button)
    before = view.cards[0].logos.value
    dashboard.palette = "colour-blind"
    assert "#2a9d4a" in before and "#2a9d4a" not in view.cards[0].logos.value


def test_without_a_truth_there_is_none_to_check(make_dashboard, dashboard):
    assert not hasattr(make_dashboard(tab="Motifs").view("Motifs"), "truth_button")
    assert hasattr(dashboard.view("Motifs"), "truth_button")


def known(make_dashboard, names: str, sequence: str = "", **options):
    dashboard = make_dashboard(dataset=make_dataset(length=40), tab="Saliency", **options)
    if sequence:
        dashboard.session.explore(sequence)
    row = dashboard.view("Saliency").known
    row.field.value = names
    assert dashboard.wait(SOON)
    return dashboard, row


@pytest.mark.parametrize(
    ("names", "motif"),
    [
        ("GATA1", "GATA1"),
        ("ma0035.3", "GATA1"),
        ("MA0035", "GATA1"),
        ("MAFK", "MAFK"),
    ],
)
def test_factors_and_matrix_ids_are_both_names(make_dashboard, names, motif):
    site = {"MAFK": "AAATTGCTGACTCAGCAATTT"}.get(motif, "TTCTAATCTATCTTATCTCTT")
    _, row = known(make_dashboard, names, f"CCCTG{site}CCCTGG")
    assert "dw-error" not in row.message.value
    assert re.search(r">[1-9]\d* hit", row.message.value), row.message.value
    assert motif.upper() in "".join(t for n in row.track.labels.values() for t in n.text).upper()


def test_a_short_factor_name_that_looks_like_a_matrix_id_is_a_name(make_dashboard):
    _, row = known(make_dashboard, "MAX, MAZ")
    assert "dw-error" not in row.message.value and "JASPAR2024" in row.message.value


def test_an_unknown_name_gives_a_sentence_with_suggestions(make_dashboard):
    dashboard, row = known(make_dashboard, "GATTA1")
    assert "GATTA1" in row.message.value and "did you mean GATA1" in row.message.value
    assert row.track.figure not in row.widget.children and dashboard.engine.status == ""
    row.field.value = HOSTILE
    assert "<img" not in row.message.value
    row.field.value = " , ;"
    assert row.message.value == ""


def test_hits_follow_an_edit(make_dashboard):
    dashboard, row = known(make_dashboard, "MA0035.3", "CCCTGTTCTAATCTATCTTATCTCTTCCCTGG")
    before, edits = row.message.value, len(dashboard.session.edits.done)
    assert re.search(r">[1-9]\d* hit", before)
    site = dashboard.session.sequence.index("TTATCT")
    for offset in range(6):
        dashboard.session.mutate(site + offset, "C")
    assert row.message.value != before
    while len(dashboard.session.edits.done) > edits:
        dashboard.session.undo()
    assert row.message.value == before


def test_a_sequence_shorter_than_the_motif_has_no_hit(make_dashboard):
    _, row = known(make_dashboard, "MA0035.3", "ACG")
    assert ">0 hits" in row.message.value


@pytest.fixture
def cold(monkeypatch):
    """As before the first compilation; it ends when the second event is set."""
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def slow(tell=None):
        tell("Preparing")
        begun.set()
        assert go.wait(SOON)
        done.set()
        return 1.7  # seconds, as the real one

    monkeypatch.setattr(motifs_package, "is_warm", done.is_set)
    monkeypatch.setattr(motifs_package, "warm_up", slow)
    return begun, go


def test_warming_up_never_holds_a_view_and_every_row_hears_of_its_end(make_dashboard, cold):
    begun, go = cold
    models = {"recurrent": recurrent_model()}
    dashboard = make_dashboard(models, make_dataset(), block=False)
    dashboard.session.known_motifs = "GATA1"
    rows = []
    for tab in ("Saliency", "Temporal"):
        dashboard.tab = tab
        assert begun.wait(SOON) and dashboard.engine.quick.wait(SOON)
        assert dashboard.view(tab).results
        rows.append(dashboard.view(tab).known)
        assert "Preparing motif scanning" in rows[-1].message.value
    go.set()
    assert dashboard.wait(SOON)
    assert all("hits at" in row.message.value for row in rows)


def test_a_warm_up_that_fails_is_told_once(make_dashboard, monkeypatch):
    def broken(tell=None):
        raise MotifError("numba cannot compile <b>here</b>")

    monkeypatch.setattr(motifs_package, "is_warm", lambda: False)
    monkeypatch.setattr(motifs_package, "warm_up", broken)
    _, row = known(make_dashboard, "GATA1")
    assert "numba cannot compile &lt;b&gt;here" in row.message.value


def test_the_methods_offered_are_those_of_the_package(view):
    assert [key for _, key in view.method.options] == list(motifs_package.METHODS)
