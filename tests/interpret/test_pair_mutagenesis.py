"""Pair mutagenesis against the slow loop and against models whose interactions are known."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import Cancelled, SequenceError
from demo_widgets.interpret import in_silico_mutagenesis, pair_mutagenesis
from demo_widgets.models.networks import build_cnn, build_rnn
from demo_widgets.models.score import sequence_model


def one_hot(length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=length)]


def motif_model(motif: str, *, threshold: float) -> keras.Model:
    """``relu(matches of the best window - threshold)``, read through one sigmoid."""
    model = keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(1, len(motif), activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    kernel = np.zeros((len(motif), 4, 1))
    for position, base in enumerate(motif):
        kernel[position, "ACGT".index(base)] = 1
    model.layers[0].kernel.assign(kernel)
    model.layers[0].bias.assign([-threshold])
    model.layers[-1].kernel.assign([[1.0]])
    return model


@pytest.mark.parametrize("build", [build_cnn, build_rnn])
def test_interactions_equal_the_loop_over_pairs(build):
    model, x = build(), one_hot(8)
    result = pair_mutagenesis(model, x, (2, 6))

    def score(*mutations):
        mutant = x.copy()
        for position, base in mutations:
            mutant[position] = np.eye(4)[base]
        return sequence_model(model).score_and_predict(mutant[None])[0][0]

    expected = np.zeros((4, 4, 4, 4))
    for i, j, a, b in np.ndindex(expected.shape):
        if i != j:
            one, other = (i + 2, a), (j + 2, b)
            expected[i, j, a, b] = score(one, other) - score(one) - score(other) + score()
    np.testing.assert_allclose(result.interactions, expected, atol=1e-5)
    assert (result.start, result.end) == (2, 6)


def test_single_effects_are_those_of_mutagenesis():
    model, x = build_cnn(), one_hot(9)
    result = pair_mutagenesis(model, x, (1, 5))
    single = in_silico_mutagenesis(model, x)
    np.testing.assert_allclose(result.effects, single.effects[0, 1:5], atol=1e-6)
    assert result.reference_score == pytest.approx(single.reference_scores[0], abs=1e-6)


def test_a_linear_model_has_no_interactions():
    model = keras.Sequential([layers.Input((7, 4)), layers.Flatten(), layers.Dense(1)])
    np.testing.assert_allclose(pair_mutagenesis(model, one_hot(7)).interactions, 0, atol=1e-5)


def test_bases_of_one_site_stand_in_for_each_other():
    """With a threshold one match below the whole motif, the second loss costs nothing more."""
    result = pair_mutagenesis(motif_model("GATA", threshold=3), "CCGATACC", (2, 6))
    off_diagonal = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(result.summary[off_diagonal], 1, atol=1e-6)


def test_two_sites_back_each_other_up():
    """Losing either of two equal sites costs nothing, losing both costs everything."""
    result = pair_mutagenesis(motif_model("GATA", threshold=3), "GATACCGATA")
    assert np.allclose(result.effects, 0)
    np.testing.assert_allclose(result.summary[:4, 6:], -1, atol=1e-6)
    np.testing.assert_allclose(result.summary[:4, :4], 0, atol=1e-6)


def test_the_summary_is_the_value_of_largest_magnitude_and_symmetric():
    result = pair_mutagenesis(build_cnn(), one_hot(6))
    np.testing.assert_array_equal(result.summary, result.summary.T)
    np.testing.assert_array_equal(result.interactions, result.interactions.transpose(1, 0, 3, 2))
    np.testing.assert_array_equal(
        np.abs(result.summary), np.abs(result.interactions).max(axis=(2, 3))
    )
    chosen = result.interactions.reshape(6, 6, 16) == result.summary[..., None]
    assert chosen.any(axis=-1).all() and (result.summary < 0).any()


def test_at_n_every_base_is_a_substitution():
    model, x = build_cnn(), one_hot(5)
    x[2] = 0
    interactions = pair_mutagenesis(model, x).interactions
    assert (interactions[2, 0] != 0).sum() == 12 and (interactions[1, 0] != 0).sum() <= 9


@pytest.mark.parametrize("batch_size", [1, 7, 1024])
def test_batch_size_changes_nothing(batch_size):
    model, x = build_cnn(), one_hot(6)
    expected = pair_mutagenesis(model, x).interactions
    result = pair_mutagenesis(model, x, batch_size=batch_size)
    np.testing.assert_allclose(result.interactions, expected, atol=1e-5)
    assert sequence_model(model).trace_count() == 1


def test_progress_is_told_and_cancel_stops():
    model, x = build_cnn(), one_hot(4)
    cancel, seen = threading.Event(), []
    pair_mutagenesis(model, x, batch_size=30, on_progress=lambda *done: seen.append(done))
    assert seen == [(0, 66), (12, 66), (42, 66), (66, 66)]
    cancel.set()
    with pytest.raises(Cancelled, match="pair mutagenesis was cancelled after 0 of 66"):
        pair_mutagenesis(model, x, cancel=cancel)


@pytest.mark.parametrize(
    ("X", "window", "why"),
    [
        (["ACGT", "ACGT"], None, "X holds 2 sequences"),
        ("ACGT", (2, 9), r"0 <= start < end <= 4.*got \(2, 9\)"),
        ("ACGT", (3, 3), "start < end"),
        ("ACGT", (-2, 3), "0 <= start"),
        ("ACGT", (0.5, 3), "two whole numbers"),
        ("ACGT", 3, "two whole numbers"),
        ("A" * 61, None, "61 bases; at most 60"),
    ],
)
def test_windows_that_cannot_be_mapped_are_refused(X, window, why):
    with pytest.raises(SequenceError, match=why):
        pair_mutagenesis(build_cnn(), X, window)
