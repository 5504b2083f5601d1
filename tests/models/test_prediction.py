"""Predictions are the model's own, whatever form the sequences have."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.errors import ModelError
from demo_widgets.models import predict
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_predictions_are_the_models_own(build):
    model, X = build(), one_hot(10, 30)
    np.testing.assert_allclose(predict(model, X), np.asarray(model(X))[:, 1], atol=1e-6)
    np.testing.assert_allclose(predict(model, X, target=0), np.asarray(model(X))[:, 0], atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_batch_size_changes_nothing(batch_size):
    model, X = build_cnn(), one_hot(70, 20)
    expected = predict(model, X)
    np.testing.assert_allclose(predict(model, X, batch_size=batch_size), expected, atol=1e-6)
    assert sequence_model(model).trace_count() == 1


def test_strings_are_the_same_as_their_one_hot():
    model = build_cnn()
    X = np.eye(4, dtype="float32")[[[0, 1, 2, 3, 3], [3, 3, 2, 0, 0]]]
    np.testing.assert_allclose(predict(model, ["ACGTT", "TTGAA"]), predict(model, X))
    assert predict(model, "ACGTT").shape == (1,)


def test_reverse_complement_averages_both_strands():
    model, X = build_rnn(), one_hot(6, 15)
    both = (predict(model, X) + predict(model, X[:, ::-1, ::-1])) / 2
    np.testing.assert_allclose(predict(model, X, reverse_complement=True), both)
    turned = predict(model, X[:, ::-1, ::-1], reverse_complement=True)
    np.testing.assert_allclose(turned, both, atol=1e-7)


def test_input_is_unchanged():
    X = one_hot(3, 12)
    copy = X.copy()
    predict(build_cnn(), X, reverse_complement=True)
    np.testing.assert_array_equal(X, copy)


def test_a_batch_size_of_zero_is_refused():
    with pytest.raises(ModelError, match="batch_size must be at least 1, got 0"):
        predict(build_cnn(), one_hot(1, 9), batch_size=0)
