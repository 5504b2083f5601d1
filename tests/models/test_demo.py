from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.models import demo, evaluate, load_demo, predict, read_metadata
from demo_widgets.motifs import discover_motifs, jaspar, match_motifs


@pytest.fixture(scope="module")
def loaded():
    return load_demo()


def test_demo_has_the_three_networks_and_a_labelled_set_with_truth(loaded):
    models, data = loaded
    assert list(models) == ["CNN", "RNN", "CNN-RNN"]
    assert [model.name for model in models.values()] == list(models)
    assert [m.model.count_params() for m in models.values()] == [136_322, 9_602, 46_082]
    assert (len(data), data.length, data.labels.mean()) == (500, 101, 0.5)
    assert set(data.truth["matrix_id"]) == {"MA0035.3", "MA0091.1"}


def holds(data, matrix_id):
    """Mask of the sequences that a motif is planted in."""
    sites = data.truth[data.truth["matrix_id"] == matrix_id]
    return np.isin(np.arange(len(data)), sites["sequence_index"])


def test_a_third_of_the_bound_sequences_hold_each_motif_alone_and_a_third_both(loaded):
    _, data = loaded
    gata, tal = holds(data, "MA0035.3"), holds(data, "MA0091.1")
    np.testing.assert_array_equal(gata | tal, data.labels == 1)
    assert [(gata & ~tal).sum(), (tal & ~gata).sum(), (gata & tal).sum()] == [83, 83, 84]
    assert not data.truth.duplicated(["sequence_index", "matrix_id"]).any()


def test_each_unbound_sequence_is_a_shuffle_of_its_partner(loaded):
    _, data = loaded
    for _, rows in data.metadata.groupby("pair").groups.items():
        assert sorted(data.labels[rows]) == [0, 1]
        first, second = (data.sequences[row] for row in rows)
        assert sorted(map("".join, pairwise(first))) == sorted(map("".join, pairwise(second)))


def test_the_core_of_gata_stands_where_the_truth_says(loaded):
    _, data = loaded
    sites = data.truth[data.truth["matrix_id"] == "MA0035.3"]
    found = [
        ("TTATC" if site.strand == "+" else "GATAA")
        in data.sequences[site.sequence_index][site.start : site.end]
        for site in sites.itertuples()
    ]
    assert np.mean(found) > 0.7


@pytest.mark.parametrize("name", ["CNN", "RNN", "CNN-RNN"])
def test_demo_models_are_good_on_sequences_they_have_not_seen(loaded, name):
    models, data = loaded
    scores = evaluate(models[name], data)
    stored = read_metadata(demo.DEMO_FOLDER / demo.DEMO_MODELS[name])
    assert scores["auroc"] >= 0.97
    assert scores["auroc"] == pytest.approx(stored["info"]["test"]["auroc"], abs=1e-3)
    assert data.fingerprint() == stored["info"]["test_fingerprint"]


def test_loading_takes_seconds_and_gives_the_same_models(loaded):
    models, data = loaded
    started = time.process_time()
    again, data_again = load_demo()
    assert time.process_time() - started < 10
    assert data_again.fingerprint() == data.fingerprint()
    for name, model in models.items():
        np.testing.assert_array_equal(predict(model, data), predict(again[name], data))


def test_assets_are_small():
    assert sum(f.stat().st_size for f in demo.DEMO_FOLDER.iterdir()) <= 3_000_000


def test_missing_assets_say_how_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "DEMO_FOLDER", tmp_path)
    with pytest.raises(DemoWidgetsError, match="lacks cnn.keras.*build_demo_assets.py"):
        load_demo()


@pytest.mark.parametrize("name", ["CNN", "RNN", "CNN-RNN"])
def test_demo_models_need_both_motifs(loaded, name):
    models, data = loaded
    p = predict(models[name], data)
    gata, tal = holds(data, "MA0035.3"), holds(data, "MA0091.1")
    for alone in (gata & ~tal, tal & ~gata):
        pair = np.isin(data.metadata["pair"], data.metadata["pair"][alone])
        assert roc_auc_score(data.labels[pair], p[pair]) >= 0.9


@pytest.mark.parametrize("windows", [1, 2])
@pytest.mark.parametrize("name", ["CNN", "RNN", "CNN-RNN"])
def test_saliency_brings_out_both_motifs(loaded, name, windows):
    models, data = loaded
    motifs = discover_motifs(models[name], data, "saliency", windows_per_sequence=windows)
    best = match_motifs(motifs, jaspar("JASPAR2024"), top=1).query("q_value < 0.01")
    assert best["target_name"].str.upper().str.startswith("GATA").any()
    assert (best["target_name"] == "TAL1::TCF3").any()
