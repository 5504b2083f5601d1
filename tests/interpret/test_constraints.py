"""Constraints on designed DNA: what violates them, in words, and how far from obeying it is."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.errors import SequenceError
from demo_widgets.interpret import DesignConstraints
from demo_widgets.sequences import reverse_complement
from demo_widgets.sequences.alphabet import encode_codes

VIOLATIONS = [
    ({}, "ACGT", []),
    ({}, "ACNRT", ["2 bases are ambiguous and cannot be synthesized; the first is position 3"]),
    ({"gc": (0.4, 0.6)}, "ACGTA", []),
    ({"gc": (0.4, 0.6)}, "GGGTA", []),
    ({"gc": (0.4, 0.6)}, "GGGGA", ["GC content is 0.80; expected 0.4 to 0.6"]),
    (
        {"gc": (0.5, 0.5), "gc_window": 4},
        "ACGTTTTC",
        [
            "GC content is 0.00 in positions 4-7, the worst of 3 windows of 4 bases; "
            "expected 0.5 to 0.5"
        ],
    ),
    ({"max_homopolymer": 3}, "AAACCC", []),
    ({"max_homopolymer": 8}, "AAACCC", []),
    (
        {"max_homopolymer": 2},
        "AAACGGGG",
        [
            "a run of 3 A at positions 1-3; at most 2 are allowed",
            "a run of 4 G at positions 5-8; at most 2 are allowed",
        ],
    ),
    ({"forbidden_sites": ("gaattc",)}, "CGAATTCG", ["gaattc (GAATTC) at position 2"]),
    ({"forbidden_sites": ("EcoRI",)}, "CGAATTCG", ["EcoRI (GAATTC) at position 2"]),
    (
        {"forbidden_sites": ("GGTCTC",)},
        "AGAGACC",
        ["GGTCTC on the other strand at position 2"],
    ),
    ({"forbidden_sites": ("GATNNC",)}, "GATTAC", ["GATNNC at position 1"]),
    ({"forbidden_sites": ("GATNNC",)}, "GATTAG", []),
    ({"forbidden_sites": ("GAATTC",)}, "GAA", []),
    ({"left_flank": "ACG", "right_flank": "tt"}, "ACGAATT", []),
    (
        {"left_flank": "ACG", "right_flank": "TT"},
        "CCCAATA",
        ["2 bases differ from left_flank", "1 bases differ from right_flank"],
    ),
]


@pytest.mark.parametrize(("limits", "sequence", "expected"), VIOLATIONS)
def test_violations_are_said_in_words(limits, sequence, expected):
    assert DesignConstraints(**limits).violations(sequence) == expected


@pytest.mark.parametrize(("limits", "sequence", "expected"), VIOLATIONS)
def test_excess_is_zero_exactly_where_nothing_is_violated(limits, sequence, expected):
    codes = encode_codes([sequence])
    excess = DesignConstraints(**limits).excess(np.repeat(codes, 2, axis=0))
    np.testing.assert_array_equal(excess[0], excess[1])
    assert (excess >= 0).all() and excess[0].any() == bool(expected)


def test_excess_counts_every_constraint():
    limits = DesignConstraints(
        gc=(0.25, 0.75), gc_window=4, max_homopolymer=3, forbidden_sites=("AGG",)
    )
    codes = encode_codes(["AAAAAAGG"])
    # windows AAAA, AAAA, AAAA lack one G or C; the run has 3 too many; the site is there once
    assert limits.excess(codes).tolist() == [[0, 0, 3, 3, 1, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_excess_and_sites_do_not_depend_on_the_strand(seed):
    limits = DesignConstraints(
        gc=(0.4, 0.6), gc_window=10, max_homopolymer=2, forbidden_sites=("GATW", "ACG")
    )
    letters = np.random.default_rng(seed).choice(list("ACGT"), 60)
    sequence = "".join(letters)
    both = limits.excess(encode_codes([sequence, reverse_complement(sequence)])).sum(axis=1)
    assert both[0] == both[1] > 0


def test_check_raises_all_violations_at_once():
    limits = DesignConstraints(max_homopolymer=4, forbidden_sites=("EcoRI",))
    limits.check("ACGTACGT")
    with pytest.raises(SequenceError, match="a run of 5 C.*; EcoRI"):
        limits.check("GAATTCCCCC")


def test_frozen_positions_are_the_flanks_and_those_given():
    limits = DesignConstraints(left_flank="AC", right_flank="G", frozen_positions=(4, -2))
    assert np.flatnonzero(limits.frozen(8)).tolist() == [0, 1, 4, 6, 7]
    assert limits.with_flanks("TTTTTTTT") == "ACTTTTTG"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"gc": (0.6, 0.4)}, "minimum <= maximum"),
        ({"gc": 0.5}, "gc must be two fractions"),
        ({"gc": (0.5, 0.5), "gc_window": 5}, "no number of G and C in 5 bases"),
        ({"gc_window": 5}, "gc_window needs gc"),
        ({"gc": (0, 1), "gc_window": 0}, "gc_window must be at least 1"),
        ({"max_homopolymer": 0}, "max_homopolymer must be at least 1"),
        ({"max_homopolymer": 2.5}, "max_homopolymer must be a whole number"),
        ({"forbidden_sites": "EcoRI"}, "forbidden_sites is the string 'EcoRI'"),
        ({"forbidden_sites": ("EcoXYZ",)}, "'EcoXYZ' is neither DNA .* nor a restriction enzyme"),
        ({"forbidden_sites": ("",)}, "expected DNA or an enzyme's name"),
        ({"left_flank": "ACN"}, "left_flank must be a string of A, C, G and T"),
        ({"frozen_positions": (1.5,)}, "frozen_positions must be a whole number"),
    ],
)
def test_limits_out_of_range_are_refused_when_made(limits, why):
    with pytest.raises(SequenceError, match=why):
        DesignConstraints(**limits)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"left_flank": "ACGT", "right_flank": "A"}, "flanks of 4 and 1 bases do not fit"),
        ({"gc": (0, 1), "gc_window": 9}, "gc_window of 9 bases is longer"),
        ({"gc": (0.6, 0.7)}, "no number of G and C in 4 bases"),
        ({"frozen_positions": (4,)}, "frozen position 4 does not lie in a sequence of 4"),
    ],
)
def test_limits_that_do_not_fit_the_length_are_refused(limits, why):
    with pytest.raises(SequenceError, match=why):
        DesignConstraints(**limits).violations("ACGT")
