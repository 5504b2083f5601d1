"""Agreement of methods, the warning of saturation, and the gap between the strands."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import spearmanr

from demo_widgets.errors import SequenceError
from demo_widgets.interpret import (
    attribute,
    method_agreement,
    saturation_warnings,
    strand_gap,
)
from demo_widgets.models import predict
from demo_widgets.models.networks import build_cnn
from demo_widgets.sequences import reverse_complement


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 20)), rng.integers(-2, 3, size=(3, 20))
    result = method_agreement(a, b)
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(result.rank_correlation, expected, atol=1e-12)


def test_signs_are_counted_where_both_have_one():
    result = method_agreement([1.0, -2.0, 3.0, 0.0], [2.0, 1.0, 5.0, -1.0])
    assert result.same_sign.tolist() == [[1, -1, 1, 0]]
    assert result.sign_agreement[0] == pytest.approx(2 / 3) and result.signed


def test_without_a_sign_the_sizes_are_ranked():
    unsigned, signed = [1.0, 2.0, 3.0], [-1.0, 2.0, -3.0]
    result = method_agreement(unsigned, signed)
    assert not result.signed and result.rank_correlation[0] == pytest.approx(1)
    assert (result.same_sign == 0).all() and np.isnan(result.sign_agreement[0])


def test_whether_a_method_has_a_sign_is_read_from_the_table():
    model, X = build_cnn(), one_hot(2, 12)
    saliency, mutagenesis = (
        attribute(model, X, method=method) for method in ("saliency", "in_silico_mutagenesis")
    )
    assert not method_agreement(saliency, mutagenesis).signed
    agreed = method_agreement(mutagenesis, mutagenesis)
    assert agreed.signed
    np.testing.assert_allclose(agreed.rank_correlation, 1)
    np.testing.assert_allclose(agreed.sign_agreement, 1)


def test_a_constant_attribution_has_no_rank_correlation():
    result = method_agreement([0.0, 0.0, 0.0], [1.0, -2.0, 3.0])
    assert np.isnan(result.rank_correlation[0])
    assert "hardly depends" in saturation_warnings([0.0, 0.0], [1.0, 2.0])[0]


def _two_site_model() -> keras.Model:
    """Is there a GATA: the first maximum gets the whole gradient, a second site none."""
    model = keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(1, 4),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    kernel = -np.ones((4, 4, 1))
    for position, base in enumerate("GATA"):
        kernel[position, "ACGT".index(base)] = 1 + position / 4
    model.layers[0].kernel.assign(kernel)
    model.layers[-1].kernel.assign([[1.0]])
    return model


@pytest.mark.parametrize(
    ("sequence", "saturated"), [("CCGATACCCCCCCC", False), ("CCGATACCGATACC", True)]
)
def test_a_second_site_is_warned_of(sequence, saturated):
    model = _two_site_model()
    saliency, mutagenesis = (
        attribute(model, sequence, method=method)
        for method in ("saliency", "in_silico_mutagenesis")
    )
    warning = saturation_warnings(saliency, mutagenesis)[0]
    assert (warning is not None) == saturated


def test_the_warning_gives_the_correlation_and_the_threshold():
    saliency, mutagenesis = [3.0, 2.0, 1.0, 4.0], [-1.0, 2.0, -3.0, 1.5]
    rho = method_agreement(saliency, mutagenesis).rank_correlation[0]
    [warning] = saturation_warnings(saliency, mutagenesis)
    assert f"rank correlation {rho:.2f}, below 0.5" in warning
    assert saturation_warnings(saliency, mutagenesis, threshold=-1.0) == [None]


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (np.zeros((2, 5)), np.zeros((2, 6)), r"\(2, 5\) and b of \(2, 6\)"),
        (np.zeros((2, 5, 4)), np.zeros((2, 5)), "a has shape"),
        ([np.nan, 1.0], [1.0, 2.0], "finite"),
        ([1.0, 2.0], "saliency", "b is a str"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, b, why):
    with pytest.raises(SequenceError, match=why):
        method_agreement(a, b)


def test_strand_gap_is_reverse_complement_minus_forward():
    model, X = build_cnn(), one_hot(5, 14)
    result = strand_gap(model, X)
    np.testing.assert_allclose(result.probabilities, predict(model, X), atol=1e-6)
    other = predict(model, reverse_complement(X))
    np.testing.assert_allclose(result.probability_gap, other - predict(model, X), atol=1e-6)
    np.testing.assert_allclose(result.score_gap, result.reverse_scores - result.scores, atol=1e-6)
    assert np.abs(result.score_gap).max() > 1e-3


def test_a_palindrome_has_no_strand_gap():
    assert strand_gap(build_cnn(), "GAATTC").score_gap[0] == pytest.approx(0, abs=1e-6)
