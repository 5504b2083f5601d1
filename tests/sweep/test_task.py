"""One training of a sweep: what cannot be used is refused before the work."""

from __future__ import annotations

import pytest

from demo_widgets import models
from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset
from demo_widgets.sweep import task


def test_a_test_set_without_labels_is_refused_before_the_training(monkeypatch):
    monkeypatch.setattr(models, "train", lambda *_, **__: pytest.fail("it was trained first"))
    training = SequenceDataset(["ACGT", "TTTT"], labels=[1, 0])
    with pytest.raises(SequenceError, match="test set .* no labels"):
        task._train(None, training, SequenceDataset(["ACGT"]), [])
