"""``demo-widgets serve``: what is refused before a server starts, and what reaches the page."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

import demo_widgets
from demo_widgets import cli
from demo_widgets.errors import DemoWidgetsError, ModelError
from demo_widgets.serve import DashboardPage, server
from demo_widgets.serve.page import Summary, show

DEMO = Path(demo_widgets.__file__).parent / "assets" / "demo"
SEQUENCES = DEMO / "sequences.csv.gz"
HOSTILE = "a');open('pwned','w')#\"\\\n<script>.csv.gz"


@pytest.fixture
def page(tmp_path) -> DashboardPage:
    """A page of one model on three sequences."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "GATA1 rnn.keras").write_bytes((DEMO / "rnn.keras").read_bytes())
    (tmp_path / "three.fa").write_text(">a\nACGTTGCA\n>b\nGATAAGAT\n>c\nTTTTTTTT\n")
    return DashboardPage(str(tmp_path / "models"), str(tmp_path / "three.fa"))


@pytest.fixture
def never_served(monkeypatch):
    """Fail when a server is started."""
    monkeypatch.setattr(server, "_run_voila", lambda *_: pytest.fail("a server was started"))


@pytest.fixture
def served(monkeypatch) -> dict:
    """Keep what Voila would get; the page is taken as checked."""
    seen = {}

    def run(notebook: Path, ip, port, open_browser, theme, *limits) -> None:
        seen["notebook"] = nbformat.read(notebook, as_version=4)
        seen["page"] = DashboardPage.load(notebook.parent / "page.json")
        seen["folder"] = notebook.parent.parent
        seen["jupyter_path"] = os.environ["JUPYTER_PATH"]
        seen["options"] = (ip, port, open_browser, theme)

    monkeypatch.setattr(server, "_run_voila", run)
    monkeypatch.setattr(
        server, "_checked_in_own_process", lambda page: Summary("données", ["CNN"], 1000, [])
    )
    return seen


def serve(page: DashboardPage, *options: str) -> int:
    given = ["--models", page.models, "--sequences", page.sequences, "--port", "0", *options]
    if page.tab is not None:
        given += ["--tab", page.tab]
    return cli.main(["serve", "--no-browser", *given])


def refused(capsys) -> str:
    """The one line that a refusal leaves."""
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("demo-widgets: error: ")
    assert output.err.count("\n") == 1
    return output.err


def test_the_page_names_models_by_their_files_and_opens_the_tab_asked_for(page):
    page = DashboardPage(page.models, page.sequences, tab="saliency")
    dashboard = page.dashboard(page.dataset())
    try:
        assert list(dashboard.engine.models) == ["GATA1 rnn"]
        assert dashboard.tab == "Saliency"
        assert dashboard.session.dataset.sequences == ["ACGTTGCA", "GATAAGAT", "TTTTTTTT"]
    finally:
        dashboard.close()


def test_a_folder_without_models_is_refused(tmp_path, page, capsys, never_served):
    (tmp_path / "empty").mkdir()
    for folder, words in (("empty", "no .keras file"), ("missing", "not a folder")):
        other = DashboardPage(str(tmp_path / folder), page.sequences)
        assert serve(other) == 2
        assert words in refused(capsys)


def test_unreadable_sequences_are_refused_by_a_process_that_ends(page, capfd, never_served):
    Path(page.sequences).write_text(">a\nACGTXX\n")
    assert serve(page) == 2
    assert "three.fa" in refused(capfd)


@pytest.mark.parametrize(("options", "words"), [
    ({"tab": "Salience"}, "no tab 'Salience'; expected one of Predictions, Saliency"),
    ({"genome": "no-genome.fa"}, "genome= is for the format"),
])  # fmt: skip
def test_a_wrong_tab_or_genome_is_refused(page, options, words):
    with pytest.raises(DemoWidgetsError, match=words):
        DashboardPage(page.models, page.sequences, **options).check()


def test_a_model_that_is_none_is_refused(page):
    Path(page.models, "broken.keras").write_bytes(b"not a model")
    with pytest.raises(DemoWidgetsError, match=r"broken\.keras"):
        page.check()


def test_a_model_of_several_outputs_needs_a_target(page):
    import keras

    inputs = keras.Input((None, 4))
    pooled = keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(4, 5)(inputs))
    outputs = keras.layers.Dense(3, activation="sigmoid")(pooled)
    file = Path(page.models, "three.keras")
    keras.Model(inputs, outputs).save(file)
    Path(page.models, "GATA1 rnn.keras").unlink()
    with pytest.raises(ModelError, match=r"three\.keras: it has 3 outputs; set target="):
        page.check()
    with pytest.raises(ModelError, match=r"three\.keras: target must be from 0 to 2.*got 3"):
        replace(page, target=3).check()
    assert replace(page, target=2).check().models == ["three (class 2)"]


def test_the_target_reaches_the_page(page, served):
    assert serve(page, "--target", "2") == 0
    assert served["page"] == replace(page, target=2)


def test_what_the_readers_left_out_is_told(page):
    Path(page.sequences).write_text(">a\nACGTNNNN\n>b\nGATAAGAT\n")
    (remark,) = page.check().remarks
    assert "4 ambiguous bases" in remark


def test_a_missing_voila_is_told_with_the_line_that_installs_it(
    page, monkeypatch, capsys, never_served
):
    monkeypatch.setitem(sys.modules, "voila", None)
    monkeypatch.setitem(sys.modules, "voila.app", None)
    assert serve(page) == 2
    assert "pip install voila" in refused(capsys)


def test_a_port_in_use_is_refused(page, capsys, never_served):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert serve(page, "--port", str(port)) == 2
    message = refused(capsys)
    assert f"port {port}" in message and "--port" in message


@pytest.mark.parametrize("options", [["--port", "99999"], ["--ip", "256.1.1.1"]])
def test_an_impossible_address_is_refused(page, capsys, never_served, options):
    assert serve(page, *options) == 2
    assert "cannot listen" in refused(capsys)


def test_this_machine_alone_is_the_default_and_others_are_warned_of(page, served, capsys):
    assert serve(page) == 0
    assert served["options"][0] == "127.0.0.1"
    output = capsys.readouterr()
    assert output.err == ""
    assert f"http://127.0.0.1:{served['options'][1]}/" in output.out
    assert "1,000 sequences of données" in output.out
    assert serve(page, "--ip", "0.0.0.0", "--theme", "dark") == 0
    assert served["options"][0] == "0.0.0.0" and served["options"][3] == "dark"
    warning = capsys.readouterr().err
    assert "everyone who can reach" in warning and "without a password" in warning


def test_hostile_file_names_are_data_and_never_code(tmp_path, page, served):
    sequences = tmp_path / HOSTILE
    sequences.write_bytes(SEQUENCES.read_bytes())
    assert serve(DashboardPage(page.models, page.sequences)) == 0
    plain = served["notebook"]
    assert serve(DashboardPage(page.models, str(sequences), tab="');open('x')")) == 0
    sources = [cell.source for cell in served["notebook"].cells]
    assert sources == [cell.source for cell in plain.cells]
    assert served["page"] == DashboardPage(page.models, str(sequences), tab="');open('x')")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
def test_a_file_name_that_is_no_text_is_kept(tmp_path):
    name = os.fsdecode(b"caf\xe9.fa")
    DashboardPage("models", name).save(tmp_path / "page.json")
    assert DashboardPage.load(tmp_path / "page.json").sequences == name


def test_nothing_is_left_behind(page, served, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/mine")
    assert serve(page) == 0
    assert served["jupyter_path"] == os.pathsep.join([str(served["folder"]), "/mine"])
    assert os.environ["JUPYTER_PATH"] == "/mine"
    assert not served["folder"].exists()


def test_files_that_changed_since_are_told_on_the_page_as_text(tmp_path):
    gone = DashboardPage(str(tmp_path), str(tmp_path / "<b>gone</b>"))
    gone.save(tmp_path / "page.json")
    words = show(tmp_path / "page.json").value
    assert "does not exist" in words and "&lt;b&gt;gone" in words


def test_the_page_is_kept_as_json(tmp_path, page):
    page.save(tmp_path / "page.json")
    assert json.loads((tmp_path / "page.json").read_text())["sequences"] == page.sequences


def test_help_has_an_example_and_loads_no_heavy_library():
    code = (
        "import sys\n"
        "from demo_widgets.cli import main\n"
        "try:\n"
        "    main(['serve', '--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "assert not {'tensorflow', 'numpy', 'voila'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "demo-widgets serve --models models/" in done.stdout
