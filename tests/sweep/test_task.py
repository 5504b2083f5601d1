"""One training of a sweep: what cannot be used is refused before the work."""

from __future__ import annotations

import pytest

from demo_widgets import models
from demo_widgets.sweep.jobs import Settings
from demo_widgets.sweep.plan import plan_sweep
from demo_widgets.sweep.task import run_job


def test_a_test_set_without_labels_is_refused_before_the_training(monkeypatch, tmp_path):
    monkeypatch.setattr(models, "train", lambda *_, **__: pytest.fail("it was trained first"))
    folder = tmp_path / "tfs" / "GATA1"
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text("sequence,label\nACGT,1\nTTTT,0\n")
    (folder / "test.csv").write_text("sequence\nACGT\n")
    plan = plan_sweep(tmp_path / "tfs", tmp_path / "out", Settings(("cnn",), (0,), 1)).begun()
    (job,) = plan.jobs
    assert "test set" in (reason := run_job(job, threads=1)) and "no labels" in reason
