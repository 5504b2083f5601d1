"""``demo-widgets sweep --dry-run``: what would run is what is counted."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from demo_widgets.sweep import factors as factors_module


@pytest.fixture
def factors(tmp_path, planted, monkeypatch):
    """One TF that can be read, and one that cannot: by patching, as root may read any file."""
    for tf in ("GATA1", "TAL1"):
        folder = tmp_path / "tfs" / tf
        folder.mkdir(parents=True)
        for half in ("train", "test"):
            shutil.copy(planted, folder / f"{half}.fa")
    real = factors_module.file_fingerprint

    def refusing(path):
        if "TAL1" in str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(factors_module, "file_fingerprint", refusing)
    return tmp_path / "tfs"


def test_a_tf_that_cannot_be_read_is_not_to_do(tmp_path, factors, succeed, facts):
    command = ["sweep", factors, "--out", tmp_path / "out", "--dry-run", "--quiet"]
    words = succeed(*command).splitlines()
    assert words[-1] == "6 trainings of 2 TFs, 3 to do"
    assert [line.split(",")[0] for line in words if ": unreadable: " in line] == ["TAL1"] * 3
    states = [training["state"] for training in facts(*command)["trainings"]]
    assert states.count("to do") == 3
