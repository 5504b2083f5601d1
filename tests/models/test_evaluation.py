from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from demo_widgets.errors import SequenceError
from demo_widgets.models import evaluate
from demo_widgets.models.evaluation import binary_metrics
from demo_widgets.sequences import SequenceDataset


def test_evaluate_is_sklearn_on_the_raw_predictions(small_cnn, planted_test):
    model = small_cnn()
    p = np.asarray(model(planted_test.one_hot, training=False))[:, 1]
    y = planted_test.labels
    scores = evaluate(model, planted_test, batch_size=64)
    assert scores["auroc"] == pytest.approx(roc_auc_score(y, p), abs=1e-4)
    assert scores["auprc"] == pytest.approx(average_precision_score(y, p), abs=1e-3)
    assert scores["accuracy"] == pytest.approx(np.mean((p > 0.5) == y), abs=0.01)
    assert (scores["n"], scores["n_bound"], scores["n_unbound"]) == (200, 100, 100)


def test_both_strands_are_averaged_on_request(small_cnn, planted_test):
    model = small_cnn()
    flipped = SequenceDataset(
        [s[::-1].translate(str.maketrans("ACGT", "TGCA")) for s in planted_test.sequences],
        labels=planted_test.labels,
    )
    one, other = evaluate(model, planted_test), evaluate(model, flipped)
    assert one["auroc"] != other["auroc"]
    averaged = [
        evaluate(model, d, reverse_complement=True)["auroc"] for d in (planted_test, flipped)
    ]
    assert averaged[0] == pytest.approx(averaged[1], abs=1e-4)


def test_ties_count_half():
    labels, p = np.array([0, 1, 0, 1]), np.array([0.5, 0.5, 0.5, 0.5])
    assert binary_metrics(labels, p)["auroc"] == 0.5
    assert binary_metrics(labels, np.array([0.1, 0.4, 0.4, 0.9]))["auroc"] == 0.875


@pytest.mark.parametrize(
    ("labels", "message"),
    [(None, "'mine': it has no labels"), ([1, 1], "2 of its 2"), ([0, 0], "0 of its 2")],
)
def test_undefined_metrics_are_refused(small_cnn, labels, message):
    data = SequenceDataset(["ACGT" * 5, "TTTT" * 5], labels=labels, name="mine")
    with pytest.raises(SequenceError, match=message):
        evaluate(small_cnn(), data)


def test_target_says_which_class_label_1_stands_for(small_cnn, planted_test):
    model = small_cnn()
    bound = evaluate(model, planted_test)
    other = evaluate(model, planted_test, target=0)
    assert other["auroc"] == pytest.approx(1 - bound["auroc"], abs=1e-4)
