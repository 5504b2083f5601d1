"""One-hot arrays, reverse complements, and what they refuse."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_widgets.errors import DemoWidgetsWarning, SequenceError
from demo_widgets.sequences import (
    SequenceDataset,
    one_hot_decode,
    one_hot_encode,
    reverse_complement,
)

IUPAC = "ACGTRYSWKMBDHVN"


def equal_length_dna(letters: str = "ACGT"):
    lengths = st.integers(1, 30)
    return lengths.flatmap(
        lambda n: st.lists(st.text(letters, min_size=n, max_size=n), min_size=1, max_size=8)
    )


def test_channels_are_a_c_g_t():
    X = one_hot_encode(["ACGT"])
    assert X.dtype == np.float32
    assert np.array_equal(X, np.eye(4)[None])


@given(equal_length_dna())
def test_decoding_undoes_encoding(sequences):
    assert one_hot_decode(one_hot_encode(sequences)) == sequences


@given(equal_length_dna("ACGTN"))
def test_n_survives_the_round_trip(sequences):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DemoWidgetsWarning)
        assert one_hot_decode(one_hot_encode(sequences)) == sequences


def test_one_string_gives_a_matrix_and_comes_back_as_a_string():
    X = one_hot_encode("GATA")
    assert X.shape == (4, 4)
    assert one_hot_decode(X) == "GATA"


def test_a_dataset_stands_for_its_sequences():
    data = SequenceDataset(["GATA", "ACCG"])
    assert np.array_equal(one_hot_encode(data), data.one_hot)
    assert reverse_complement(data) == ["TATC", "CGGT"]


def test_lower_case_and_u_are_the_same_bases():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert one_hot_decode(one_hot_encode(["acgu", "ACGT"])) == ["ACGT", "ACGT"]


@pytest.mark.parametrize("letter", "NRYSWKMBDHVn")
def test_ambiguous_bases_are_zero_rows_and_counted(letter):
    with pytest.warns(DemoWidgetsWarning, match=r"2 ambiguous bases \(. 2\) in 1 of 2"):
        X = one_hot_encode(["ACG", f"{letter}C{letter}"])
    assert np.array_equal(X.sum(-1), [[1, 1, 1], [0, 1, 0]])


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (["ACGT", "ACXT"], r"sequences\[1\] has 'X' at position 3"),
        (["ACGT", "AC-T"], "'-' at position 3"),
        (["ACGT", "ACéT"], "'é' at position 3"),
        (["AC GT"], "' ' at position 3"),
        (["ACGT", "ACG"], r"sequences\[1\] has 3 bases but sequences\[0\] has 4"),
        ([], "is empty"),
        ([""], "is empty"),
        ("", "is empty"),
        ([b"ACGT"], r"sequences\[0\] is a bytes"),
        (b"ACGT", "is a bytes"),
        (5, "is a int"),
        (["ACGT", None], r"sequences\[1\] is a NoneType"),
    ],
)
def test_what_is_not_dna_is_refused_by_place(sequences, message):
    with pytest.raises(SequenceError, match=message):
        one_hot_encode(sequences)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.full((1, 3, 4), 0.25), r"X\[0, 0\] is .* not one-hot"),
        (np.ones((2, 4)), "not one-hot"),
        (np.full((2, 4), np.nan), "not one-hot"),
        (np.full((2, 4), np.inf), "not one-hot"),
        (-np.eye(4), "not one-hot"),
        (np.eye(4)[::2] + np.eye(4)[1::2], "not one-hot"),
        (np.ones((1, 4), bool), "not one-hot"),
        (np.full((1, 4), 255, np.uint8), "not one-hot"),
        (np.zeros((3, 4, 9)), "channels seem to come first"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.zeros((0, 5, 4)), "no base"),
        (np.array([["A"]]), "values; expected a numeric"),
    ],
)
def test_what_is_not_one_hot_is_refused(X, message):
    with pytest.raises(SequenceError, match=message):
        one_hot_decode(X)


def test_reverse_complement_of_a_known_sequence():
    assert reverse_complement("GATAAacn") == "ngtTTATC"
    assert reverse_complement(["AAC", "G"]) == ["GTT", "C"]
    assert reverse_complement("RYKMBDHVSWN") == "NWSBDHVKMRY"


@given(st.text(IUPAC + IUPAC.lower(), max_size=60))
def test_reverse_complement_is_its_own_inverse(sequence):
    assert reverse_complement(reverse_complement(sequence)) == sequence


@given(equal_length_dna())
def test_reverse_complement_is_the_same_for_strings_and_one_hot(sequences):
    X = one_hot_encode(sequences)
    before = X.copy()
    assert one_hot_decode(reverse_complement(X)) == reverse_complement(sequences)
    assert np.array_equal(X, before)


def test_reverse_complement_takes_any_value_per_base():
    pwm = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.0, 0.6, 0.4]])
    assert np.allclose(reverse_complement(pwm), [[0.4, 0.6, 0.0, 0.0], [0.1, 0.1, 0.1, 0.7]])


@pytest.mark.parametrize("bad", ["ACXT", ["ACGT", "A*"], np.zeros((3, 5))])
def test_reverse_complement_refuses_what_is_not_dna(bad):
    with pytest.raises(SequenceError):
        reverse_complement(bad)
