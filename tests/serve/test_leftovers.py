"""Errors that visitors do not see, and folders that a killed server leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demo_widgets.serve.folder import own_folder
from tests.browser.server import PageServer
from tests.serve.conftest import Target, wait_until

PREFIX = "demo-widgets-serve-"


def folders(place: Path) -> set[Path]:
    return set(place.glob(f"{PREFIX}*"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory, own_tmp, files):
    """A server whose page fails in a way that nobody foresaw."""
    before = folders(own_tmp)
    server = PageServer(tmp_path_factory.mktemp("broken"), *files)
    (folder,) = folders(own_tmp) - before
    (folder / "page" / "page.json").write_text("no JSON: <b>secret</b>")
    yield Target(server), folder
    server.stop()


def test_a_failing_cell_is_one_plain_sentence_and_the_log_says_why(broken):
    target, _ = broken
    answer = target.request()
    assert answer.status == 200
    assert "The dashboard cannot be shown; the server's log says why." in answer.text
    for words in ("Traceback", "JSONDecodeError", "page.py", "json.loads", "secret"):
        assert words not in answer.text
    wait_until(lambda: "JSONDecodeError" in target.server.log.read_text())


def test_an_unknown_kernel_is_refused_without_a_traceback(broken):
    target, _ = broken
    for path in ("/api/kernels/1-1-1-1-1", "/api/kernels/1-1-1-1-1/channels"):
        answer = target.request(path)
        assert answer.status in (400, 404) and "Traceback" not in answer.text


def test_the_next_server_removes_what_a_killed_one_left(
    target: Target, broken, own_tmp, tmp_path, tmp_path_factory, files
):
    killed, left = broken
    killed.server.process.kill()
    killed.server.process.wait()
    assert (left / "page").is_dir()
    running = folders(own_tmp) - {left}
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "server.lock").write_text("")
    link = own_tmp / f"{PREFIX}link"
    link.symlink_to(precious)
    other = own_tmp / f"{PREFIX}without-a-lock"
    other.mkdir()
    pointed = own_tmp / f"{PREFIX}with-a-link-as-lock"
    pointed.mkdir()
    (pointed / "server.lock").symlink_to(precious / "server.lock")
    server = PageServer(tmp_path_factory.mktemp("next"), *files)
    try:
        assert not left.exists()
        assert running and all((folder / "page" / "page.json").exists() for folder in running)
        assert (precious / "server.lock").exists() and link.is_symlink()
        assert other.is_dir() and pointed.is_dir()
    finally:
        server.stop()
    assert folders(own_tmp) == {*running, link, other, pointed}
    assert target.still_answers()


def test_a_folder_is_removed_with_all_that_was_put_in(own_tmp):
    with own_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0 and folder.stat().st_uid == os.getuid()
        (folder / "page").mkdir()
        (folder / "page" / "page.json").write_text("")
        with own_folder() as second:
            assert second != folder and (folder / "page" / "page.json").exists()
    assert not folder.exists() and not second.exists()
