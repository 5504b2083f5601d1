"""The shipped networks were trained on two planted motifs: both must come out of each."""

from __future__ import annotations

import pytest

import demo_widgets as dw


@pytest.mark.parametrize("network", ["CNN", "RNN", "CNN-RNN"])
@pytest.mark.parametrize("windows", [1, 2])
def test_both_planted_motifs_come_out_of_a_trained_network(network, windows):
    models, data = dw.load_demo()
    found = dw.discover_motifs(models[network], data, windows_per_sequence=windows)
    best = dw.match_motifs(found, dw.jaspar("JASPAR2016"), top=1)
    assert sorted(best["target"]) == ["MA0035.3", "MA0091.1"]
    assert (best["q_value"] < 0.01).all()
    assert all(motif.n_sites >= 50 for motif in found)
