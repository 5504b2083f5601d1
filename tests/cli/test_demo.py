"""``demo-widgets demo``: the quickstart in JupyterLab, or a report that is never half a file."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

import demo_widgets
from demo_widgets.cli import demo as demo_command
from demo_widgets.cli import main
from demo_widgets.errors import DemoWidgetsError, ModelError

ROOT = Path(__file__).resolve().parents[2]


def fake_demo(monkeypatch, save_html) -> None:
    """Replace the demo's models and dashboard by stand-ins that need no TensorFlow."""

    class Dashboard:
        def __init__(self, models, data, *, sequence_index):
            assert (list(models), sequence_index) == (["one", "two"], 4)

        def save_html(self, path):
            save_html(path)

    # Bound by its label and by both models: the last one alone.
    data = SimpleNamespace(labels=np.array([0, 0, 1, 1, 1]))
    models = {"one": np.array([0.1, 0.9, 0.9, 0.2, 0.9]), "two": np.array([0, 0.9, 0.3, 0.9, 0.7])}
    monkeypatch.setitem(vars(demo_widgets), "load_demo", lambda: (models, data))
    monkeypatch.setitem(vars(demo_widgets), "predict", lambda model, _: model)
    monkeypatch.setitem(vars(demo_widgets), "MotifDashboard", Dashboard)


def answered(url: str) -> int:
    """HTTP status at ``url``, which JupyterLab prints a moment before it listens there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:  # refused, reset or late
            time.sleep(0.1)
    pytest.fail(f"nobody listens at {url}")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package folder as ``pip install`` makes it: the notebook in ``assets``, no checkout."""
    package = tmp_path / "site-packages" / "demo_widgets"
    shipped = package / "assets" / "notebooks" / demo_command.QUICKSTART
    shipped.parent.mkdir(parents=True)
    shipped.write_text("the shipped notebook")
    monkeypatch.setattr(demo_command, "PACKAGE", package)
    return shipped


def test_the_report_is_written_and_replaces_an_older_one(tmp_path, monkeypatch, capsys):
    fake_demo(monkeypatch, lambda path: path.write_text("<html>new</html>"))
    report = tmp_path / "report.html"
    report.write_text("old")
    assert main(["demo", "--report", str(report)]) == 0
    assert report.read_text() == "<html>new</html>"
    assert list(tmp_path.iterdir()) == [report]
    assert str(report) in capsys.readouterr().out


@pytest.mark.parametrize("error", [ModelError("no\n  weights"), KeyboardInterrupt()])
def test_a_failed_report_leaves_the_older_one_and_nothing_else(
    tmp_path, monkeypatch, capsys, error
):
    def fail(path):
        path.write_text("half")
        raise error

    fake_demo(monkeypatch, fail)
    report = tmp_path / "report.html"
    report.write_text("old")
    expected = {ModelError: (2, "error: no weights"), KeyboardInterrupt: (130, "interrupted")}
    code, message = expected[type(error)]
    assert main(["demo", "--report", str(report)]) == code
    assert capsys.readouterr().err == f"demo-widgets: {message}\n"
    assert report.read_text() == "old"
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.parametrize("place", ["no-such-folder/report.html", "."])
def test_a_report_that_cannot_be_written_is_refused_before_any_work(
    tmp_path, monkeypatch, capsys, place
):
    fake_demo(monkeypatch, lambda path: pytest.fail("the dashboard was made"))
    assert main(["demo", "--report", str(tmp_path / place)]) == 2
    message = capsys.readouterr().err
    assert message.startswith("demo-widgets: error: cannot write ")
    assert message.count("\n") == 1


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with two notebooks."""
    tree = tmp_path / "checkout"
    monkeypatch.setattr(demo_command, "PACKAGE", tree / "demo_widgets")
    (tree / "notebooks").mkdir(parents=True)
    (tree / "setup.py").touch()
    (tree / "notebooks" / demo_command.QUICKSTART).write_text("the tracked notebook")
    (tree / "notebooks" / "02_more.ipynb").write_text("more")
    return tree


@pytest.fixture
def opened(monkeypatch):
    """The notebooks that JupyterLab would have opened."""
    seen = []
    monkeypatch.setattr(demo_command, "open_in_lab", lambda lab, path, *_: seen.append(path))
    return seen


def test_a_checkout_opens_a_copy_that_git_ignores(checkout, opened, monkeypatch):
    monkeypatch.chdir(checkout)
    assert main(["demo"]) == 0
    copy = checkout / demo_command.COPIES / demo_command.QUICKSTART
    assert opened == [copy] and copy.read_text() == "the tracked notebook"
    assert copy.with_name("02_more.ipynb").read_text() == "more"
    copy.write_text("my changes")
    assert (checkout / "notebooks" / demo_command.QUICKSTART).read_text() == "the tracked notebook"
    assert f"{demo_command.COPIES}/" in (ROOT / ".gitignore").read_text().splitlines()


def test_an_installed_package_opens_a_copy_and_leaves_its_own_file(installed, tmp_path):
    copy = demo_command.quickstart_copy(tmp_path)
    assert copy == tmp_path / demo_command.COPIES / demo_command.QUICKSTART
    assert copy.read_text() == "the shipped notebook"
    copy.write_text("my changes")
    assert installed.read_text() == "the shipped notebook"


def test_a_copy_that_was_changed_is_kept_and_told(checkout, tmp_path, capsys):
    copy = demo_command.quickstart_copy(tmp_path)
    demo_command.quickstart_copy(tmp_path)
    assert capsys.readouterr().out == ""
    copy.write_text("my changes")
    assert demo_command.quickstart_copy(tmp_path).read_text() == "my changes"
    assert capsys.readouterr().out == (
        f"Kept your edited copy in {copy.parent}: {copy.name} (delete it to get a new one)\n"
    )


def test_a_package_without_its_notebook_says_so(installed, tmp_path):
    installed.unlink()
    with pytest.raises(DemoWidgetsError, match="reinstall"):
        demo_command.quickstart_copy(tmp_path)


def test_a_missing_jupyterlab_is_told_before_anything_is_copied(
    installed, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    assert main(["demo"]) == 2
    assert "pip install jupyterlab" in capsys.readouterr().err
    assert not (tmp_path / demo_command.COPIES).exists()


def test_the_printed_url_opens_the_notebook_on_this_machine_alone(tmp_path, monkeypatch):
    notebook = tmp_path / demo_command.QUICKSTART
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    code = (
        "from pathlib import Path\n"
        "from demo_widgets.cli import demo\n"
        f"notebook = Path({str(notebook)!r})\n"
        "demo.open_in_lab(demo.jupyterlab_app(), notebook, port=8888, no_browser=True)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        log = ""
        for line in server.stderr:
            log += line
            url = re.search(r"http://127\.0\.0\.1:\d+/lab/tree/(\S+)\?token=\w+", line)
            if url:
                break
        else:
            pytest.fail(f"no URL was printed:\n{log}")
        assert url.group(1) == demo_command.QUICKSTART
        assert answered(url.group(0)) == 200
    finally:
        server.terminate()
        server.communicate(timeout=60)
