"""What a search without motifs says."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest, motifs_of_windows


@pytest.mark.parametrize(("n", "words"), [(1, "in the one window of net"), (3, "in the 3 windows")])
def test_windows_without_a_recurring_word_are_counted(n, words):
    X = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(4, size=(n, 60))]
    start = np.full(n, 20)
    windows = {"sequence_index": np.arange(n), "start": start, "end": start + 12}
    request = DiscoveryRequest(model=None, X=X, index=np.arange(n), controls=X, model_name="net")
    assert motifs_of_windows(request, windows, "saliency") == []
    assert len(request.report) == 1 and words in request.report[0]
