"""Tomtom finds planted motifs at their planted offset and strand, and refuses what is no motif."""

import time

import numpy as np
import pytest

from demo_widgets.errors import MotifError
from demo_widgets.motifs import Motif, align_to, jaspar, match_motifs, warm_up
from demo_widgets.motifs.matching import MATCH_COLUMNS, tomtom_p_values


@pytest.fixture(scope="module")
def database():
    warm_up()
    return jaspar("JASPAR2024")


@pytest.fixture(scope="module")
def target(database):
    return database["MA0139.2"]  # CTCF: long and not a palindrome


def planted(target: Motif, cut: int, pad: int, reverse: bool) -> Motif:
    """The target without its first ``cut`` positions, behind ``pad`` uniform ones."""
    matrix = np.concatenate([np.full((pad, 4), 0.25), target.frequencies[cut:]])
    motif = Motif("planted", matrix)
    return motif.reverse_complement() if reverse else motif


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("cut", "pad"), [(0, 0), (3, 0), (0, 2)])
def test_a_planted_shift_and_strand_come_back(database, target, cut, pad, reverse):
    row = match_motifs(planted(target, cut, pad, reverse), database, top=1).iloc[0]
    assert row["target"] == target.matrix_id
    assert row["strand"] == ("-" if reverse else "+")
    assert row["offset"] == (0 if reverse else cut - pad)
    assert row["overlap"] == len(target) - cut
    assert row["q_value"] < 1e-6


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("cut", "pad"), [(0, 0), (3, 0), (0, 2)])
def test_a_match_drawn_aligned_puts_equal_positions_above_each_other(
    database, target, cut, pad, reverse
):
    query = planted(target, cut, pad, reverse)
    row = match_motifs(query, database, top=1).iloc[0]
    above, below = align_to(query, target, row["offset"], row["strand"])
    assert above.shape == below.shape
    both = (above.sum(axis=1) > 0) & (below.sum(axis=1) > 0)
    assert both.sum() == len(target) - cut
    np.testing.assert_allclose(above[both], below[both])


def test_motifs_that_do_not_touch_cannot_be_drawn_aligned(target):
    with pytest.raises(MotifError, match="outside"):
        align_to(target, target, len(target), "+")
    with pytest.raises(MotifError, match="strand"):
        align_to(target, target, 0, "x")


def test_the_table_has_its_columns_and_shows_its_release(database, target):
    table = match_motifs([target], database)
    assert list(table.columns) == MATCH_COLUMNS
    assert len(table) == len(database)
    assert set(table["database"]) == {"JASPAR2024 CORE vertebrates"}
    assert table.attrs["n_targets"] == len(database)
    np.testing.assert_allclose(table["e_value"], table["p_value"] * len(database))
    assert (table["q_value"] >= table["p_value"]).all()
    assert table["p_value"].is_monotonic_increasing


def test_q_is_benjamini_hochberg_of_each_query_alone(database, target):
    other = database["GATA1"]
    alone = match_motifs(target, database)
    together = match_motifs([other, target], database).query("query == @target.name")
    np.testing.assert_allclose(alone["q_value"], together["q_value"])
    p = alone["p_value"].to_numpy()
    by_hand = np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    np.testing.assert_allclose(alone["q_value"], np.minimum(by_hand, 1))


def test_random_motifs_find_nothing(database):
    rng = np.random.default_rng(0)
    queries = [Motif(f"r{i}", rng.dirichlet([0.4] * 4, 10)) for i in range(40)]
    p, q = tomtom_p_values([m.frequencies for m in queries], database)
    assert (p < 0.05).mean() < 0.10
    assert (q < 0.01).any(axis=1).mean() < 0.15


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        (np.full((10, 4), 0.25), "uniform"),
        (np.eye(4)[:3], "too short"),
        (np.r_[np.eye(4)[:2], np.full((8, 4), 0.25)], "too little information"),
    ],
)
def test_a_query_that_is_no_motif_gets_a_reason_not_a_hit(database, matrix, reason):
    table = match_motifs([Motif("no motif", matrix), database["GATA1"]], database, top=1)
    refused, found = table.iloc[0], table.iloc[1]
    assert reason in refused["reason"]
    assert refused.isna()[["target", "p_value", "q_value", "offset"]].all()
    assert (found["target_name"], found["reason"]) == ("GATA1", "")
    assert not (table["q_value"] < 0.01).iloc[0]


def test_no_query_gives_an_empty_table(database):
    assert list(match_motifs([], database).columns) == MATCH_COLUMNS


def test_a_selection_is_judged_against_its_whole_release(database):
    selection = jaspar("JASPAR2024", tf_name="GATA1")
    row = match_motifs(database["GATA2"], selection).iloc[0]
    everything = match_motifs(database["GATA2"], database).set_index("target")
    assert row["p_value"] == pytest.approx(everything.loc[row["target"], "p_value"], rel=1e-6)
    assert row["e_value"] == row["p_value"]


def test_too_few_targets_without_a_background_are_refused(database):
    with pytest.raises(MotifError, match="at least 25"):
        match_motifs(database[0], list(database[:5]))
    assert len(match_motifs(database[0], list(database[:5]), background=database)) == 5
    with pytest.raises(MotifError, match="empty"):
        match_motifs(database[0], [])


def test_a_warm_look_up_against_all_vertebrates_takes_a_processor_under_100_ms(database):
    query = database["GATA1"]
    times = []
    for _ in range(5):
        started = time.thread_time()  # one query runs on the caller's thread
        match_motifs(query, database)
        times.append(time.thread_time() - started)
    assert min(times) < 0.1


@pytest.mark.parametrize(
    ("queries", "targets", "named"), [("GATA1", [], "queries"), ([], "x", "targets")]
)
def test_names_in_place_of_motifs_are_refused_in_words(queries, targets, named):
    with pytest.raises(MotifError, match=rf"{named} must be a motif .*jaspar\(tf_name"):
        match_motifs(queries, targets)
