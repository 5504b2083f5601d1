"""Edits of a sequence: history, refusal of what is not DNA, and every view following."""

from __future__ import annotations

import bqplot
import numpy as np
import pytest

from demo_widgets.dashboard.session.edit_history import EditHistory, with_row
from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset

from .conftest import html, make_dataset, recurrent_model

DATA = make_dataset()
MUTANT = DATA.sequences[0][:9] + "GGATTA" + DATA.sequences[0][15:]
VIEWS = ("Predictions", "Saliency", "Temporal", "Mutations", "Compare", "Figure")


def other(base: str) -> str:
    return "C" if base == "A" else "A"


@pytest.fixture(scope="module")
def models(linear):
    return {"linear": linear, "recurrent": recurrent_model()}


def test_undo_and_redo_walk_through_the_versions():
    history = EditHistory("ACGT")
    history.mutate(0, "G")
    history.mutate(3, "c")
    assert [edit.words for edit in history.done] == ["A1G", "T4C"]
    history.undo()
    assert (history.current, history.can_redo, history.edited_positions) == ("GCGT", True, [0])
    history.redo()
    assert (history.current, history.can_redo, history.edited_positions) == ("GCGC", False, [0, 3])
    for _ in range(5):
        history.undo()
    assert (history.current, history.can_undo) == ("ACGT", False)


def test_an_edit_after_undo_starts_another_branch():
    history = EditHistory("ACGT")
    history.mutate(0, "G")
    history.undo()
    history.mutate(1, "T")
    assert not history.can_redo
    assert (history.current, [e.words for e in history.done]) == ("ATGT", ["C2T"])


def test_what_changes_nothing_is_no_edit():
    history = EditHistory("ACGT")
    assert not history.mutate(0, "A")
    assert not history.restore(2)
    assert not history.explore("ACGT")
    assert not history.can_undo


def test_restore_puts_the_original_base_back_and_can_be_undone():
    history = EditHistory("ACGT")
    history.mutate(2, "A")
    assert history.restore(2)
    assert (history.current, history.done[-1].words) == ("ACGT", "A3G (restored)")
    history.undo()
    assert history.current == "ACAT"


@pytest.mark.parametrize("base", ["N", "", "AC", "U", "-", "<b>", None, 3])
def test_a_base_that_is_none_is_refused(base):
    history = EditHistory("ACGT")
    with pytest.raises(SequenceError, match="one of A, C, G, T"):
        history.mutate(0, base)
    assert history.current == "ACGT" and not history.can_undo


@pytest.mark.parametrize("position", [-1, 4])
def test_a_position_outside_the_sequence_is_refused(position):
    with pytest.raises(SequenceError, match="from 0 to 3"):
        EditHistory("ACGT").mutate(position, "G")


def test_an_unknown_base_can_be_made_known_and_restored():
    history = EditHistory("ANGT")
    history.mutate(1, "C")
    assert history.edited_positions == [1]
    history.restore(1)
    assert history.current == "ANGT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "ACGX",
        "<script>alert(1)</script>",
        ">name",
        ">one\nACGT\n>two\nACGT",
        "ACG-T",
        "ДНК",
        "12",
        "ACG\0",
    ],
)
def test_text_that_is_not_dna_is_refused_once_and_changes_nothing(make_dashboard, text):
    session = make_dashboard().session
    session.mutate(3, other(session.sequence[3]))
    before = (session.subject, session.window, session.position, len(session.edits.done))
    with pytest.raises(SequenceError) as caught:
        session.explore(text)
    assert len(str(caught.value)) < 300 and str(caught.value)
    after = (session.subject, session.window, session.position, len(session.edits.done))
    assert after == before


def test_one_fasta_record_is_taken_without_its_header(make_dashboard):
    session = make_dashboard().session
    session.explore("> chr1:5-12 <b>x</b>\nACGT\nACGN\n")
    assert session.sequence == "ACGTACGN"


def test_of_a_typed_sequence_neither_name_nor_label_is_known(make_dashboard):
    session = make_dashboard().session
    name, label, typed = (
        session.name,
        session.label,
        "".join(other(base) for base in session.sequence),
    )
    session.explore(typed)
    session.mutate(0, other(typed[0]))
    assert (session.name, session.label) == ("pasted sequence", None)
    with pytest.raises(SequenceError, match="was pasted"):
        session.add_as_row()
    assert len(session.dataset) == 6
    session.reset_edits()
    assert (session.name, session.label) == (name, label)


def test_a_new_row_is_named_by_how_it_differs_and_not_by_what_was_tried(make_dashboard):
    session = make_dashboard().session
    name, original = session.name, session.sequence
    session.explore("".join(other(base) for base in original))
    session.reset_edits()
    session.add_as_row()
    assert str(session.dataset.names[-1]) == f"{name} (2)"
    session.sequence_index = 0
    for position in (9, 3, 0, 5, 7):
        session.mutate(position, other(original[position]))
    session.restore(7)
    words = [f"{original[i]}{i + 1}{other(original[i])}" for i in (0, 3, 5)]
    session.add_as_row()
    assert str(session.dataset.names[-1]) == f"{name} {' '.join(words)} and 1 more"
    unlabelled = make_dashboard(dataset=make_dataset(labels=None)).session
    unlabelled.explore("".join(other(base) for base in unlabelled.sequence))
    unlabelled.add_as_row()
    assert str(unlabelled.dataset.names[-1]) == f"{name} pasted"


def test_white_space_small_letters_and_unknown_bases_are_taken(make_dashboard):
    session = make_dashboard().session
    session.explore(" acgtn\nACG TNN\t")
    assert session.sequence == "ACGTNACGTNN"


@pytest.mark.parametrize("tab", [*VIEWS, "Motifs", "Class optimization"])
@pytest.mark.parametrize("length", [12, 47])
def test_another_length_resets_window_and_position_in_every_tab(
    make_dashboard, models, tab, length
):
    dashboard = make_dashboard(models, make_dataset(), tab=tab, position=29, window=(20, 30))
    session = dashboard.session
    typed = ("ACGTTGATAAG" * 5)[:length]
    session.explore(typed)
    assert (session.sequence, session.window) == (typed, (0, length))
    assert session.position == min(29, length - 1)
    session.undo()
    assert (session.length, session.window) == (30, (0, 30))
    session.redo()
    dashboard.sequence_index = 1
    assert (session.length, session.window) == (30, (0, 30))
    dashboard.sequence_index = 0
    assert (session.sequence, session.window) == (typed, (0, length))
    assert "dw-error" not in html(dashboard.view(tab))


def test_no_base_counts_as_edited_once_the_length_differs(make_dashboard):
    session = make_dashboard().session
    session.explore("ACGT")
    assert session.is_edited and session.edits.edited_positions == []
    session.restore(0)
    assert session.sequence == "ACGT"
    session.reset_edits()
    assert not session.is_edited and session.length == 30


def test_edits_are_kept_for_each_sequence(make_dashboard):
    dashboard = make_dashboard()
    session = dashboard.session
    first, second = session.dataset.sequences[:2]
    session.mutate(0, other(first[0]))
    dashboard.sequence_index = 1
    assert session.sequence == second and not session.edits.can_undo
    session.mutate(4, other(second[4]))
    dashboard.sequence_index = 0
    assert session.edits.edited_positions == [0]
    session.undo()
    assert session.sequence == first
    dashboard.sequence_index = 1
    assert session.edits.edited_positions == [4]


@pytest.fixture
def edited_and_fresh(make_dashboard, models):
    """A dashboard edited into MUTANT, and one that was given MUTANT to begin with."""

    def make(tab: str):
        edited = make_dashboard(models, DATA, tab=tab)
        for position, base in enumerate(MUTANT):
            edited.session.mutate(position, base)
        sequences = [MUTANT, *DATA.sequences[1:]]
        again = SequenceDataset(sequences, names=list(DATA.names), labels=DATA.labels)
        fresh = make_dashboard(models, again, tab=tab)
        assert edited.session.sequence == fresh.session.sequence == MUTANT
        return edited, fresh

    return make


@pytest.mark.parametrize("tab", VIEWS[1:])
def test_every_view_of_an_edited_sequence_is_that_of_a_fresh_dashboard(edited_and_fresh, tab):
    edited, fresh = edited_and_fresh(tab)
    assert edited.header.scores.value == fresh.header.scores.value
    words = [html(d.view(tab)) for d in (edited, fresh)]
    if tab == "Figure":  # it names the sequence
        words = [word.count("<path") for word in words]
    assert words[0] == words[1]
    for name, track in getattr(edited.view(tab), "tracks", {}).items():
        again = fresh.view(tab).tracks[name]
        for mark, same in zip(track.figure.marks, again.figure.marks, strict=True):
            if mark is edited.view(tab).edited.mark:  # the fresh one has no edits to mark
                continue
            assert np.array_equal(mark.x, same.x, equal_nan=True), (name, mark)
            assert np.array_equal(mark.y, same.y, equal_nan=True), (name, mark)
            if isinstance(mark, bqplot.HeatMap):
                assert np.array_equal(mark.color, same.color, equal_nan=True)


@pytest.mark.parametrize("tab", VIEWS[1:])
def test_undo_brings_every_view_back(make_dashboard, models, tab):
    dashboard = make_dashboard(models, DATA, tab=tab)
    before = html(dashboard.view(tab))
    dashboard.session.mutate(4, other(DATA.sequences[0][4]))
    assert html(dashboard.view(tab)) != before
    dashboard.session.undo()
    assert html(dashboard.view(tab)) == before


def test_a_hidden_tab_shows_the_edit_when_it_is_opened(make_dashboard, models):
    dashboard = make_dashboard(models, DATA, tab="Saliency")
    dashboard.tab = "Mutations"
    dashboard.session.explore(MUTANT)
    dashboard.tab = "Saliency"
    fresh = make_dashboard(models, [MUTANT], tab="Saliency")
    assert html(dashboard.view("Saliency")) == html(fresh.view("Saliency"))


def test_the_header_marks_the_edited_bases(make_dashboard):
    dashboard = make_dashboard()
    session, header = dashboard.session, dashboard.header
    assert "edited</span>" not in header.title.value
    for position in (4, 20):
        session.mutate(position, other(session.sequence[position]))
    assert "edited</span>" in header.title.value
    x = header.edited.mark.x
    assert sorted({round(v) for v in x[~np.isnan(x)]}) == [5, 21]
    session.reset_edits()
    assert "edited</span>" not in header.title.value
    assert set(header.edited.mark.x) == {0.0}


def test_predictions_says_that_its_rows_are_not_edited(make_dashboard):
    dashboard = make_dashboard()
    view, session = dashboard.view("Predictions"), dashboard.session
    assert "is edited" not in html(view)
    session.mutate(4, other(session.sequence[4]))
    assert "is edited" in html(view)
    dashboard.sequence_index = 1
    assert "is edited" not in html(view)
    dashboard.sequence_index = 0
    session.reset_edits()
    assert "is edited" not in html(view)


@pytest.mark.parametrize(
    ("start", "told"), [("", ""), ("N", "1 base is N"), ("NNR", "3 bases are N")]
)
def test_the_header_says_why_letters_are_missing(make_dashboard, start, told):
    dashboard = make_dashboard(dataset=[start + "ACGT" * 6])
    words = dashboard.header.sites.value
    assert told in words and bool(words) == bool(start)
    dashboard.session.explore("ACGTACGT")
    assert dashboard.header.sites.value == ""


@pytest.mark.parametrize("labels", [[1, 0, 1, 0, 1, 0], None])
def test_an_edited_sequence_becomes_a_row_with_the_label_of_its_source(make_dashboard, labels):
    dashboard = make_dashboard(dataset=make_dataset(labels=labels))
    session = dashboard.session
    session.mutate(2, other(session.sequence[2]))
    words, bases = session.edits.done[-1].words, session.sequence
    for _ in range(2):
        dashboard.sequence_index = 0
        session.add_as_row()
    assert dashboard.sequence_index == 7 and len(session.dataset) == 8
    assert list(session.dataset.sequences[6:]) == [bases, bases]
    names = [str(n) for n in session.dataset.names]
    assert len(set(names)) == 8 and words in names[6]
    assert session.label == (None if labels is None else 1)
    assert not session.is_edited and not session.edits.can_undo
    assert dashboard.header.number.max == 8 and "of 8" in dashboard.header.count.value


def test_predictions_grow_with_the_rows(make_dashboard, linear):
    from demo_widgets import predict

    dashboard = make_dashboard()
    session = dashboard.session
    session.mutate(2, other(session.sequence[2]))
    session.add_as_row()
    values = dashboard.engine.predictions.probabilities["linear"]
    assert values.shape == (7,)
    assert values == pytest.approx(predict(linear, list(session.dataset.sequences)), abs=1e-6)
    assert len(dashboard.view("Predictions").table.rows) == 7
    assert "7 sequences" in html(dashboard.view("Predictions"))


def test_rows_added_while_predictions_run_are_predicted_too(make_dashboard):
    dashboard = make_dashboard(block=False)
    session = dashboard.session
    for position in range(3):
        session.mutate(position, other(session.sequence[position]))
        session.add_as_row()
    assert dashboard.wait(60)
    assert np.isfinite(dashboard.engine.predictions.probabilities["linear"]).sum() == 9


def test_a_sequence_of_another_length_is_no_row_and_the_reason_is_told(make_dashboard):
    session = make_dashboard().session
    session.explore("ACGT" * 3)
    with pytest.raises(SequenceError, match="(?i)length|long|bases"):
        session.add_as_row()
    assert (len(session.dataset), len(session.dataset), session.sequence_index) == (6, 6, 0)


def test_a_new_row_leaves_the_dataset_it_came_from_as_it_was():
    before = DATA.fingerprint()
    grown = with_row(DATA, MUTANT, str(DATA.names[0]), 0)
    assert (len(DATA), len(grown), DATA.fingerprint()) == (6, 7, before)
    assert len(grown.metadata) == 7 and len(set(map(str, grown.names))) == 7


def test_a_model_of_fixed_length_says_why_another_length_is_not_predicted(make_dashboard):
    import keras

    inputs = keras.Input((30, 4))
    hidden = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(inputs))
    dashboard = make_dashboard({"fixed": keras.Model(inputs, hidden)}, tab="Saliency")
    for tab in ("Saliency", "Mutations", "Compare"):
        dashboard.tab = tab
        dashboard.session.explore("ACGTTT")
        assert "cannot predict" in dashboard.header.scores.value
        assert "30" in html(dashboard.view(tab)), tab
        dashboard.session.undo()
        assert "cannot predict" not in dashboard.header.scores.value
