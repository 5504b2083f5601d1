"""The dinucleotide shuffle keeps what it promises and is uniform over what is possible."""

from __future__ import annotations

import time
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset, dinucleotide_shuffle, one_hot_encode
from demo_widgets.sequences.one_hot import one_hot_decode


def dinucleotides(sequence: str) -> Counter:
    return Counter(zip(sequence, sequence[1:], strict=False))


def all_shuffles(sequence: str) -> set[str]:
    """Every sequence with these dinucleotides and first letter, by brute force."""
    inner = {"".join(order) for order in permutations(sequence[1:])}
    wanted = dinucleotides(sequence)
    return {sequence[0] + rest for rest in inner if dinucleotides(sequence[0] + rest) == wanted}


@given(
    st.lists(st.text("ACGTN", min_size=1, max_size=80), min_size=1, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_dinucleotides_and_both_ends_are_kept(sequences, seed):
    shuffled = dinucleotide_shuffle(sequences, seed=seed)
    for before, after in zip(sequences, shuffled, strict=True):
        assert dinucleotides(after) == dinucleotides(before)
        assert (after[0], after[-1]) == (before[0], before[-1])


@pytest.mark.parametrize("sequence", ["ACACGTGT", "AACGCATA", "CAGACTAG", "ANACNTAN", "AACAACAAG"])
def test_every_possible_shuffle_is_equally_likely(sequence):
    possible = sorted(all_shuffles(sequence))
    draws = 4000 * len(possible)
    seen = Counter(dinucleotide_shuffle([sequence] * draws, seed=11))
    assert sorted(seen) == possible
    expected = draws / len(possible)
    chi_square = sum((seen[key] - expected) ** 2 / expected for key in possible)
    freedom = len(possible) - 1
    # Five standard deviations of the chi-square distribution above its mean.
    assert chi_square < freedom + 5 * np.sqrt(2 * max(freedom, 1))


@pytest.mark.parametrize("sequence", ["A", "AC", "AAAA", "ACG", "AAAACCCCGGGGTTTT"])
def test_a_sequence_with_one_order_comes_back_as_it_was(sequence):
    assert all_shuffles(sequence[:8]) == {sequence[:8]}
    assert dinucleotide_shuffle(sequence, seed=3) == sequence


def test_a_long_chain_of_repeats_costs_no_retries():
    sequence = "A" * 5000 + "C" * 5000 + "G" * 5000 + "T" * 5000
    started = time.process_time()
    assert dinucleotide_shuffle(sequence, seed=1) == sequence
    assert time.process_time() - started < 10


def test_the_same_seed_gives_the_same_shuffle_and_another_does_not():
    sequences = ["ACGTTGCAACTGATCGATTACG" * 4] * 3
    first = dinucleotide_shuffle(sequences, seed=5)
    assert first == dinucleotide_shuffle(sequences, seed=5)
    assert first != dinucleotide_shuffle(sequences, seed=6)
    assert len(set(first)) == 3


def test_other_iupac_codes_stay_in_the_sequence_in_their_order():
    shuffled = dinucleotide_shuffle("ACRGTTYGCANCATGAC", seed=2)
    assert [letter for letter in shuffled if letter in "RYN"] == ["R", "Y", "N"]
    assert Counter(shuffled) == Counter("ACRGTTYGCANCATGAC")


def test_the_kind_that_comes_in_goes_out():
    strings = ["ACGTTGCAAC", "TTGACCATGA"]
    X = one_hot_encode(strings)
    shuffled = dinucleotide_shuffle(X, seed=1)
    assert shuffled.shape == X.shape and shuffled.dtype == X.dtype
    for before, after in zip(strings, one_hot_decode(shuffled), strict=True):
        assert dinucleotides(after) == dinucleotides(before)
    assert dinucleotide_shuffle(X[0], seed=1).shape == (10, 4)
    data = SequenceDataset(strings)
    assert dinucleotide_shuffle(data, seed=1) == dinucleotide_shuffle(strings, seed=1)


def test_thousands_of_sequences_a_second():
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGT"), (5000, 101))]
    started = time.process_time()
    dinucleotide_shuffle(sequences, seed=0)
    assert time.process_time() - started < 2.5


@pytest.mark.parametrize(("bad", "message"), [(["ACGT", ""], r"\[1\] is empty"), ("AC-T", "'-'")])
def test_what_is_not_dna_is_refused(bad, message):
    with pytest.raises(SequenceError, match=message):
        dinucleotide_shuffle(bad)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "0", True])
def test_a_seed_that_is_no_seed_is_refused(seed):
    with pytest.raises(SequenceError, match="seed is"):
        dinucleotide_shuffle("ACGT", seed=seed)
