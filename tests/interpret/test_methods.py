"""The table of attribution methods: each is computed by its own function, and only as declared."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from demo_widgets.errors import Cancelled, ModelError
from demo_widgets.interpret import (
    METHODS,
    SaliencyResult,
    attribute,
    in_silico_mutagenesis,
    integrated_gradients,
    saliency_map,
)
from demo_widgets.models.networks import build_cnn


def one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype="float32")[np.random.default_rng(seed).integers(4, size=(n, length))]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_one_importance_per_base(method):
    X = one_hot(2, 12)
    X[0, 3] = 0
    result = attribute(build_cnn(), X, method=method)
    assert isinstance(result, SaliencyResult) and result.method == method
    assert result.importance.shape == (2, 12) and result.contributions.shape == X.shape
    assert result.importance[0, 3] == 0
    np.testing.assert_allclose(result.contributions.sum(-1), result.importance, atol=1e-6)
    assert (result.contributions[X == 0] == 0).all()
    assert METHODS[method].signed == (result.importance < 0).any()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_described_in_sentences(method):
    for text in (METHODS[method].shows, METHODS[method].misleads):
        assert text[0].isupper() and text.endswith(".") and ". " not in text


def test_methods_are_those_of_their_own_functions():
    model, X = build_cnn(), one_hot(2, 10)
    for method in ("saliency", "input_x_gradient"):
        expected = saliency_map(model, X, method=method)
        np.testing.assert_array_equal(
            attribute(model, X, method=method).importance, expected.importance
        )
    result = attribute(model, X, method="integrated_gradients", steps=5, target=0)
    expected = integrated_gradients(model, X, steps=5, target=0)
    np.testing.assert_array_equal(result.importance, expected.importance)
    assert result.target == 0 and result.steps == 5


def test_mutagenesis_importance_is_minus_the_mean_effect_of_three_substitutions():
    model, X = build_cnn(), one_hot(2, 10)
    effects = in_silico_mutagenesis(model, X).effects
    result = attribute(model, X, method="in_silico_mutagenesis")
    for i, t in np.ndindex(2, 10):
        others = effects[i, t][X[i, t] == 0]
        assert len(others) == 3
        assert result.importance[i, t] == pytest.approx(-others.mean(), abs=1e-6)


def test_declared_options_are_the_keywords_and_defaults_of_the_function():
    keywords = inspect.signature(integrated_gradients).parameters
    for option in METHODS["integrated_gradients"].options:
        assert keywords[option.key].default == option.default
    assert not METHODS["saliency"].options


@pytest.mark.parametrize(
    ("method", "options", "why"),
    [
        ("lime", {}, "unknown method 'lime'; expected one of saliency"),
        ("saliency", {"steps": 3}, "'saliency' has no option 'steps'; it takes none"),
        ("integrated_gradients", {"stepz": 3}, "no option 'stepz'; it takes steps, reference"),
    ],
)
def test_unknown_methods_and_options_are_refused_by_name(method, options, why):
    with pytest.raises(ModelError, match=why):
        attribute(build_cnn(), one_hot(1, 6), method=method, **options)


@pytest.mark.parametrize("method", ["integrated_gradients", "in_silico_mutagenesis"])
def test_long_methods_can_be_stopped(method):
    import threading

    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        attribute(build_cnn(), one_hot(1, 6), method=method, cancel=cancel)
