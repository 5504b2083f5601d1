"""Classifiers as users write them: every view works, or says in a sentence why it cannot."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import ModelError
from demo_widgets.interpret import (
    in_silico_mutagenesis,
    optimize_class,
    saliency_map,
    temporal_output_scores,
)
from demo_widgets.models import predict
from demo_widgets.models.score import sequence_model
from tests.interpret.user_models import CASES, LENGTH, OwnCall, X, called, conv, sigmoid, softmax


@pytest.fixture(scope="module")
def models():
    """Each model once, with weights that make its answers differ."""
    built = {}

    def get(name: str) -> keras.Model:
        if name not in built:
            model, rng = CASES[name].build(), np.random.default_rng(1)
            for weight in model.weights:
                if "seed" not in weight.path and "variance" not in weight.path:
                    weight.assign(rng.normal(scale=0.5, size=weight.shape))
            built[name] = model
        return built[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_prediction_is_the_models_own(models, name):
    model, case = models(name), CASES[name]
    out = np.asarray(model(X, training=False), dtype=np.float64)
    if case.gives == "logits":
        out = (
            1 / (1 + np.exp(-out))
            if out.shape[1] == 1
            else np.exp(out) / np.exp(out).sum(1)[:, None]
        )
    column = case.target if case.target is not None else out.shape[1] - 1
    np.testing.assert_allclose(predict(model, X, target=case.target), out[:, column], atol=2e-4)
    assert sequence_model(model, case.target).kind == case.kind


@pytest.mark.parametrize("name", CASES)
def test_saliency_is_the_slope_of_the_score(models, name):
    model, target = models(name), CASES[name].target
    result = saliency_map(model, X[:1], target=target)
    assert np.isfinite(result.gradient).all() and np.ptp(result.gradient) > 0
    if "mixed precision" in name:
        return  # float16 has too few digits for a difference quotient
    direction = result.gradient / np.sqrt((result.gradient**2).sum())
    score, step = sequence_model(model, target), 2e-3
    up, down = score.score_and_predict(
        np.concatenate([X[:1] + step * direction, X[:1] - step * direction])
    )[0]
    slope = (up - down) / (2 * step)
    assert slope == pytest.approx(np.sqrt((result.gradient**2).sum()), rel=0.05)


@pytest.mark.parametrize("name", CASES)
def test_mutagenesis_is_the_difference_of_two_scores(models, name):
    model, target = models(name), CASES[name].target
    result = in_silico_mutagenesis(model, X[:1], target=target)
    mutant = X[:1].copy()
    mutant[0, 5] = np.roll(mutant[0, 5], 1)
    scores = sequence_model(model, target).score_and_predict(np.concatenate([mutant, X[:1]]))[0]
    effect = result.effects[0, 5, mutant[0, 5].argmax()]
    assert effect == pytest.approx(scores[0] - scores[1], abs=2e-3 if "mixed" in name else 1e-4)


@pytest.mark.parametrize("name", CASES)
def test_temporal_scores_end_at_the_prediction_or_say_why_not(models, name):
    model, case = models(name), CASES[name]
    if case.no_temporal:
        with pytest.raises(ModelError, match=case.no_temporal) as caught:
            temporal_output_scores(model, X, target=case.target)
        assert model.name in str(caught.value)
        return
    result = temporal_output_scores(model, X, target=case.target)
    p, atol = predict(model, X, target=case.target), 2e-3 if "mixed" in name else 1e-5
    np.testing.assert_allclose(result.forward[:, -1], p, atol=atol)
    np.testing.assert_allclose(result.backward[:, 0], p, atol=atol)
    score = sequence_model(model, case.target)
    if score.fixed_length is None and "convolution" not in name and "DanQ" not in name:
        prefix = predict(model, X[:, :5], target=case.target)
        np.testing.assert_allclose(result.forward[:, 4], prefix, atol=atol)


@pytest.mark.parametrize("name", CASES)
def test_class_optimization_raises_the_score(models, name):
    model, target = models(name), CASES[name].target
    result = optimize_class(model, length=LENGTH, iterations=40, target=target, regularization=0)
    assert result.history[:, 0].max() > result.history[0, 0]


def test_a_traced_call_follows_weights_and_does_not_keep_the_model():
    import gc
    import weakref

    model = called(OwnCall(*conv(), softmax()))
    first = sequence_model(model).score_and_predict(X)[0]
    config, weights = model.get_config(), len(model.weights)
    model.chain[-1].kernel.assign(2 * model.chain[-1].kernel)
    np.testing.assert_allclose(sequence_model(model).score_and_predict(X)[0], 2 * first, rtol=1e-4)
    assert model.get_config() == config and len(model.weights) == weights
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None


def test_a_subclass_that_flattens_has_a_fixed_length():
    model = called(OwnCall(layers.Flatten(), sigmoid()))
    with pytest.raises(ModelError, match="only takes sequences of 12 bases, got 9"):
        predict(model, X[:, :9])


class ManyWays(OwnCall):
    """A call that depends on the numbers, not only on shapes, is no graph of layers."""

    def call(self, x, training=False):
        if not isinstance(x, keras.KerasTensor):
            x = 2 * x
        return super().call(x)


def test_a_traced_call_that_says_something_else_is_not_believed():
    model = called(ManyWays(layers.Flatten(), sigmoid()))
    assert sequence_model(model).kind == "probability_logit"
    np.testing.assert_allclose(predict(model, X), np.asarray(model(X))[:, 0], atol=1e-5)
