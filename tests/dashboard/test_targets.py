"""Models with several outputs: ``target`` says which one is "bound", in every tab and file."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.dashboard import MotifDashboard
from demo_widgets.errors import ModelError
from demo_widgets.models import predict
from demo_widgets.models.score import sequence_model

from .conftest import linear_model, make_dataset, saved


@pytest.fixture(scope="module")
def multi_task():
    """Three sigmoid outputs that read along the sequence."""
    keras.utils.set_random_seed(3)
    x = keras.Input((None, 4))
    h = layers.Conv1D(5, 3, padding="same", activation="relu")(x)
    h = layers.GlobalMaxPooling1D()(layers.GRU(4, return_sequences=True)(h))
    return keras.Model(x, layers.Dense(3, activation="sigmoid")(h), name="multi")


def _shown(dashboard) -> str:
    """All words on the open tab."""
    words, waiting, seen = [], [dashboard], set()
    while waiting:
        widget = waiting.pop()
        if id(widget) in seen:
            continue
        seen.add(id(widget))
        words += [str(getattr(widget, "value", "")), str(getattr(widget, "description", ""))]
        waiting += getattr(widget, "children", ())
    return " ".join(words)


def test_one_target_for_all_models_is_named_and_explained(multi_task):
    data = make_dataset()
    dashboard = MotifDashboard({"DeepTF": multi_task}, data, target=2, block=True)
    assert list(dashboard.engine.models) == ["DeepTF (class 2)"]
    table = dashboard.engine.predictions.to_frame()
    np.testing.assert_allclose(
        table["DeepTF (class 2)"], predict(multi_task, data, target=2), atol=1e-6
    )
    dashboard.close()


def test_every_tab_names_the_target(multi_task):
    dashboard = MotifDashboard(multi_task, make_dataset(), target=2, block=True)
    for title in MotifDashboard.tab.values:
        dashboard.tab = title
        dashboard.wait()
        words = _shown(dashboard)
        assert "multi (class 2)" in words, title
        assert "target is missing" not in words and "Traceback" not in words, title
    dashboard.close()


def test_one_model_under_several_names_with_different_targets(multi_task):
    data = make_dataset()
    models = {
        "GATA1": (multi_task, 0),
        "TAL1": sequence_model(multi_task, 1),
        "CNN": linear_model(),
    }
    dashboard = MotifDashboard(models, data, block=True)
    assert list(dashboard.engine.models) == ["GATA1 (class 0)", "TAL1 (class 1)", "CNN"]
    table = dashboard.engine.predictions.to_frame()
    for column, target in (("GATA1 (class 0)", 0), ("TAL1 (class 1)", 1)):
        np.testing.assert_allclose(
            table[column], predict(multi_task, data, target=target), atol=1e-6
        )
    dashboard.close()


def test_targets_by_name_leave_the_other_models_as_they_are(multi_task):
    models = {"many": multi_task, "CNN": linear_model()}
    dashboard = MotifDashboard(models, make_dataset(), target={"many": 1}, block=True)
    assert list(dashboard.engine.models) == ["many (class 1)", "CNN"]
    dashboard.close()


def test_the_report_and_the_csv_name_the_target(multi_task, tmp_path):
    dashboard = MotifDashboard(multi_task, make_dataset(), target=2, block=True)
    dashboard.save_html(tmp_path / "report.html", sequences=[0])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "multi (class 2)" in text and "the logit of class 2 of 3" in text
    dashboard.tab = "Saliency"
    _, csv = saved(dashboard.view("Saliency").downloads, "CSV")
    assert b"multi (class 2)" in csv
    dashboard.close()


@pytest.mark.parametrize(
    ("models", "target", "why"),
    [
        (lambda m: m, None, r"target is missing: model 'multi' has 3 outputs.*0 to 2.*"
         r"MotifDashboard\(models, data, target=0\)"),
        (lambda m: m, 3, r"target must be from 0 to 2, because model 'multi' has 3 outputs, got 3"),
        (lambda m: m, "GATA1", "has no output 'GATA1'"),
        (lambda m: {"A": m, "CNN": linear_model()}, 2,
         r"models\['CNN'\]: target must be from 0 to 1.*target=\{'CNN': ...\}"),
        (lambda m: {"A": m}, {"B": 1}, "target names 'B', which are not in models; models has 'A'"),
        (lambda m: {"A": (m, 1)}, 2, "pair with target 1, but target= gives 2"),
    ],
)  # fmt: skip
def test_a_wrong_target_is_refused_with_the_call_to_make(multi_task, models, target, why):
    with pytest.raises(ModelError, match=why):
        MotifDashboard(models(multi_task), make_dataset(), target=target, block=True)
