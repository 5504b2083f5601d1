"""Files are whole or not there, and what cannot be written is refused before any work."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from demo_widgets.errors import DemoWidgetsError, DiskFull
from demo_widgets.files import check_output, making_folder, replacing, visible_files


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
    with making_folder(tmp_path / "b"):
        pass
    made = {tmp_path / "a.csv": "plain", tmp_path / "b": "folder"}
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


def hold(path, block: str) -> subprocess.Popen:
    """A process that is in the middle of writing ``path``."""
    code = (
        "import sys; from pathlib import Path; from demo_widgets.files import making_folder, "
        f"replacing\nwith {block}(Path(sys.argv[1])) as made:\n    print(made, flush=True)\n"
        "    sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("block", ["replacing", "making_folder"])
def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_a_live_one_writes_is_not(
    tmp_path, block
):
    path = tmp_path / "cnn.keras"
    similar = [".cnn-mine.keras", ".cnn-0123456789ab.csv", ".other-0123456789ab.keras"]
    for name in similar:
        (tmp_path / name).touch()
    killed, alive = hold(path, block), hold(path, block)
    names = {os.path.basename(p.stdout.readline().strip()) for p in (killed, alive)}
    assert names <= set(os.listdir(tmp_path))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    making = {"replacing": replacing, "making_folder": making_folder}[block]
    with making(path):
        pass
    left = set(os.listdir(tmp_path)) - {path.name, *similar}
    assert len(left) == 1 and left < names
    alive.communicate("")
    assert alive.returncode == 0
    assert set(os.listdir(tmp_path)) == {path.name, *similar}


def test_hidden_files_are_not_listed(tmp_path):
    for name in ("b.keras", "a.keras", ".a-0123456789ab.keras", "._a.keras", "a.csv"):
        (tmp_path / name).touch()
    assert [path.name for path in visible_files(tmp_path, ".keras")] == ["a.keras", "b.keras"]


def hdf5_error(code: int) -> BaseException:
    """How h5py reports an error of the operating system."""
    return RuntimeError(f"unable to flush (file write failed: errno = {code}, buf = 0x1)")


@pytest.mark.parametrize("make", [lambda code: OSError(code, os.strerror(code)), hdf5_error])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_reported_with_the_file_that_was_asked_for(tmp_path, make, code):
    from demo_widgets.files import refuse_full_disk

    with pytest.raises(DiskFull, match=rf"a\.csv: {os.strerror(code)}; free some space"):
        with replacing(tmp_path / "a.csv"):
            try:
                raise make(code)
            except Exception as error:
                refuse_full_disk(error, tmp_path / "a.csv")
                raise
    assert not list(tmp_path.iterdir())


def test_checking_an_output_on_a_full_disk_is_no_wrong_path(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(DiskFull, match="a.csv"):
        check_output(tmp_path / "a.csv")


def test_an_error_while_writing_names_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(OSError) as refusal, replacing(tmp_path / "a.csv"):
        raise OSError(errno.EIO, "Input/output error")
    assert refusal.value.filename == str(tmp_path / "a.csv")
    with pytest.raises(OSError) as refusal, replacing(tmp_path / "a.csv"):
        open(tmp_path / "missing")
    assert refusal.value.filename == str(tmp_path / "missing")


def test_a_device_or_a_pipe_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(DemoWidgetsError, match="a device or a pipe"):
        check_output(pipe)
    with pytest.raises(OSError, match="a device or a pipe"), replacing(pipe):
        pytest.fail("the work was begun")
    assert pipe.is_fifo()


def test_a_folder_may_be_made_through_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with making_folder(tmp_path / "link") as folder:
        (folder / "a").touch()
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "there") == ["a"]


def test_writing_files_loads_no_heavy_library():
    heavy = {"tensorflow", "keras", "numpy", "pandas"}
    code = f"import sys, demo_widgets, demo_widgets.files; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
