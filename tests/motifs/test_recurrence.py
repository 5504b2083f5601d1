"""Clustering of sites: shifts, strands, several motifs, and nothing where there is nothing."""

import numpy as np
import pytest

from demo_widgets.errors import MotifError
from demo_widgets.motifs import Motif
from demo_widgets.motifs.alignment import best_alignment, merge_similar
from demo_widgets.motifs.recurrence import recurrent_motifs
from demo_widgets.motifs.seqlets import Seqlets
from demo_widgets.motifs.windows import best_windows, random_windows, windows_elsewhere
from demo_widgets.sequences import one_hot_encode, reverse_complement

A, B = "TGACTGGATC", "GGAAACCACA"


@pytest.fixture(scope="module")
def planted():
    """400 sequences: 200 hold A, 120 hold B, 80 nothing; any strand and place near 40."""
    rng = np.random.default_rng(0)
    sequences = rng.choice(list("ACGT"), (400, 80))
    truth = []
    for i, word in enumerate([A] * 200 + [B] * 120 + [""] * 80):
        if word:
            start, reverse = int(rng.integers(34, 44)), bool(rng.integers(2))
            site = reverse_complement(word) if reverse else word
            sequences[i, start : start + len(word)] = list(site)
            truth.append((i, start, "-" if reverse else "+"))
    X = one_hot_encode(["".join(row) for row in sequences])
    windows = {
        "sequence_index": np.arange(400),
        "start": np.full(400, 30),
        "end": np.full(400, 50),
    }
    controls = one_hot_encode(["".join(row) for row in rng.choice(list("ACGT"), (400, 80))])
    elsewhere = {**windows, "start": np.zeros(400, int), "end": np.full(400, 20)}
    return X, windows, controls, elsewhere, truth


def search(planted, X=None, **options):
    own, windows, controls, elsewhere, _ = planted
    X = own if X is None else X
    return recurrent_motifs(
        Seqlets.cut(X, windows),
        Seqlets.like(windows, controls),
        Seqlets.cut(X, elsewhere),
        **options,
    )


def test_two_planted_words_come_out_with_their_site_counts(planted):
    a, b = search(planted)
    assert (len(a), len(b)) == (10, 10)
    assert a.consensus in (A, reverse_complement(A))
    assert b.consensus in (B, reverse_complement(B))
    assert a.n_sites == pytest.approx(200, rel=0.15)
    assert b.n_sites == pytest.approx(120, rel=0.2)
    assert a.notes["focus"] > 5


def test_sites_point_at_the_planted_places_and_strands(planted):
    *_, truth = planted
    expected = {i: (start, strand) for i, start, strand in truth[:200]}
    a = search(planted)[0]
    flipped = a.consensus != A
    found = {
        s.sequence_index: (s.start, s.strand if not flipped else {"+": "-", "-": "+"}[s.strand])
        for s in a.sites.itertuples()
    }
    right = sum(found.get(i) == place for i, place in expected.items())
    assert right > 185


def test_random_sequences_hold_no_motif(planted):
    rng = np.random.default_rng(9)
    X = one_hot_encode(["".join(row) for row in rng.choice(list("ACGT"), (400, 80))])
    assert search(planted, X) == []


def test_at_most_max_motifs_of_at_least_min_sites(planted):
    assert len(search(planted, max_motifs=1)) == 1
    assert [m.n_sites > 150 for m in search(planted, min_sites=150)] == [True]


def test_alignment_finds_shift_and_strand():
    rng = np.random.default_rng(0)
    a = rng.dirichlet([0.2] * 4, 12)
    assert best_alignment(a, a) == (pytest.approx(1), 0, False)
    assert best_alignment(a, a[3:])[1:] == (3, False)
    assert best_alignment(a[3:], a)[1:] == (-3, False)
    assert best_alignment(a, a[::-1, ::-1][:9])[1:] == (3, True)
    unrelated = max(
        best_alignment(a, np.random.default_rng(s).dirichlet([0.2] * 4, 12))[0]
        for s in range(1, 20)
    )
    assert unrelated < 0.8


def test_one_motif_seen_twice_is_merged_with_its_sites():
    import pandas as pd

    motif = Motif.from_sites("big", [A] * 30)
    sites = pd.DataFrame({"sequence_index": [5], "start": [20], "end": [28], "strand": ["+"]})
    part = Motif.from_sites("small", [reverse_complement(A[2:])] * 10, sites=sites)
    whole = motif.renamed("big", sites=sites.assign(sequence_index=1, end=30))
    (merged,) = merge_similar([part, whole])
    assert (merged.name, merged.n_sites, merged.consensus) == ("big", 40, A)
    moved = merged.sites[merged.sites["sequence_index"] == 5].iloc[0]
    assert (moved["start"], moved["end"], moved["strand"]) == (20, 30, "-")
    assert merged.notes["merged"] == ["big", "small"]


def test_different_motifs_are_not_merged():
    assert len(merge_similar([Motif.from_sites("a", [A] * 9), Motif.from_sites("b", [B] * 9)])) == 2


def test_the_best_window_covers_what_stands_out():
    importance = np.random.default_rng(0).normal(0, 0.1, (5, 60))
    importance[:, 20:34] += 1
    found = best_windows(importance, per_sequence=2)
    first = slice(0, 5)
    assert (abs(found["start"][first] - 20) <= 1).all()
    assert (abs(found["end"][first] - 34) <= 1).all()
    width = found["end"] - found["start"]
    assert width.min() >= 9 and width.max() <= 20
    for i in range(5):
        (a, b), (c, d) = (
            (found["start"][k], found["end"][k])
            for k in np.flatnonzero(found["sequence_index"] == i)
        )
        assert b <= c or d <= a


@pytest.mark.parametrize("length", [8, 0])
def test_a_sequence_shorter_than_a_window_is_an_error(length):
    with pytest.raises(MotifError, match="shorter than a window"):
        best_windows(np.zeros((2, length)))


def test_random_windows_keep_sequence_and_width_and_stay_inside():
    windows = {
        "sequence_index": np.arange(50),
        "start": np.full(50, 3),
        "end": np.full(50, 18),
        "score": np.ones(50),
    }
    drawn = random_windows(windows, 40, seed=1)
    assert (drawn["end"] - drawn["start"] == 15).all()
    assert drawn["start"].min() >= 0 and drawn["end"].max() <= 40
    assert len(set(drawn["start"])) > 10
    np.testing.assert_array_equal(drawn["start"], random_windows(windows, 40, seed=1)["start"])


def test_windows_elsewhere_keep_clear_of_every_window_of_their_sequence():
    windows = {
        "sequence_index": np.repeat(np.arange(40), 2),
        "start": np.tile([20, 60], 40),
        "end": np.tile([32, 70], 40),
    }
    rest = windows_elsewhere(windows, 100, margin=3)
    assert len(rest["start"]) == 80
    for start, end in ((20, 32), (60, 70)):
        assert ((rest["end"] <= start - 3) | (rest["start"] >= end + 3)).all()
    assert rest["start"].min() >= 0 and rest["end"].max() <= 100
    full = {
        key: np.array([value]) for key, value in (("sequence_index", 0), ("start", 2), ("end", 28))
    }
    assert len(windows_elsewhere(full, 30)["start"]) == 0
