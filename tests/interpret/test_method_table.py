"""An attribution method added from outside the package is used everywhere."""

from __future__ import annotations

import numpy as np
import pytest

import demo_widgets as dw
from demo_widgets.cli import main
from demo_widgets.errors import ModelError
from demo_widgets.interpret.methods import (
    METHODS,
    AttributionMethod,
    MethodOption,
    attribute,
    register_method,
)
from demo_widgets.interpret.results import SaliencyResult
from demo_widgets.models import build_cnn
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import SequenceDataset


def share_of_one_base(model, X, *, target=None, on_progress=None, cancel=None, letter="G"):
    """The whole score, shared equally among the bases ``letter``."""
    explained = sequence_model(model, target)
    scores, predictions = explained.score_and_predict(X)
    there = X[:, :, "ACGT".index(letter)]
    importance = scores[:, None] * there / np.maximum(there.sum(axis=1, keepdims=True), 1)
    return SaliencyResult(
        importance=importance.astype(np.float32),
        contributions=importance[..., None] * X,
        gradient=np.zeros_like(X),
        scores=scores,
        probabilities=predictions,
        model_name=explained.name,
        method="one_base",
        target=explained.target,
        score_kind=explained.kind,
    )


@pytest.fixture
def one_base():
    before = dict(METHODS)
    register_method(
        AttributionMethod(
            key="one_base",
            label="Share of one base",
            signed=True,
            shows="The score, shared among the bases of one kind.",
            misleads="It knows nothing of the model.",
            function=share_of_one_base,
            options=(MethodOption("letter", "Letter", "G", choices=("A", "C", "G", "T")),),
        )
    )
    yield
    METHODS.clear()
    METHODS.update(before)


@pytest.fixture(scope="module")
def model():
    return build_cnn(filters=4, seed=0)


@pytest.fixture
def data():
    draw = np.random.default_rng(0)
    rows = ["".join(row) for row in draw.choice(list("ACGT"), (4, 24))]
    return SequenceDataset(rows, labels=[1, 0, 1, 0])


def test_it_is_computed_by_name_with_its_options(one_base, model, data):
    found = attribute(model, data, method="one_base", letter="C")
    np.testing.assert_allclose(found.importance.sum(axis=1), found.scores, rtol=1e-4)
    assert not found.importance[data.one_hot[:, :, 1] == 0].any()


def test_the_dashboard_lists_and_draws_it(one_base, model, data, tmp_path):
    dashboard = dw.MotifDashboard({"net": model}, data, tab="Saliency", block=True)
    view = dashboard.view("Saliency")
    assert ("Share of one base", "one_base") in view.method.options
    view.method.value = "one_base"
    assert list(view.options["one_base"].controls) == ["letter"]
    dashboard.save_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Share of one base (method one_base), letter G" in page
    dashboard.close()


def test_the_command_line_offers_it_and_the_store_keeps_it(one_base, model, data, tmp_path):
    dw.save_model(model, tmp_path / "net.keras")
    fasta = tmp_path / "s.fa"
    fasta.write_text("".join(f">s{i}\n{s}\n" for i, s in enumerate(data.sequences)))
    command = ["interpret", "--models", str(tmp_path / "net.keras"), "--sequences", str(fasta)]
    assert (
        main([*command, "--out", str(tmp_path / "o"), "--method", "one_base", "--letter", "A"]) == 0
    )
    stored = dw.open_interpretation(tmp_path / "o")
    expected = attribute(model, data.sequences, method="one_base", letter="A")
    np.testing.assert_allclose(stored["net"]["importance"][:], expected.importance, atol=1e-6)


def test_two_methods_of_one_name_are_refused(one_base):
    with pytest.raises(ModelError, match="there is a method 'one_base' already"):
        register_method(METHODS["one_base"])
