"""A kind of model from outside the package: a class and one entry in the table of backends."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np
import pytest

import demo_widgets as dw
from demo_widgets.errors import ModelError
from demo_widgets.models import backends
from demo_widgets.models.backends import Backend, register_backend
from demo_widgets.models.score import Output, SequenceModel
from tests.dashboard import conftest as dashboards

make_dashboard, linear = dashboards.make_dashboard, dashboards.linear  # fixtures

LENGTH = 12


@dataclass(eq=False)
class AdditiveModel:
    """Somebody's own model: one weight a position and base, and the square of their sum."""

    weights: np.ndarray = field(
        default_factory=lambda: np.random.default_rng(0).normal(size=(LENGTH, 4))
    )


class AdditiveBackend(SequenceModel):
    backend = "additive"
    wrapped_once = True

    def __init__(self, model, output=None, *, task=None, name=None):
        self._model = model
        self.name = name or "additive"
        self.outputs = ("energy",)
        self.output = Output("energy", "regression", "kcal/mol", "value", "The energy.", 1, 1)
        self.fixed_length = len(model.weights)

    @property
    def model(self):
        return self._model

    @property
    def fingerprint(self):
        return self._model.weights.tobytes().hex()[:64]

    def select(self, output):
        return self

    def _sum(self, X):
        return np.einsum("nlb,lb->n", X, self._model.weights)

    def _score_and_predict(self, X):
        energy = (self._sum(X) ** 2).astype(np.float32)
        return energy, energy

    def _gradient_and_predict(self, X):
        gradient = 2 * self._sum(X)[:, None, None] * self._model.weights
        return gradient.astype(np.float32), *self._score_and_predict(X)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(backends, "BACKENDS", list(backends.BACKENDS))
    register_backend(
        Backend(
            "additive", lambda model: type(model) is AdditiveModel, f"{__name__}:AdditiveBackend"
        )
    )
    assert __name__ in sys.modules  # where the table finds the class


@pytest.fixture
def data() -> dw.SequenceDataset:
    bases = np.random.default_rng(1).choice(list("ACGT"), (6, LENGTH))
    return dw.SequenceDataset(["".join(row) for row in bases], labels=[1, 0] * 3)


def test_it_is_wrapped_where_a_model_is_taken(data):
    model = AdditiveModel()
    expected = (dw.one_hot_encode(data.sequences) * model.weights).sum((1, 2)) ** 2
    np.testing.assert_allclose(dw.predict(model, data), expected, rtol=1e-5)
    assert isinstance(dw.SequenceModel(model), AdditiveBackend)
    assert "kcal/mol" in dw.SequenceModel(model).describe()


def test_it_has_no_capability_that_it_does_not_implement(data):
    model = dw.SequenceModel(AdditiveModel())
    assert model.can("gradient")
    for capability in ("multipliers", "prefixes", "mutants", "filters"):
        assert not model.can(capability)
        assert "does not implement" in model.why_not(capability)
    with pytest.raises(ModelError, match="does not implement"):
        dw.temporal_output_scores(model, data)


def test_its_gradient_is_used(data):
    model = AdditiveModel()
    saliency = dw.saliency_map(model, data)
    expected, _ = dw.SequenceModel(model).gradient(data)
    np.testing.assert_allclose(saliency.gradient, expected, rtol=1e-5)
    integrated = dw.integrated_gradients(model, data)
    np.testing.assert_allclose(
        integrated.importance.sum(axis=1),
        dw.predict(model, data) - dw.SequenceModel(model).score(np.zeros((1, LENGTH, 4))),
        rtol=1e-2,
        atol=1e-2,
    )


def test_its_mutants_are_scored_one_by_one(data):
    model = AdditiveModel()
    X = dw.one_hot_encode(data.sequences[:1])
    mutant = X.copy()
    mutant[0, 4] = [0, 0, 1, 0]
    effect = dw.in_silico_mutagenesis(model, X).effects[0, 4, 2]
    expected = dw.predict(model, mutant) - dw.predict(model, X)
    np.testing.assert_allclose(effect, expected[0], rtol=1e-4, atol=1e-5)


def test_a_dashboard_shows_it(make_dashboard, data):
    model = AdditiveModel()
    dashboard = make_dashboard({"mine": model}, data)
    dashboard.tab = "Saliency"
    shown = dashboards.table(dashboard.view("Saliency"))["mine"]
    expected = dw.saliency_map(model, data.sequences[0]).importance[0]
    np.testing.assert_allclose(shown, expected, rtol=1e-4)
