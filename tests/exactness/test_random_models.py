"""Every number of the package against random models' own layers, by brute force.

``python -m pytest tests/exactness/test_random_models.py -q --all-models`` tries all 300 seeds;
without the option the first few stand for them.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
import tensorflow as tf

import demo_widgets as dw
from tests.exactness.random_models import COUNT, RandomModel, random_model

IN_CI = 11
"""Seeds of a run without ``--all-models``: one of each family."""

SCORE = 2e-5  # of the largest class score, or of 1
EFFECT = 1e-4  # of the largest effect, or gradient, of the model
NOISE = 2e-6  # of the largest class score: a difference of two scores has the noise of both

WINDOW = (9, 13)
STEPS = 4

MAY_REFUSE_TEMPORAL_SCORES = {
    "flatten": "flattened states have one weight for each position: there is no shorter answer",
    "convolved states": "a convolution over states has no answer for fewer states than its window",
    "no features to cut": "the model itself is applied to each prefix, which may be too short "
    "for its convolutions",
}
"""Kinds that temporal scores may refuse, and why that is right. No other function may refuse."""


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        count = COUNT if metafunc.config.getoption("--all-models") else IN_CI
        metafunc.parametrize("case", range(count), indirect=True, scope="module")


@dataclass(frozen=True)
class Case:
    """One random model, sequences, and what its own layers say of them."""

    known: RandomModel

    @cached_property
    def subject(self):
        """What a user would give to the functions under test."""
        if self.known.output is None:
            return self.known.model
        return dw.SequenceModel(self.known.model, output=self.known.output)

    @property
    def options(self) -> dict:
        return {} if self.known.target is None else {"target": self.known.target}

    @cached_property
    def X(self) -> np.ndarray:
        """Random sequences, the second with two Ns."""
        rng, length = np.random.default_rng(self.known.length), self.known.length
        X = np.eye(4, dtype="float32")[rng.integers(4, size=(2, length))]
        X[1, [3, length // 2]] = 0
        return X

    @cached_property
    def repeats(self) -> np.ndarray:
        """Sequences of which many positions look alike, so that pools meet ties."""
        codes = np.arange(self.known.length)
        return np.eye(4, dtype="float32")[np.stack([codes % 2 * 2, codes * 0 + 3])]

    def score(self, X) -> np.ndarray:
        return self._score(tf.constant(X, tf.float32)).numpy()

    def gradient(self, X) -> np.ndarray:
        return self._gradient(tf.constant(X, tf.float32)).numpy()

    @cached_property
    def _score(self):
        batch = tf.TensorSpec((None, self.known.length, 4), tf.float32)
        return tf.function(self.known.score, input_signature=[batch], autograph=False)

    @cached_property
    def _gradient(self):
        @tf.function(input_signature=self._score.input_signature, autograph=False)
        def gradient(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                score = self.known.score(x)
            return tape.gradient(score, x)

        return gradient


@pytest.fixture(scope="module")
def case(request) -> Case:
    yield Case(random_model(request.param))
    gc.collect()


def mutated(X: np.ndarray, *changes: tuple[int, int]) -> np.ndarray:
    """``(L, 4)`` with other bases, each ``(position, base)``."""
    X = X.copy()
    for position, base in changes:
        X[position] = np.eye(4)[base]
    return X


def assert_same_scores(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=SCORE * max(1, np.abs(expected).max()))


def assert_same_effects(found, expected, scores):
    atol = EFFECT * np.abs(expected).max() + NOISE * np.abs(scores).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


def test_the_oracle_moves_with_the_sequence(case):
    """Else a comparison would mean nothing."""
    assert np.abs(case.gradient(case.X)).max() > 1e-3


def test_predict_is_the_models_own_output(case):
    for X in (case.X, case.repeats):
        found = dw.predict(case.subject, X, **case.options)
        np.testing.assert_allclose(found, case.known.own_output(X), rtol=SCORE, atol=SCORE / 2)


def test_saliency_is_the_gradient_of_the_score(case):
    result = dw.saliency_map(case.subject, case.X, **case.options)
    assert_same_scores(result.scores, case.score(case.X))
    assert_same_effects(result.gradient, case.gradient(case.X), 0)


def test_scores_of_repeats_are_the_models_own(case):
    found = dw.saliency_map(case.subject, case.repeats, **case.options).scores
    assert_same_scores(found, case.score(case.repeats))


def test_integrated_gradients_are_the_mean_gradient_along_the_path(case):
    found = dw.integrated_gradients(case.subject, case.X, steps=STEPS, **case.options)
    shares = (np.arange(STEPS) + 0.5) / STEPS
    path = np.concatenate([share * case.X for share in shares])
    mean = case.gradient(path).reshape(STEPS, *case.X.shape).mean(axis=0)
    assert_same_effects(found.importance, (mean * case.X).sum(axis=-1), 0)
    gap = found.importance.sum(axis=1) - (case.score(case.X) - case.score(0 * case.X))
    np.testing.assert_allclose(found.completeness_gap, gap, atol=1e-3 * max(1, np.abs(gap).max()))


def test_mutagenesis_is_one_call_for_each_mutant(case):
    for X in (case.X, case.repeats):
        n, length = X.shape[:2]
        mutants = [mutated(x, (t, b)) for x in X for t in range(length) for b in range(4)]
        expected = case.score(np.stack(mutants)).reshape(n, length, 4)
        expected -= case.score(X)[:, None, None]
        expected[X == 1] = 0
        found = dw.in_silico_mutagenesis(case.subject, X, **case.options)
        assert_same_effects(found.effects, expected, case.score(X))
        assert_same_scores(found.reference_scores, case.score(X))


def test_pair_mutagenesis_is_one_call_for_each_pair(case):
    start, end = WINDOW
    x = case.X[0]
    here = x[start:end].argmax(axis=1)
    slots = [(i, b) for i in range(end - start) for b in range(4) if b != here[i]]
    pairs = [(one, two) for one in slots for two in slots if one[0] != two[0]]
    change = {slot: (start + slot[0], slot[1]) for slot in slots}
    mutants = [mutated(x, change[one]) for one in slots]
    mutants += [mutated(x, change[one], change[two]) for one, two in pairs]
    delta = case.score(np.stack(mutants)) - case.score(x[None])
    single = dict(zip(slots, delta, strict=False))
    expected = np.zeros((end - start, end - start, 4, 4))
    for (one, two), both in zip(pairs, delta[len(slots) :], strict=True):
        expected[one[0], two[0], one[1], two[1]] = both - single[one] - single[two]
    found = dw.pair_mutagenesis(case.subject, x[None], WINDOW, **case.options)
    atol = EFFECT * np.abs(delta).max() + 2 * NOISE * np.abs(case.score(x[None])).max()
    np.testing.assert_allclose(found.interactions, expected, rtol=0, atol=atol)
    for (i, b), effect in single.items():
        assert abs(found.effects[i, b] - effect) <= atol


def test_temporal_scores_are_the_model_on_what_was_read(case):
    known = case.known
    if not known.recurrent:
        with pytest.raises(dw.DemoWidgetsError, match="recurrent"):
            dw.temporal_output_scores(case.subject, case.X, **case.options)
        return
    try:
        found = dw.temporal_output_scores(case.subject, case.X, **case.options)
    except dw.DemoWidgetsError as refusal:
        kinds = {*known.kinds, *["no features to cut"] * (known.features is None)}
        assert kinds & set(MAY_REFUSE_TEMPORAL_SCORES), f"refused without need: {refusal}"
        assert re.search("cannot score part|too short", str(refusal))
        return
    own, score = known.own_output(case.X), case.score(case.X)
    for end in (found.forward[:, -1], found.backward[:, 0], found.prediction):
        np.testing.assert_allclose(end, own, rtol=SCORE, atol=SCORE / 2)
    assert_same_scores(found.forward_scores[:, -1], score)
    assert_same_scores(found.backward_scores[:, 0], score)
    if known.features is None:
        return
    features = known.features(tf.constant(case.X))
    count = features.shape[1]
    rest = known.rest
    if "TimeDistributed" not in known.kinds:  # which Keras cannot compile for any length
        any_length = tf.TensorSpec((None, None, features.shape[2]))
        rest = tf.function(rest, input_signature=[any_length], autograph=False)
    prefixes = [rest(features[:, : i + 1]).numpy() for i in range(count)]
    suffixes = [rest(features[:, i:]).numpy() for i in range(count)]
    assert_reads_in_order(found.forward_scores, np.stack(prefixes, axis=1))
    assert_reads_in_order(found.backward_scores, np.stack(suffixes, axis=1))


def assert_reads_in_order(found: np.ndarray, steps: np.ndarray):
    """Each base has the score of a step; steps come in order, and none is left out.

    Where layers before the recurrent one keep the length, a step is a base.
    """
    if found.shape == steps.shape:
        assert_same_scores(found, steps)
        return
    close = np.abs(found[:, :, None] - steps[:, None, :]) <= SCORE * max(1, np.abs(steps).max())
    close = close.all(axis=0)  # (bases, steps)
    reached = close[0] & (np.arange(steps.shape[1]) == 0)
    for row in close[1:]:
        reached = row & (reached | np.r_[False, reached[:-1]])
    assert reached[-1], "the scores are not those of the recurrent steps in order"
