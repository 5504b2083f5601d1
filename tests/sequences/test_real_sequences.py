"""The real ENCODE files read as their provenance says."""

from __future__ import annotations

import time

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsWarning, ReadError
from demo_widgets.sequences import read_sequences

pytestmark = pytest.mark.real_data

GATA1 = "deepmotif_k562/GATA1_K562_GATA-1_USC"
ELK1 = "deepbind_encode/ELK1_GM12878_ELK1_(1277-1)_Stanford"
REGION = "hg19_chr22_region"


def test_gata1_train_alternates_and_pairs_each_record_with_the_one_above(real_data):
    data = read_sequences(real_data / GATA1 / "train.fa.gz")
    assert (len(data), data.length, data.name) == (7148, 101, "train")
    assert np.array_equal(data.labels, np.tile([1, 0], 3574))
    pair = data.metadata["pair"].to_numpy().reshape(-1, 2)
    assert np.array_equal(pair[:, 0], pair[:, 1])
    assert len(np.unique(pair)) == 3574


def test_gata1_test_is_bound_first_and_still_paired(real_data):
    data = read_sequences(real_data / GATA1 / "test.fa.gz")
    assert np.array_equal(data.labels, np.repeat([1, 0], 500))
    pair = data.metadata["pair"].to_numpy()
    assert np.array_equal(np.sort(pair[:500]), np.sort(pair[500:]))


def test_a_split_of_gata1_is_even_and_keeps_pairs(real_data):
    train, held_out = read_sequences(real_data / GATA1 / "train.fa.gz").split(0.1, seed=0)
    assert len(held_out) == pytest.approx(715, abs=2)
    assert held_out.labels.mean() == 0.5
    assert not set(train.metadata["pair"]) & set(held_out.metadata["pair"])


def test_deepbind_tables_read_with_and_without_negatives(real_data):
    bound = read_sequences(real_data / f"{ELK1}_AC.seq.gz")
    assert (len(bound), bound.labels.min(), bound.names[0]) == (5084, 1, "seq_00001_peak")
    both = read_sequences(real_data / f"{ELK1}_AC.seq.gz", negatives="dinucleotide")
    assert (len(both), both.labels.sum()) == (10168, 5084)
    test = read_sequences(real_data / f"{ELK1}_B.seq.gz")
    assert test.labels.tolist() == [1] * 500 + [0] * 500
    assert test.metadata["pair"].notna().all()


@pytest.mark.parametrize(("tf", "peaks", "usable"), [("CTCF", 213, 141), ("JUND", 182, 120)])
def test_peaks_of_the_region_are_cut_and_those_in_n_are_counted(real_data, tf, peaks, usable):
    path = real_data / REGION / f"{tf}_K562.narrowPeak.gz"
    genome = real_data / REGION / "genome.fa.gz"
    with pytest.warns(DemoWidgetsWarning, match=f"{peaks - usable} of {peaks} windows"):
        data = read_sequences(path, genome=genome)
    assert (len(data), data.length) == (usable, 101)
    with pytest.raises(ReadError, match=f"{peaks - usable} of {peaks} windows"):
        read_sequences(path, genome=genome, strict=True)


def test_every_real_file_reads_within_seconds(real_data):
    started = time.process_time()
    for path in sorted(real_data.glob("deep*/**/*.gz")):
        assert read_sequences(path).length == 101
    assert time.process_time() - started < 10
