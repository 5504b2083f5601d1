"""Temporal scores of LSTMs without TensorFlow's loop, against the model at each prefix."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import Cancelled
from demo_widgets.interpret import temporal_output_scores
from demo_widgets.interpret.exact import lstm_prefixes
from demo_widgets.interpret.exact.lstm_prefixes import fast_prefixes
from demo_widgets.models import build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model
from tests.interpret.test_fast_gradient import filled, one_hot
from tests.interpret.user_models import sequential, sigmoid


def both_ways(**options) -> layers.Bidirectional:
    return layers.Bidirectional(layers.LSTM(5, **options))


READERS = {
    "RNN": lambda: filled(build_rnn(units=7)),
    "last state": lambda: filled(sequential(layers.LSTM(5), sigmoid())),
    "last state from the right": lambda: filled(
        sequential(layers.LSTM(5, go_backwards=True, use_bias=False), sigmoid())
    ),
    "strongest state of both": lambda: filled(
        sequential(both_ways(return_sequences=True), layers.GlobalMaxPooling1D(), sigmoid())
    ),
    "last states of both": lambda: filled(
        sequential(both_ways(), layers.Dense(4, activation="tanh"), sigmoid())
    ),
}


def loop(model: keras.Model, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of every prefix and every suffix, one call of the model each."""
    score, length = sequence_model(model), X.shape[1]
    prefixes = [score.score_and_predict(X[:, : t + 1])[1] for t in range(length)]
    suffixes = [score.score_and_predict(X[:, t:])[1] for t in range(length)]
    return np.stack(prefixes, axis=1), np.stack(suffixes, axis=1)


@pytest.mark.parametrize("name", READERS)
def test_every_prefix_and_suffix_is_scored_as_by_the_model_alone(name):
    model = READERS[name]()
    for n, length in ((2, 1), (2, 32), (1, 67)):
        X = one_hot(n, length)
        assert fast_prefixes(sequence_model(model), n, length) is not None
        forward, backward = loop(model, X)
        result = temporal_output_scores(model, X)
        np.testing.assert_allclose(result.forward, forward, atol=1e-5)
        np.testing.assert_allclose(result.backward, backward, atol=1e-5)


def test_the_short_cut_and_the_loop_of_tensorflow_agree_after_a_convolution(monkeypatch):
    model, X = filled(build_cnn_rnn(filters=6, units=5), 0.3), one_hot(2, 40)
    fast = temporal_output_scores(model, X)
    monkeypatch.setattr(lstm_prefixes, "_FEW", 0)
    plain = temporal_output_scores(model, X)
    assert np.ptp(plain.forward) > 0.01
    for field in ("forward", "backward", "forward_scores", "backward_scores", "prediction"):
        np.testing.assert_allclose(getattr(fast, field), getattr(plain, field), atol=1e-5)


def test_progress_is_told_and_cancel_is_heard_between_sequences():
    model, told, cancel = filled(build_rnn(units=2)), [], threading.Event()
    X = one_hot(2, 9)
    temporal_output_scores(model, X, on_progress=lambda *done: told.append(done))
    assert told == [(0, 18), (9, 18), (18, 18)]
    cancel.set()
    with pytest.raises(Cancelled):
        temporal_output_scores(model, X, cancel=cancel)


def test_many_or_long_sequences_are_left_to_tensorflow():
    score = sequence_model(build_rnn(units=2))
    assert fast_prefixes(score, 1, 101) is not None
    assert fast_prefixes(score, 500, 101) is None
    assert fast_prefixes(score, 1, 10_000) is None
