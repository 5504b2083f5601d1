"""Files are whole or not there, and what cannot be written is refused before any work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import check_output, new_folder_beside, replacing


def test_a_file_is_replaced_only_when_it_is_whole(tmp_path):
    file = tmp_path / "new" / "scores.csv"
    with replacing(file) as temporary:
        temporary.write_text("first")
    with pytest.raises(KeyboardInterrupt), replacing(file) as temporary:
        temporary.write_text("half")
        assert file.read_text() == "first"
        raise KeyboardInterrupt
    assert file.read_text() == "first"
    assert list(file.parent.iterdir()) == [file]


def test_file_and_folder_have_the_permissions_of_any_other(tmp_path):
    (tmp_path / "plain").touch()
    (tmp_path / "folder").mkdir()
    with replacing(tmp_path / "a.csv") as temporary:
        temporary.write_text("1")
    made = {tmp_path / "a.csv": "plain", new_folder_beside(tmp_path / "b"): "folder"}
    for path, like in made.items():
        assert path.stat().st_mode == (tmp_path / like).stat().st_mode


def test_the_permission_mask_of_the_process_is_never_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("other threads would see it"))
    with replacing(tmp_path / "a.csv") as temporary:
        temporary.write_text("1")
    check_output(tmp_path / "b.csv")


def test_the_temporary_file_keeps_the_suffix(tmp_path):
    with replacing(tmp_path / "cnn.keras") as temporary:
        assert temporary.suffix == ".keras" and temporary != tmp_path / "cnn.keras"


def test_a_folder_is_no_file_to_replace(tmp_path):
    with pytest.raises(IsADirectoryError) as refusal, replacing(tmp_path):
        pytest.fail("the work was begun")
    assert refusal.value.filename == str(tmp_path)
    with pytest.raises(DemoWidgetsError, match="it is a folder; name a file in it"):
        check_output(tmp_path)


def test_what_the_system_refuses_is_told_of_the_file_that_was_asked_for(tmp_path):
    file = tmp_path / f"{'x' * os.pathconf(tmp_path, 'PC_NAME_MAX')}.csv"
    with pytest.raises(OSError) as refusal, replacing(file):
        pytest.fail("the work was begun")
    assert refusal.value.filename == str(file)


def test_checking_an_output_changes_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    check_output(tmp_path / "a.csv", ".csv", ".tsv")
    check_output(tmp_path / "b.csv")
    check_output(None, ".csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}
    with pytest.raises(DemoWidgetsError, match=r"ends in \.csv or \.tsv"):
        check_output(tmp_path / "a.txt", ".csv", ".tsv")
    with pytest.raises(DemoWidgetsError, match="No such file or directory"):
        check_output(tmp_path / "missing" / "a.csv")


def test_writing_files_loads_no_heavy_library():
    heavy = {"tensorflow", "keras", "numpy", "pandas"}
    code = f"import sys, demo_widgets, demo_widgets.files; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
