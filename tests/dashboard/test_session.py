"""The session: what it accepts, and that its observers see it in step."""

from __future__ import annotations

import pytest
import traitlets

from demo_widgets.dashboard.session.session import Session

from .conftest import make_dataset


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("sequence_index", -1, "from 0 to 5"),
        ("sequence_index", 6, "6 sequences"),
        ("sequence_index", "two", "int"),
        ("position", -1, "from 0 to 29"),
        ("position", 30, "30 bases"),
        ("position", 1.5, "int"),
        ("window", (1, 2, 3), "window"),
    ],
)
def test_a_bad_value_is_refused_in_words_and_changes_nothing(trait, value, words):
    session = Session(make_dataset())
    session.sequence_index, session.position, session.window = 2, 7, (3, 20)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(session, trait, value)
    assert (session.sequence_index, session.position, session.window) == (2, 7, (3, 20))


@pytest.mark.parametrize(
    ("asked", "given"),
    [((-5, 10), (0, 10)), ((5, 99), (5, 30)), ((9, 9), (9, 10)), ((50, 60), (29, 30))],
)
def test_a_window_is_clipped_to_the_sequence_and_shows_at_least_a_base(asked, given):
    session = Session(make_dataset())
    session.window = asked
    assert session.window == given


@pytest.mark.parametrize(("labels", "label"), [([0, 1], 0), (None, None)])
def test_the_label_is_a_number_or_none(labels, label):
    assert Session(make_dataset(n=2, labels=labels)).label == label


def other(base: str) -> str:
    return "C" if base == "A" else "A"


@pytest.fixture
def session() -> Session:
    return Session(make_dataset())


@pytest.mark.parametrize(
    "change",
    [
        lambda session: setattr(session, "sequence_index", 2),
        lambda session: session.mutate(3, other(session.sequence[3])),
        lambda session: session.explore("ACGTAC"),
    ],
    ids=["row", "edit", "paste"],
)
def test_another_subject_is_reported_once_with_everything_in_step(session, change):
    session.position, seen = 29, []

    def look(event) -> None:
        seen.append(event.name)
        assert session.subject == event.owner.subject
        assert session.subject.sequence == session.edits.current
        assert session.position < session.length and session.window[1] <= session.length

    session.observe(look, ["subject", "position", "window"])
    change(session)
    assert seen.count("subject") == 1


def test_what_changes_no_base_is_not_reported(session):
    seen = []
    session.observe(lambda change: seen.append(change.new), "subject")
    session.mutate(3, session.sequence[3])
    session.restore(3)
    session.undo()
    session.redo()
    session.reset_edits()
    assert seen == []


def test_the_subject_cannot_be_set(session):
    with pytest.raises(traitlets.TraitError, match="read-only"):
        session.subject = session.subject


def test_a_new_row_is_another_dataset_and_the_subject(session):
    old, seen = session.dataset, []
    session.observe(lambda change: seen.append((change.name, len(session.dataset))), ["dataset"])
    session.mutate(3, other(session.sequence[3]))
    session.add_as_row()
    assert seen == [("dataset", 7)] and len(old) == 6
    assert (session.sequence_index, session.subject.row, session.is_edited) == (6, 6, False)
