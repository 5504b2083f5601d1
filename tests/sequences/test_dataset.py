"""The dataset: its contents, its subsets, its split."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from demo_widgets.errors import DemoWidgetsWarning, SequenceError
from demo_widgets.sequences import SequenceDataset, one_hot_encode


def random_sequences(n: int, length: int = 12, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(row) for row in rng.choice(list("ACGT"), (n, length))]


@pytest.fixture
def data() -> SequenceDataset:
    truth = pd.DataFrame(
        {
            "sequence_index": [0, 2, 2],
            "motif": ["GATA", "GATA", "ETS"],
            "matrix_id": ["MA0035.3", "MA0035.3", "MA0028.1"],
            "start": [0, 1, 6],
            "end": [4, 5, 9],
            "strand": ["+", "-", "+"],
        }
    )
    return SequenceDataset(
        random_sequences(4),
        names=["a", "b", "c", "d"],
        labels=[1, 0, 1, 0],
        metadata={"pair": [0, 0, 1, 1]},
        truth=truth,
        name="toy",
    )


def test_one_hot_is_made_once_and_cannot_be_written(data):
    assert data.one_hot is data.one_hot
    assert np.array_equal(data.one_hot, one_hot_encode(data.sequences))
    with pytest.raises(ValueError, match="read-only"):
        data.one_hot[0] = 0


def test_sequences_are_upper_case_dna():
    assert SequenceDataset(["acgu", "ACGT"]).sequences == ["ACGT", "ACGT"]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (2, ["c"]),
        (-1, ["d"]),
        (np.int64(1), ["b"]),
        (slice(1, 3), ["b", "c"]),
        (slice(None, None, -1), ["d", "c", "b", "a"]),
        (np.array([True, False, True, False]), ["a", "c"]),
        ([False, True, False, False], ["b"]),
        ([3, 0, -2], ["d", "a", "c"]),
        ([], []),
        (np.zeros(4, bool), []),
    ],
    ids=repr,
)
def test_indexing_takes_everything_along(data, key, names):
    subset = data[key]
    rows = [data.names.index(name) for name in names]
    assert subset.names == names
    assert subset.sequences == [data.sequences[row] for row in rows]
    assert subset.labels.tolist() == data.labels[rows].tolist()
    assert subset.metadata["pair"].tolist() == data.metadata["pair"].iloc[rows].tolist()
    assert np.array_equal(subset.one_hot, data.one_hot[rows])
    assert subset.length == data.length


def test_truth_follows_its_sequences(data):
    subset = data[[2, 3, 0]]
    assert subset.truth["sequence_index"].tolist() == [0, 0, 2]
    assert subset.truth["motif"].tolist() == ["GATA", "ETS", "GATA"]
    assert subset.truth["start"].tolist() == [1, 6, 0]


def test_a_bad_index_says_what_is_possible(data):
    with pytest.raises(IndexError, match="sequence 4 of a dataset of 4"):
        data[4]
    with pytest.raises(SequenceError, match=r"data\.names\.index"):
        data["a"]
    with pytest.raises(SequenceError, match=r"mask has shape \(2,\)"):
        data[[True, False]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [0, 1, 2]}, r"labels\[2\] is .*2.*expected 1"),
        ({"labels": ["0", "1", "1"]}, r"labels\[0\]"),
        ({"labels": [0, 1]}, r"shape \(2,\); expected \(3,\)"),
        ({"labels": [0, 1, float("nan")]}, r"labels\[2\]"),
        ({"names": ["x", "y", "x"]}, "1 occur more than once .'x'"),
        ({"names": ["x"]}, "1 names for 3"),
        ({"metadata": {"pair": [1]}}, "metadata has 1 rows for 3"),
        ({"truth": pd.DataFrame({"start": [1]})}, "truth lacks the columns"),
        (
            {
                "truth": pd.DataFrame(
                    {
                        "sequence_index": [3],
                        "motif": ["m"],
                        "matrix_id": [""],
                        "start": [0],
                        "end": [4],
                        "strand": ["+"],
                    }
                )
            },
            "row 0 of truth lies outside",
        ),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(SequenceError, match=message):
        SequenceDataset(["ACGT", "ACGA", "ACGC"], **arguments)


@pytest.mark.parametrize("bad", [[], ["ACG", "AC"], "ACGT", ["ACE"]])
def test_sequences_that_are_no_dataset_are_refused(bad):
    with pytest.raises(SequenceError):
        SequenceDataset(bad)


def test_ambiguous_bases_are_reported_under_the_datasets_name():
    with pytest.warns(DemoWidgetsWarning, match="mine: 2 ambiguous bases .N 2. in 1 of 2"):
        SequenceDataset(["ACGT", "NNGT"], name="mine")


@pytest.mark.parametrize("labels", [None, np.tile([1, 0], 100), np.arange(200) < 20])
def test_a_split_keeps_every_sequence_once_and_repeats_with_its_seed(labels):
    data = SequenceDataset(random_sequences(200), labels=labels)
    train, held_out = data.split(validation=0.1, seed=3)
    assert sorted(train.names + held_out.names) == data.names
    assert len(held_out) == 20
    assert data.split(0.1, seed=3)[1].names == held_out.names
    assert data.split(0.1, seed=4)[1].names != held_out.names


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.5])
def test_a_split_keeps_the_share_of_bound_sequences(share):
    labels = np.arange(400) % 5 == 0
    train, held_out = SequenceDataset(random_sequences(400), labels=labels).split(share)
    assert held_out.labels.mean() == pytest.approx(0.2, abs=0.03)
    assert train.labels.mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_pair_that_pandas_calls_missing_is_no_pair(missing):
    pair = pd.Series([1, 1, missing, missing, 2, 2], dtype=object)
    data = SequenceDataset(random_sequences(6), metadata={"pair": pair})
    train, held_out = data.split(validation=0.4, seed=3)
    assert len(train) + len(held_out) == 6
    assert not set(train.metadata["pair"].dropna()) & set(held_out.metadata["pair"].dropna())


@pytest.mark.parametrize("labelled", [True, False])
def test_a_split_never_parts_a_pair(labelled):
    pair = np.concatenate([np.arange(60), np.arange(60), np.full(30, np.nan)])
    labels = np.concatenate([np.ones(60), np.zeros(60), np.tile([0, 1], 15)]).astype(int)
    data = SequenceDataset(
        random_sequences(150), labels=labels if labelled else None, metadata={"pair": pair}
    )
    for seed in range(5):
        train, held_out = data.split(0.2, seed=seed)
        shared = set(train.metadata["pair"].dropna()) & set(held_out.metadata["pair"].dropna())
        assert not shared
        assert len(held_out) == pytest.approx(30, abs=2)
        if labelled:
            assert held_out.labels.mean() == pytest.approx(0.5, abs=0.05)


def test_both_classes_reach_both_sides_however_small_the_share():
    labels = [1, 1] + [0] * 20
    train, held_out = SequenceDataset(random_sequences(22), labels=labels).split(0.05)
    assert set(train.labels) == set(held_out.labels) == {0, 1}


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(SequenceError, match="between 0 and 1"):
        SequenceDataset(random_sequences(4)).split(share)


def test_what_cannot_be_split_is_refused():
    with pytest.raises(SequenceError, match="at least two groups"):
        SequenceDataset(["ACGT"]).split()
    with pytest.raises(SequenceError, match="at least two groups"):
        SequenceDataset(["ACGT", "ACGA"], metadata={"pair": [7, 7]}).split()


def test_the_frame_holds_names_sequences_labels_and_metadata(data):
    frame = data.to_frame()
    assert frame.columns.tolist() == ["name", "sequence", "label", "pair"]
    assert frame["sequence"].tolist() == data.sequences
    clash = SequenceDataset(["AC"], metadata={"name": ["x"]}).to_frame()
    assert clash.columns.tolist() == ["name", "sequence", "metadata_name"]
    assert SequenceDataset(["AC"]).to_frame().columns.tolist() == ["name", "sequence"]


def test_the_fingerprint_tells_sequences_and_labels_apart(data):
    same = SequenceDataset(data.sequences, labels=data.labels, name="other name")
    assert data.fingerprint() == same.fingerprint()
    others = [
        SequenceDataset(data.sequences),
        SequenceDataset(data.sequences, labels=1 - data.labels),
        SequenceDataset(data.sequences[::-1], labels=data.labels),
    ]
    assert len({data.fingerprint(), *(other.fingerprint() for other in others)}) == 4


def test_a_dataset_can_be_copied_and_pickled(data):
    for clone in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert clone.fingerprint() == data.fingerprint()
        assert np.array_equal(clone.one_hot, data.one_hot)


def test_iterating_gives_one_sequence_at_a_time(data):
    assert [one.names for one in data] == [["a"], ["b"], ["c"], ["d"]]


def test_repr_tells_size_and_classes(data):
    assert repr(data) == "SequenceDataset('toy': 4 x 12 bases, 2 bound, 2 unbound)"
