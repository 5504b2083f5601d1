"""Localisation against planted truth, and the paper's table with its honest baseline."""

import sys
import threading

import numpy as np
import pytest

from demo_widgets.errors import Cancelled, MotifError
from demo_widgets.motifs import jaspar, localisation_table, paper_table
from demo_widgets.motifs.localisation import LOCALISATION_COLUMNS, truth_mask
from demo_widgets.motifs.paper_table import TABLE_COLUMNS


def test_a_network_that_knows_the_motifs_localises_them(network_of, blind_network, two_motif_data):
    models = {"knows": network_of("MA0035.3", "MA0099.3"), "blind": blind_network}
    table = localisation_table(models, two_motif_data).set_index(["model", "method"])
    assert list(table.reset_index().columns) == LOCALISATION_COLUMNS
    knows, blind = table.loc[("knows", "saliency")], table.loc[("blind", "saliency")]
    assert knows["auroc"] > 0.85 and abs(blind["auroc"] - 0.5) < 0.08
    assert knows["precision"] > 2 * knows["chance_precision"]
    assert abs(blind["precision"] - blind["chance_precision"]) < 0.08
    assert knows["window_hits"] > 0.9
    assert knows["n_sequences"] == 300


def test_a_method_that_does_not_apply_says_why(network_of, two_motif_data):
    table = localisation_table(network_of("MA0035.3"), two_motif_data, ["temporal"])
    assert np.isnan(table["auroc"][0])
    assert "recurrent" in table["reason"][0]


def test_perfect_attribution_scores_one(monkeypatch, two_motif_data):
    from demo_widgets.motifs import localisation

    mask = truth_mask(two_motif_data)[two_motif_data.labels == 1]
    monkeypatch.setattr(localisation, "base_importance", lambda *_, **__: mask.astype(float))
    row = localisation_table({"oracle": None}, two_motif_data, ["saliency"]).iloc[0]
    assert (row["auroc"], row["precision"]) == (1, 1)


@pytest.mark.parametrize(
    ("window", "hit"),
    [
        ((0, 20), True),
        ((58, 78), True),  # holds one site whole, a third of what is planted
        ((20, 40), True),  # covers half of one
        ((21, 40), False),  # covers a base less of it
        ((11, 19), False),  # three bases of either neighbour: neither is hit
        ((40, 50), False),
    ],
)
def test_a_window_hits_if_it_meets_one_of_several_sites(monkeypatch, window, hit):
    """Three sites of 8 bases, in the second of two sequences."""
    import pandas as pd

    from demo_widgets.motifs import localisation
    from demo_widgets.sequences import SequenceDataset

    starts = [6, 16, 59]
    truth = pd.DataFrame({"sequence_index": [1] * 3, "start": starts, "motif": "m"})
    truth = truth.assign(matrix_id="", end=truth["start"] + 8, strand="+")
    data = SequenceDataset(["A" * 80, "C" * 80], labels=[0, 1], truth=truth)
    found = {key: np.array([value]) for key, value in zip(("start", "end"), window, strict=True)}
    found = {"sequence_index": np.array([0]), **found}
    monkeypatch.setattr(localisation, "best_windows", lambda importance: found)
    monkeypatch.setattr(localisation, "base_importance", lambda *_, **__: np.zeros((1, 80)))
    row = localisation_table({"model": None}, data, ["saliency"]).iloc[0]
    assert (row["n_sequences"], row["window_hits"]) == (1, hit)


def test_a_sequence_that_is_hit_twice_counts_once(monkeypatch, two_motif_data):
    from demo_widgets.motifs import localisation

    windows = {"sequence_index": np.arange(300), "start": np.zeros(300, int)}
    windows["end"] = np.where(windows["sequence_index"] < 75, two_motif_data.length, 1)
    monkeypatch.setattr(localisation, "best_windows", lambda importance: windows)
    mask = truth_mask(two_motif_data)[two_motif_data.labels == 1]
    hits = (windows["sequence_index"] < 75) | mask[:, 0]
    monkeypatch.setattr(localisation, "base_importance", lambda *_, **__: mask.astype(float))
    row = localisation_table({"oracle": None}, two_motif_data, ["saliency"]).iloc[0]
    assert row["window_hits"] == hits.mean()


def test_each_model_and_method_is_told_and_the_comparison_can_be_cancelled(
    network_of, two_motif_data
):
    told, cancel = [], threading.Event()

    def progress(done, total, line):
        told.append((done, total, line))
        if done == 1:
            cancel.set()

    with pytest.raises(Cancelled):
        localisation_table(
            {"a": network_of("MA0035.3"), "b": network_of("MA0035.3")},
            two_motif_data,
            ["saliency", "integrated_gradients"],
            max_sequences=20,
            on_progress=progress,
            cancel=cancel,
        )
    assert told == [(0, 4, "a, Saliency"), (1, 4, "a, Integrated gradients")]


def test_integrated_gradients_localise_like_the_other_methods(network_of, two_motif_data):
    model = network_of("MA0035.3", "MA0099.3")
    table = localisation_table(model, two_motif_data, ["integrated_gradients"], max_sequences=50)
    assert table["auroc"][0] > 0.8


def test_without_truth_there_is_nothing_to_compare_with(network_of, two_motif_data):
    real = type(two_motif_data)(two_motif_data.sequences, labels=two_motif_data.labels)
    with pytest.raises(MotifError, match="no planted sites"):
        localisation_table(network_of("MA0035.3"), real)
    with pytest.raises(MotifError, match="magic are not known"):
        localisation_table(network_of("MA0035.3"), two_motif_data, ["magic"])


@pytest.fixture(scope="module")
def table(network_of, blind_network, two_motif_data):
    models = {"knows": network_of("MA0035.3"), "blind": blind_network}
    return paper_table(
        models,
        two_motif_data,
        "gata1",
        "JASPAR2018",
        methods=("saliency", "temporal", "filters"),
        max_sequences=150,
    ).set_index(["model", "method"])


def test_the_networks_windows_match_more_often_than_random_ones(table):
    knows = table.loc[("knows", "saliency")]
    assert knows["n"] == 150
    assert knows["p_hits"] > 2 * knows["random_p_hits"] > 0
    assert knows["q_hits"] > 2 * knows["random_q_hits"]
    assert knows["q_hits"] <= knows["p_hits"]


def test_a_blind_networks_windows_match_no_more_often_than_random_ones(table):
    blind = table.loc[("blind", "saliency")]
    assert blind["p_hits"] < 1.5 * blind["random_p_hits"]


def test_the_table_shows_release_motif_and_reason(table):
    assert list(table.reset_index().columns) == sorted(
        table.reset_index().columns, key=["model", "method", *TABLE_COLUMNS].index
    )
    assert set(table["release"]) == {"JASPAR2018"}
    assert set(table["own_motif"]) == {"MA0035.3 Gata1"}
    assert "recurrent" in table.loc[("knows", "temporal"), "reason"]
    assert table.loc[("knows", "filters"), "unit"] == "motif"
    assert table.loc[("knows", "filters"), "q_hits"] >= 1


def test_wrong_names_are_refused(network_of, two_motif_data):
    model = network_of("MA0035.3")
    with pytest.raises(MotifError, match="did you mean"):
        paper_table(model, two_motif_data, "GATTA1")
    with pytest.raises(MotifError, match="magic are not known"):
        paper_table(model, two_motif_data, "GATA1", methods=["magic"])
    with pytest.raises(MotifError, match="does not hold MA0035.4"):
        paper_table(model, two_motif_data, "GATA1", "JASPAR2018", matrix_id="MA0035.4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clas_optimization": {"restarts": 1}}, "clas_optimization.* not known; use saliency, .*"),
        ({"saliency": {"nonsense": 1}}, "'saliency' has no option 'nonsense' here; it has none"),
        ({"temporal": {"width": 9}}, "'temporal' has no option 'width' here; it has none"),
        (
            {"filters": {"restarts": 1}},
            "no option 'restarts' here; it has share, merge, max_motifs",
        ),
        ({"class_optimization": {"seed": 1}}, "no option 'seed' here; it has restarts, iterations"),
    ],
)
def test_options_that_no_method_takes_are_refused_before_any_work(
    monkeypatch, two_motif_data, options, message
):
    module = sys.modules[paper_table.__module__]
    monkeypatch.setattr(module, "base_importance", lambda *_, **__: pytest.fail("it worked"))
    with pytest.raises(MotifError, match=message):
        paper_table(None, two_motif_data, "GATA1", options=options)


@pytest.mark.parametrize("labelled", [True, False])
def test_every_method_uses_the_first_bound_sequences_alone(monkeypatch, two_motif_data, labelled):
    data = two_motif_data if labelled else two_motif_data.sequences
    module, seen = sys.modules[paper_table.__module__], {}

    def discover(model, data, method, **options):
        labels = getattr(data, "labels", np.ones(len(data)))
        one_hot = getattr(data, "one_hot", data)
        seen[method] = one_hot[labels == 1], int((labels == 0).sum()), options
        return [jaspar("JASPAR2018", matrix_id="MA0035.3")[0]]

    def importance(model, X, method, **_):
        seen[method] = X, 0, {}
        return np.random.default_rng(0).random(X.shape[:2])

    monkeypatch.setattr(module, "discover_motifs", discover)
    monkeypatch.setattr(module, "base_importance", importance)
    methods = ("saliency", "class_optimization", "filters")
    options = {"filters": {"share": 0.4, "max_motifs": 2}}
    paper_table(
        None, data, "GATA1", "JASPAR2018", methods=methods, max_sequences=7, options=options
    )
    first = two_motif_data.one_hot
    first = (first[two_motif_data.labels == 1] if labelled else first)[:7]
    for method in methods:
        np.testing.assert_array_equal(seen[method][0], first)
    assert [seen[method][1] for method in methods[1:]] == [300 * labelled] * 2
    assert {"share": 0.4, "max_motifs": 2}.items() <= seen["filters"][2].items()
