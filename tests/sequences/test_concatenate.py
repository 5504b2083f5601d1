from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset, concatenate, simulate_motif_dataset


@pytest.fixture(scope="module")
def parts():
    options = {"n_sequences": 20, "length": 40}
    gata = simulate_motif_dataset("MA0035.3", seed=1, **options)
    tal = simulate_motif_dataset("MA0091.1", seed=2, **options)
    return gata, tal


def test_sequences_and_labels_stand_one_after_another(parts):
    both = concatenate(parts, renumber=True)
    assert both.sequences == parts[0].sequences + parts[1].sequences
    np.testing.assert_array_equal(both.labels, [*parts[0].labels, *parts[1].labels])
    assert both.names[0] == "seq_00001" and both.names[-1] == "seq_00040"


def test_truth_points_at_the_same_bases_as_before(parts):
    both = concatenate(parts, renumber=True)

    def sites(data):
        rows = data.truth[["sequence_index", "matrix_id", "start", "end"]]
        return [(m, data.sequences[i][a:b]) for i, m, a, b in rows.itertuples(index=False)]

    assert sites(both) == sites(parts[0]) + sites(parts[1])


def test_pairs_of_two_datasets_stay_apart(parts):
    both = concatenate(parts, renumber=True)
    pair = both.metadata["pair"].to_numpy()
    assert pair.dtype.kind == "i"
    ids, sizes = np.unique(pair, return_counts=True)
    assert len(ids) == 20 and set(sizes) == {2}
    for first, second in (np.flatnonzero(pair == each) for each in ids):
        assert sorted(both.sequences[first]) == sorted(both.sequences[second])


def test_a_dataset_without_pairs_has_missing_ones():
    paired = SequenceDataset(["AC", "CA"], names=["a", "b"], metadata={"pair": [7, 7]})
    partly = SequenceDataset(["GG", "GT"], names=["c", "d"], metadata={"pair": [np.nan, 7]})
    single = SequenceDataset(["TT"], names=["e"])
    joined = concatenate([paired, partly, single])
    expected = pd.DataFrame({"pair": [0, 0, np.nan, 1, np.nan]})
    pd.testing.assert_frame_equal(joined.metadata, expected)
    assert joined.names == ["a", "b", "c", "d", "e"]


def test_one_dataset_comes_back_equal(parts):
    alone = concatenate(parts[:1])
    assert alone.fingerprint() == parts[0].fingerprint()
    assert (alone.name, alone.source) == (parts[0].name, parts[0].source)
    pd.testing.assert_frame_equal(alone.truth, parts[0].truth)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (SequenceDataset(["ACG"], labels=[1]), "bases; expected one length"),
        (SequenceDataset(["AC"], names=["x"]), "'sequences' has no labels"),
        (SequenceDataset(["AC"], labels=[0]), "names must be unique"),
    ],
)
def test_datasets_that_do_not_go_together_are_refused(second, message):
    first = SequenceDataset(["AC"], labels=[1])
    with pytest.raises(SequenceError, match=message):
        concatenate([first, second])


def test_truth_known_for_some_alone_is_refused(parts):
    with pytest.raises(SequenceError, match="'noted' has no truth"):
        unknown = SequenceDataset(["A" * 40], labels=[0], name="noted")
        concatenate([parts[0], unknown], renumber=True)


@pytest.mark.parametrize("nothing", [[], SequenceDataset(["AC"])])
def test_only_a_list_of_datasets_is_taken(nothing):
    with pytest.raises(SequenceError, match="expected a list of SequenceDatasets"):
        concatenate(nothing)
