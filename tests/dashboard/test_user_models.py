"""Classifiers as users write them, in every tab: pictures, or a sentence on why there are none."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from demo_widgets.dashboard import MotifDashboard
from demo_widgets.dashboard.engine.request import Request
from demo_widgets.errors import ModelError
from demo_widgets.motifs import discover_motifs
from tests.interpret.user_models import CASES, LENGTH

from .conftest import make_dataset

NAMES = ["DanQ", "Basset", "Transformer", "recurrent attention", "subclassed with TensorFlow"]


@pytest.fixture(scope="module")
def models():
    return {name: (CASES[name].build(), CASES[name].target) for name in NAMES}


def test_every_tab_opens_on_every_model(models):
    with warnings.catch_warnings():
        # Keras on attention over a prefix of one base, which is defined.
        warnings.filterwarnings("ignore", message="You are using a softmax over axis 1")
        dashboard = MotifDashboard(models, make_dataset(n=4, length=LENGTH), block=True)
        session, engine = dashboard.session, dashboard.engine
        for title in MotifDashboard.tab.values:
            dashboard.tab = title
            dashboard.wait()
            assert "could not be shown" not in engine.status.lower(), title
        for kind in ("prediction", "saliency", "mutagenesis", "strand_gap", "temporal"):
            requests = [Request.of(kind, name, session.sequence) for name in engine.models]
            for request, result in engine.results.all_of(requests).items():
                if kind == "temporal" and CASES[request.model.split(" (class")[0]].no_temporal:
                    assert isinstance(result, ModelError), request
                    assert "temporal output scores cannot be computed" in str(result)
                else:
                    assert not isinstance(result, Exception), (request, result)
    dashboard.close()


@pytest.mark.parametrize("name", NAMES)
def test_filters_are_read_from_models_with_a_convolution_alone(models, name):
    model, target = models[name]
    data = make_dataset(n=40, length=LENGTH, labels=np.ones(40, dtype=int))
    if name in ("DanQ", "Basset"):
        assert discover_motifs(model, data, "filters", target=target, min_sites=1) is not None
    else:
        with pytest.raises(ModelError, match="no one-dimensional convolution"):
            discover_motifs(model, data, "filters", target=target)
