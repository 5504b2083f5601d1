"""A motif's matrix, information, strands and trimming."""

import numpy as np
import pandas as pd
import pytest

from demo_widgets.errors import MotifError
from demo_widgets.motifs import Motif

ONE_HOT_GATA = np.eye(4)[[2, 0, 3, 0]]


@pytest.mark.parametrize(
    ("frequencies", "message"),
    [
        (np.full((5, 3), 1 / 3), r"shape \(width, 4\)"),
        (np.full((4, 5), 1 / 4), "transpose it"),
        (np.empty((0, 4)), "is empty"),
        (np.full((3, 4), 0.3), "position 1 sum to 1.2, not 1"),
        (np.array([[1.2, -0.2, 0, 0]]), "not negative"),
        (np.array([[np.nan, 0, 0, 1]]), "finite"),
    ],
)
def test_a_bad_matrix_is_one_clear_error(frequencies, message):
    with pytest.raises(MotifError, match=message):
        Motif("bad", frequencies)


def test_information_is_two_bits_for_a_fixed_base_and_zero_for_none():
    motif = Motif("m", np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]))
    np.testing.assert_allclose(motif.information, [2, 0, 1])
    assert motif.total_information == pytest.approx(3)


def test_information_is_relative_to_the_background():
    at_rich = (0.4, 0.1, 0.1, 0.4)
    motif = Motif("m", np.array([at_rich, [0, 1, 0, 0]]), background=at_rich)
    np.testing.assert_allclose(motif.information, [0, np.log2(10)], atol=1e-12)


@pytest.mark.parametrize(
    ("sites", "consensus"),
    [
        (["GATA"], "GATA"),
        (["A", "G"], "R"),
        (["A", "C", "G"], "V"),
        (["A", "C", "G", "T"], "N"),
        (["A", "A", "A", "C"], "A"),
        (["A", "A", "C", "C", "G"], "M"),
    ],
)
def test_consensus_follows_cavener(sites, consensus):
    assert Motif.from_sites("m", sites).consensus == consensus


def test_reverse_complement_twice_is_the_motif():
    motif = Motif.from_sites("m", ["GATAAC", "GATTAC"], background=(0.3, 0.2, 0.1, 0.4))
    there = motif.reverse_complement()
    assert there.consensus == "GTWATC"
    assert there.background == pytest.approx((0.4, 0.1, 0.2, 0.3))
    np.testing.assert_array_equal(there.reverse_complement().frequencies, motif.frequencies)
    np.testing.assert_allclose(there.information, motif.information[::-1])


def test_trimming_moves_the_sites_of_both_strands():
    matrix = np.concatenate([np.full((2, 4), 0.25), ONE_HOT_GATA, np.full((1, 4), 0.25)])
    sites = pd.DataFrame(
        {"sequence_index": [0, 1], "start": [10, 10], "end": [17, 17], "strand": ["+", "-"]}
    )
    trimmed = Motif("m", matrix, sites=sites).trim()
    assert trimmed.consensus == "GATA"
    assert trimmed.sites["start"].tolist() == [12, 11]
    assert trimmed.sites["end"].tolist() == [16, 15]


def test_trimming_keeps_quiet_positions_inside():
    matrix = np.concatenate([ONE_HOT_GATA, np.full((2, 4), 0.25), ONE_HOT_GATA])
    assert Motif("m", matrix).trim().consensus == "GATANNGATA"


def test_trimming_away_everything_is_refused():
    with pytest.raises(MotifError, match="nothing is left"):
        Motif("flat", np.full((6, 4), 0.25)).trim()


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        (np.full((8, 4), 0.25), "uniform"),
        (ONE_HOT_GATA[:3], "too short"),
        (np.concatenate([ONE_HOT_GATA[:2], np.full((8, 4), 0.25)]), "too little"),
    ],
)
def test_an_uninformative_motif_says_why(matrix, reason):
    motif = Motif("m", matrix)
    assert not motif.is_informative
    assert reason in motif.uninformative_reason


def test_an_informative_motif_has_no_reason():
    assert Motif("m", ONE_HOT_GATA).is_informative


def test_the_matrix_cannot_be_changed_in_place():
    source = ONE_HOT_GATA.copy()
    motif = Motif("m", source)
    source[:] = 0
    assert motif.consensus == "GATA"
    with pytest.raises(ValueError, match="read-only"):
        motif.frequencies[0, 0] = 1
