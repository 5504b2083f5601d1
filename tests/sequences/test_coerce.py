"""Whatever stands for sequences becomes one one-hot array."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from demo_widgets.errors import DemoWidgetsWarning, SequenceError
from demo_widgets.sequences import SequenceDataset, as_one_hot, one_hot_encode

STRINGS = ["ACGT", "TTGA"]
EXPECTED = one_hot_encode(STRINGS)


@pytest.mark.parametrize(
    "X",
    [
        STRINGS,
        tuple(STRINGS),
        np.array(STRINGS),
        np.array(STRINGS, object),
        pd.Series(STRINGS),
        SequenceDataset(STRINGS),
        EXPECTED,
        EXPECTED.astype(bool),
        EXPECTED.astype(np.int64).tolist(),
    ],
    ids=lambda X: type(X).__name__,
)
def test_every_kind_gives_the_same_array(X):
    result = as_one_hot(X)
    assert result.dtype == np.float32
    assert np.array_equal(result, EXPECTED)


def test_one_sequence_becomes_a_batch_of_one():
    assert as_one_hot("ACGT").shape == (1, 4, 4)
    assert as_one_hot(EXPECTED[0]).shape == (1, 4, 4)


def test_a_dataset_reports_its_ambiguous_bases_once_only():
    with pytest.warns(DemoWidgetsWarning, match="1 ambiguous"):
        data = SequenceDataset(["ACGN"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_one_hot(data)[0, 3].sum() == 0
        assert as_one_hot(data[0:1])[0, 3].sum() == 0


@pytest.mark.parametrize(
    "X",
    [None, 3, [1, 2], [], ["ACG", "AC"], [[[1, 0], [0, 1]]], [np.eye(4), np.eye(4)[:2]], {"a": 1}],
    ids=repr,
)
def test_errors_name_the_argument(X):
    with pytest.raises(SequenceError, match="my_input"):
        as_one_hot(X, name="my_input")
