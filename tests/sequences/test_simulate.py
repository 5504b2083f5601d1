"""Simulated sets: what was planted is there, and the truth table says where."""

from __future__ import annotations

from math import comb, factorial

import numpy as np
import pytest

from demo_widgets.errors import MotifError, SequenceError
from demo_widgets.motifs import jaspar
from demo_widgets.sequences import reverse_complement, simulate_motif_dataset
from demo_widgets.sequences.jaspar_releases import fetch_matrix
from demo_widgets.sequences.planting import place_anywhere
from demo_widgets.sequences.random_dna import HUMAN_DINUCLEOTIDES, sample_background
from demo_widgets.sequences.shuffle import dinucleotide_counts

GATA, CTCF = "MA0035.3", "MA0139.1"


def planted_sites(data, motif: str) -> list[str]:
    """Each planted site of a motif, read on its own strand."""
    sites = []
    for row in data.truth[data.truth["motif"] == motif].itertuples():
        site = data.sequences[row.sequence_index][row.start : row.end]
        sites.append(site if row.strand == "+" else reverse_complement(site))
    return sites


def test_the_same_seed_gives_the_same_data():
    first = simulate_motif_dataset([GATA], n_sequences=50, seed=4)
    again = simulate_motif_dataset([GATA], n_sequences=50, seed=4)
    assert first.fingerprint() == again.fingerprint()
    assert first.truth.equals(again.truth)
    other = simulate_motif_dataset([GATA], n_sequences=50, seed=5)
    assert first.fingerprint() != other.fingerprint()


def test_every_bound_sequence_holds_one_site_and_no_unbound_one_does():
    data = simulate_motif_dataset(GATA, n_sequences=400, length=80)
    assert (len(data), data.length, int(data.labels.sum())) == (400, 80, 200)
    assert sorted(data.truth["sequence_index"]) == np.flatnonzero(data.labels).tolist()
    assert set(data.truth["strand"]) == {"+", "-"}
    assert data.truth["start"].min() >= 0 and data.truth["end"].max() <= 80
    # Uniform places: both ends of the range are reached.
    assert data.truth["start"].min() < 5 and data.truth["end"].max() > 75


def test_sites_are_drawn_from_the_motifs_frequencies():
    data = simulate_motif_dataset([GATA], n_sequences=4000, seed=2)
    matrix = fetch_matrix(GATA, "JASPAR2024")
    letters = np.array([list(site) for site in planted_sites(data, matrix.name)])
    observed = np.stack([(letters == base).mean(0) for base in "ACGT"], axis=1)
    assert np.abs(observed - matrix.frequencies).max() < 0.05
    assert (observed[matrix.frequencies == 0] == 0).all()


def test_unbound_sequences_are_shuffles_of_their_partners():
    data = simulate_motif_dataset([GATA], n_sequences=60)
    counts = dinucleotide_counts(data.codes)
    for _, rows in data.metadata.groupby("pair").groups.items():
        bound, unbound = sorted(rows, key=lambda row: -data.labels[row])
        assert (data.labels[bound], data.labels[unbound]) == (1, 0)
        assert np.array_equal(counts[bound], counts[unbound])


def test_two_motifs_never_overlap_and_stand_in_both_orders():
    data = simulate_motif_dataset([GATA, CTCF], n_sequences=300, length=60)
    orders = set()
    for _, sites in data.truth.groupby("sequence_index"):
        left, right = sites.sort_values("start").itertuples()
        assert left.end <= right.start
        orders.add(left.matrix_id)
    assert orders == {GATA, CTCF}


@pytest.mark.parametrize(("widths", "length"), [([3], 6), ([2, 1], 6), ([1, 2, 1], 6)])
def test_every_arrangement_of_the_sites_is_as_likely(widths, length):
    n, k = 60_000, len(widths)
    starts = place_anywhere(n, widths, length, np.random.default_rng(0))
    order = starts.argsort(axis=1)
    ends = np.take_along_axis(starts + widths, order, axis=1)
    assert (np.take_along_axis(starts, order, axis=1)[:, 1:] >= ends[:, :-1]).all()
    counts = np.unique(starts, axis=0, return_counts=True)[1]
    free = length - sum(widths)
    assert len(counts) == comb(free + k, k) * factorial(k)
    expected = n / len(counts)
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


def arrangement_of(sites) -> tuple[str, int]:
    """Order of two sites as read on their common strand, and the bases between them."""
    left, right = sites.sort_values("start").itertuples()
    assert left.strand == right.strand
    first = left if left.strand == "+" else right
    return ("A..B" if first.matrix_id == GATA else "B..A"), right.start - left.end


def test_with_a_spacing_only_order_and_spacing_tell_bound_from_unbound():
    data = simulate_motif_dataset([GATA, CTCF], n_sequences=400, spacing=7, seed=1)
    assert len(data.truth) == 2 * len(data)
    seen = {"A..B": 0, "B..A": 0, "other spacing": 0}
    for index, sites in data.truth.groupby("sequence_index"):
        order, gap = arrangement_of(sites)
        kind = data.metadata["arrangement"][index]
        seen[kind] += 1
        assert order == ("B..A" if kind == "B..A" else "A..B")
        assert (abs(gap - 7) >= 3) if kind == "other spacing" else (gap == 7)
        assert data.labels[index] == (kind == "A..B")
    assert seen == {"A..B": 200, "B..A": 100, "other spacing": 100}
    assert set(data.truth["strand"]) == {"+", "-"}


def test_forward_strand_only_on_request():
    data = simulate_motif_dataset([GATA], n_sequences=100, both_strands=False)
    assert set(data.truth["strand"]) == {"+"}


def test_background_negatives_hold_no_planted_site_and_no_partner():
    data = simulate_motif_dataset([GATA], n_sequences=100, negatives="background")
    assert data.truth["sequence_index"].isin(np.flatnonzero(data.labels)).all()
    assert "pair" not in data.metadata


def test_more_unbound_than_bound_sequences_share_their_sources():
    data = simulate_motif_dataset([GATA], n_sequences=100, bound_fraction=0.2)
    assert int(data.labels.sum()) == 20
    assert data.metadata["pair"].value_counts().tolist() == [5] * 20


def test_a_matrix_of_ones_own_is_planted():
    matrix = np.eye(4)[[2, 0, 3, 0, 0, 1, 1, 1]]
    data = simulate_motif_dataset(matrix, n_sequences=20, length=30)
    assert planted_sites(data, "custom") == ["GATAACCC"] * 10


def test_the_background_has_the_dinucleotides_of_the_human_genome():
    assert HUMAN_DINUCLEOTIDES.sum() == pytest.approx(1)
    complement = HUMAN_DINUCLEOTIDES[::-1, ::-1].T
    assert np.allclose(HUMAN_DINUCLEOTIDES, complement)
    codes = sample_background(2000, 200, HUMAN_DINUCLEOTIDES, np.random.default_rng(0))
    observed = dinucleotide_counts(codes).sum(0)[:4, :4]
    assert np.allclose(observed / observed.sum(), HUMAN_DINUCLEOTIDES, atol=0.002)


def test_a_background_can_be_learnt_from_sequences():
    only_ac = simulate_motif_dataset(
        [np.eye(4)[[0, 1]]],
        n_sequences=20,
        background=["ACACACGTGT", "CATG"],
        both_strands=False,
    )
    assert not any("AA" in sequence for sequence in only_ac.sequences)


def test_a_motif_is_found_by_id_by_base_id_and_by_name():
    assert fetch_matrix("MA0035.3", "JASPAR2024").matrix_id == "MA0035.3"
    assert fetch_matrix("MA0035", "JASPAR2024").matrix_id != "MA0035.3"
    assert fetch_matrix("CTCFL", "JASPAR2018").name == "CTCFL"


@pytest.mark.parametrize("release", ["2018", 2018, "jaspar2018", "JASPAR2018"])
@pytest.mark.parametrize("motif", ["MA0035", "ma0035.3", " MA0035.3 "])
def test_release_and_id_are_read_as_the_motif_database_reads_them(release, motif):
    found, known = fetch_matrix(motif, release), jaspar(release, matrix_id=motif)[0]
    assert found.matrix_id == known.matrix_id
    np.testing.assert_allclose(found.frequencies, known.frequencies)
    assert simulate_motif_dataset(motif, release=release, n_sequences=10).length == 101


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"motifs": ["MA9999.9"]}, MotifError, "'MA9999.9' is neither a matrix id nor"),
        ({"motifs": ["ma0035.9"]}, MotifError, "no matrix 'ma0035.9'; it holds MA0035.1, MA0035.2"),
        ({"motifs": ["GATA1"]}, MotifError, r"matches 2 matrices of JASPAR2024: MA.*give a matrix"),
        ({"motifs": [3]}, MotifError, "3 is a int"),
        ({"motifs": np.ones((4, 5))}, MotifError, r"shape \(4, 5\)"),
        ({"motifs": np.zeros((4, 4))}, MotifError, "all-zero rows"),
        ({"release": "JASPAR1999"}, MotifError, "use one of .*JASPAR2024"),
        ({"motifs": []}, SequenceError, "motifs is empty"),
        ({"length": 5}, SequenceError, "need 11 bases"),
        ({"spacing": 3}, SequenceError, "exactly two motifs"),
        ({"motifs": [GATA, CTCF], "spacing": -1}, SequenceError, "0 or more"),
        ({"motifs": [GATA, CTCF], "spacing": 90}, SequenceError, "need 120 bases"),
        ({"motifs": [GATA, CTCF], "spacing": 0, "length": 31}, SequenceError, "raise length"),
        ({"negatives": "arrangement"}, SequenceError, "needs spacing="),
        ({"negatives": "none"}, SequenceError, "choose from dinucleotide"),
        ({"n_sequences": 10.5}, SequenceError, "n_sequences is 10.5; expected a whole number"),
        ({"length": "101"}, SequenceError, "length is '101'"),
        ({"n_sequences": 1}, SequenceError, "one class empty"),
        ({"bound_fraction": 1.0}, SequenceError, "one class empty"),
        ({"background": np.ones((3, 3))}, SequenceError, "background must be"),
        ({"background": ["AAAA"]}, SequenceError, "background must be"),
    ],
)
def test_what_cannot_be_simulated_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate_motif_dataset(**({"motifs": [GATA], "n_sequences": 10} | arguments))
