"""Mutagenesis that computes only what a change alters, against the model run on every mutant."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.interpret import in_silico_mutagenesis
from demo_widgets.interpret.exact.changed_windows import ChangedWindows
from demo_widgets.interpret.exact.fast_mutants import fast_mutants
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model
from tests.interpret.user_models import OwnCall, called, functional, residual, sequential, sigmoid

CONV = {"padding": "same", "activation": "relu"}


def one_hot(n: int, length: int, seed: int = 0, unknown: tuple = ()) -> np.ndarray:
    X = np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]
    for sequence, position in unknown:
        X[sequence, position] = 0
    return X


def filled(model: keras.Model, scale: float = 0.5) -> keras.Model:
    """Weights that make every layer matter, biases too."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "seed" not in weight.path:
            value = rng.normal(scale=scale, size=weight.shape)
            weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
    return model


def of_every_mutant(model: keras.Model, X: np.ndarray, target: int | None = None):
    """Effects from one pass of the whole model over every mutant, and scores of ``X``."""
    score = sequence_model(model, target)
    reference = score.score_and_predict(X)[0]
    sequence, position, base = np.argwhere(X == 0).T
    mutants = X[sequence]
    mutants[np.arange(len(mutants)), position] = np.eye(4)[base]
    effects = np.zeros_like(X)
    effects[sequence, position, base] = score.score_and_predict(mutants)[0] - reference[sequence]
    return effects, reference


def assert_exact(model: keras.Model, X: np.ndarray, **options) -> None:
    effects, reference = of_every_mutant(model, X, options.get("target"))
    result = in_silico_mutagenesis(model, X, **options)
    scale = max(np.abs(effects).max(), np.abs(reference).max())
    np.testing.assert_allclose(result.effects, effects, atol=1e-5 * scale)
    np.testing.assert_allclose(result.reference_scores, reference, atol=1e-5 * scale)
    score = sequence_model(model, options.get("target"))
    np.testing.assert_allclose(result.probabilities, score.score_and_predict(X)[1], atol=1e-5)


def has_short_cut(model: keras.Model, length: int = 20, target: int | None = None) -> bool:
    return fast_mutants(sequence_model(model, target), length) is not None


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
@pytest.mark.parametrize(("n", "length"), [(1, 101), (3, 33), (2, 6), (2, 1)])
def test_effects_of_the_three_networks_are_those_of_every_mutant(build, n, length):
    model = filled(build(), 0.2)
    assert has_short_cut(model, length)
    assert_exact(model, one_hot(n, length, unknown=[(0, 0), (n - 1, length // 2)]))


CHAINS = {
    "valid": lambda: (layers.Conv1D(6, 5, activation="relu"), layers.GlobalMaxPooling1D()),
    "valid, pooled, valid": lambda: (
        layers.Conv1D(6, 4, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(5, 3, activation="gelu"),
        layers.GlobalMaxPooling1D(),
    ),
    "even widths": lambda: (
        layers.Conv1D(6, 4, **CONV),
        layers.MaxPooling1D(2, padding="same"),
        layers.Conv1D(5, 2, **CONV),
        layers.GlobalAveragePooling1D(),
    ),
    "negative everywhere": lambda: (
        layers.Conv1D(6, 3, padding="same"),
        layers.MaxPooling1D(2, padding="same"),
        layers.Conv1D(5, 3, padding="same"),
        layers.GlobalMaxPooling1D(),
    ),
    "overlapping pools": lambda: (
        layers.Conv1D(6, 3, **CONV),
        layers.MaxPooling1D(3, strides=2, padding="same"),
        layers.AveragePooling1D(3, strides=1, padding="same"),
        layers.Conv1D(4, 3, padding="same"),
        layers.GlobalMaxPooling1D(),
    ),
    "pools with gaps": lambda: (
        layers.MaxPooling1D(2, strides=3),
        layers.Conv1D(4, 3, padding="same"),
        layers.GlobalAveragePooling1D(),
    ),
    "strided": lambda: (
        layers.Conv1D(6, 5, strides=2, **CONV),
        layers.Conv1D(5, 3, strides=3, **CONV),
        layers.GlobalMaxPooling1D(),
    ),
    "dilated": lambda: (
        layers.Conv1D(6, 3, dilation_rate=2, **CONV),
        layers.Conv1D(5, 3, dilation_rate=3, **CONV),
        layers.GlobalMaxPooling1D(),
    ),
    "causal": lambda: (
        layers.Conv1D(6, 5, padding="causal", dilation_rate=2),
        layers.Conv1D(5, 3, padding="causal", strides=2),
        layers.GlobalAveragePooling1D(),
    ),
    "normalized": lambda: (
        layers.Conv1D(6, 5, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Dropout(0.5),
        layers.LayerNormalization(),
        layers.Dense(5, activation="elu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(4, activation="relu"),
    ),
    "no convolution": lambda: (layers.Dense(3, activation="relu"), layers.GlobalMaxPooling1D()),
    "last state": lambda: (layers.LSTM(5),),
    "last state from the right": lambda: (layers.LSTM(5, go_backwards=True, use_bias=False),),
    "last states of both": lambda: (layers.Bidirectional(layers.LSTM(5)),),
    "largest state": lambda: (
        layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
        layers.GlobalMaxPooling1D(),
    ),
    "valid, pooled, LSTM": lambda: (
        layers.Conv1D(6, 5, activation="relu"),
        layers.MaxPooling1D(3),
        layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
        layers.GlobalAveragePooling1D(),
    ),
    "pools with gaps, LSTM": lambda: (
        layers.MaxPooling1D(2, strides=5),
        layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
        layers.GlobalMaxPooling1D(),
    ),
    "strided, LSTM": lambda: (
        layers.Conv1D(6, 4, strides=2, **CONV),
        layers.LSTM(5, return_sequences=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(4, activation="tanh"),
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_effects_of_any_chain_of_such_layers_are_those_of_every_mutant(name):
    model = filled(sequential(*CHAINS[name](), sigmoid()))
    for n, length in ((2, 23), (1, 12)):
        assert has_short_cut(model, length)
        assert_exact(model, one_hot(n, length, unknown=[(0, 3)]))


def test_many_sequences_in_batches_of_any_size():
    X = one_hot(5, 17, unknown=[(2, 16)])
    for model in (filled(build_cnn(), 0.2), filled(build_cnn_rnn(), 0.2)):
        for batch_size in (7, 60, 1024):
            assert_exact(model, X, batch_size=batch_size)


def test_other_classes_and_nested_models():
    inner = sequential(layers.Conv1D(6, 5, **CONV), layers.GlobalMaxPooling1D())
    model = filled(functional(lambda x: layers.Dense(3, activation="softmax")(inner(x))))
    assert has_short_cut(model, target=2)
    assert_exact(model, one_hot(2, 15), target=2)
    subclassed = filled(called(OwnCall(*CHAINS["valid"](), sigmoid())))
    assert has_short_cut(subclassed)
    assert_exact(subclassed, one_hot(2, 15), target=0)


@pytest.mark.parametrize(
    "chain",
    [
        lambda: (layers.GRU(4), sigmoid()),
        lambda: (layers.LSTM(4, activation="relu"), sigmoid()),
        lambda: (layers.Bidirectional(layers.LSTM(4), merge_mode="sum"), sigmoid()),
        lambda: (layers.Conv1D(4, 3, groups=2), layers.GlobalMaxPooling1D(), sigmoid()),
        lambda: (
            layers.Conv1D(4, 3, dtype="mixed_float16"),
            layers.GlobalMaxPooling1D(),
            sigmoid(),
        ),
        lambda: (layers.SeparableConv1D(4, 3), layers.GlobalMaxPooling1D(), sigmoid()),
        lambda: (layers.LSTM(4, return_sequences=True), layers.LSTM(4), sigmoid()),
    ],
)
def test_models_with_anything_else_are_run_on_every_mutant(chain):
    model = filled(sequential(*chain()))
    assert not has_short_cut(model)
    assert_exact(model, one_hot(1, 9))


def test_branches_are_run_on_every_mutant():
    model = filled(functional(residual))
    assert not has_short_cut(model)
    assert_exact(model, one_hot(1, 9))


def test_neither_length_nor_number_nor_position_makes_a_new_trace():
    # One more is the score of whole mutants, which the shortcut is compared with.
    for build, traces in ((build_cnn, 2), (build_rnn, 1), (build_cnn_rnn, 2)):
        model = build()
        for n, length in ((1, 20), (3, 20), (2, 31)):
            in_silico_mutagenesis(model, one_hot(n, length, unknown=[(0, length - 1)]))
        assert sequence_model(model).trace_count() == traces


def test_weights_are_read_at_every_call():
    for build in (build_cnn, build_cnn_rnn):
        model = build()
        in_silico_mutagenesis(model, one_hot(1, 12))
        assert_exact(filled(model, 0.2), one_hot(1, 12))


def test_windows_of_the_papers_network_are_a_few_positions():
    score = sequence_model(build_cnn())
    windows = fast_mutants(score, 101).windows
    assert windows.widths == [1, 10, 5, 10, 5, 7]
    assert ChangedWindows(windows.before).length(101) == 26
