"""Numbers that are not finite: the user reads which and why, and no picture is drawn of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

import demo_widgets as dw
from demo_widgets.errors import DemoWidgetsWarning
from demo_widgets.sequences import SequenceDataset

from .conftest import html


def unit_rows():
    """Divides each position by its norm, which is 0 at N."""
    x = keras.Input((None, 4))
    h = x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
    h = layers.GlobalAveragePooling1D()(layers.Conv1D(3, 3, activation="relu")(h))
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(h), name="unit")


def flat_norm():
    """Its score is finite everywhere; its gradient is not where the norm is 0."""
    x = keras.Input((None, 4))
    h = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
    h = layers.GlobalAveragePooling1D()(ops.concatenate([x, h], axis=-1))
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(h), name="norm")


SEQUENCES = ["ACGTTGACCATG", "ACGTNGACCATG"]


def test_a_prediction_that_is_not_finite_is_warned_of_with_the_row():
    with pytest.warns(DemoWidgetsWarning, match=r"not finite for 1 of 2 sequences \(rows 1 of.*N"):
        p = dw.predict(unit_rows(), SEQUENCES)
    assert np.isfinite(p[0]) and np.isnan(p[1])


def test_a_gradient_that_is_not_finite_is_warned_of_with_the_row():
    with pytest.warns(DemoWidgetsWarning, match=r"not finite for 1 of 2 sequences \(rows 1 of"):
        result = dw.saliency_map(flat_norm(), SEQUENCES)
    assert np.isfinite(result.gradient[0]).all() and np.isfinite(result.scores).all()


@pytest.mark.filterwarnings("ignore::demo_widgets.DemoWidgetsWarning")
@pytest.mark.parametrize("build", [unit_rows, flat_norm])
def test_the_dashboard_says_what_is_not_finite_instead_of_drawing_it(build):
    data = SequenceDataset(SEQUENCES, labels=[1, 0])
    dashboard = dw.MotifDashboard({"net": build()}, data, tab="Saliency", block=True)
    assert "is not finite" not in html(dashboard.view("Saliency"))
    dashboard.sequence_index = 1
    assert "is not finite" in html(dashboard.view("Saliency"))
    dashboard.close()
