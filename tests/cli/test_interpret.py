"""``demo-widgets interpret``: every method to a folder, and a kill that costs one block."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import demo_widgets as dw
from demo_widgets.cli import main
from demo_widgets.interpret.stored import interpret_to_folder as streaming
from demo_widgets.interpret.stored.arrays import stored_methods


def test_the_command_offers_every_method_that_can_be_stored(capsys):
    with pytest.raises(SystemExit):
        main(["interpret", "--help"])
    said = capsys.readouterr().out
    assert "{" + ",".join(stored_methods()) + "}" in "".join(said.split())


def test_models_of_a_folder_are_written_under_their_files_names(tmp_path, models, planted, facts):
    out = tmp_path / "out"
    arguments = ["--models", models, "--sequences", planted, "--out", out, "--window", 6]
    answer = facts("interpret", *arguments, "--method", "input_x_gradient")
    assert answer["models"] == ["small_cnn", "small_rnn"]
    assert (answer["n_sequences"], answer["length"]) == (60, 40)
    result = dw.open_interpretation(out)
    data = dw.read_sequences(planted)
    model = dw.load_model(models / "small_cnn.keras")
    expected = dw.attribute(model, data, method="input_x_gradient").importance
    np.testing.assert_allclose(result["small_cnn"]["importance"][:], expected, atol=1e-6)
    assert result.labels[:].tolist() == data.labels.tolist()
    table = pd.read_csv(answer["summary"])
    assert len(table) == 120 and (table["bases"].str.len() == 6).all()
    assert result.manifest["command"][:2] == ["demo-widgets", "interpret"]
    assert result.manifest["input_file"] == str(planted)


@pytest.mark.parametrize(("method", "options"), [
    ("integrated_gradients", ["--steps", 4, "--reference", "dinucleotide", "--references", 2]),
    ("in_silico_mutagenesis", []),
    ("temporal", []),
    ("saliency", ["--keep-gradient", "--batch-size", 7]),
])  # fmt: skip
def test_methods_and_their_options(tmp_path, models, facts, method, options):
    path = tmp_path / "two.fa"
    path.write_text(">a\nACGTTGATAAGC\n>b\nTTTTTTTTTTTT\n")
    answer = facts(
        *("interpret", "--models", models / "small_rnn.keras", "--sequences", path),
        *("--out", tmp_path / "out", "--method", method, *options),
    )
    run = dw.open_interpretation(tmp_path / "out").manifest["run"]
    assert run["method"] == answer["method"] == method
    if method == "integrated_gradients":
        settings = {"steps": 4, "reference": "dinucleotide", "n_references": 2, "seed": 0}
        assert run["options"] == settings
    if method == "saliency":
        assert run["batch_size"] == 7 and "gradient" in answer["arrays"]


def test_a_killed_run_goes_on_to_the_bits_of_one_that_was_not(
    tmp_path, models, planted, succeed, refused
):
    common = ["interpret", "--models", models / "small_rnn.keras", "--sequences", planted]
    common = [str(each) for each in [*common, "--batch-size", 16, "--out"]]
    whole, part = tmp_path / "whole", tmp_path / "part"
    succeed(*common, whole)
    # The child is held in its third block, which is therefore not written when it is killed.
    code = (
        "import sys, threading, zarr\n"
        "real = zarr.Array.__setitem__\n"
        "def write(self, rows, values):\n"
        "    if self.path == 'codes' and rows.start >= 32:\n"
        "        print('in the middle of a write', flush=True)\n"
        "        threading.Event().wait()\n"
        "    real(self, rows, values)\n"
        "zarr.Array.__setitem__ = write\n"
        "from demo_widgets.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, *common, str(part)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "in the middle of a write\n"
    finally:
        child.kill()
        child.communicate()
    manifest = json.loads((part / "manifest.json").read_text())
    assert manifest["done"] == 32 and not (part / "summary.csv").exists()
    assert "--resume" in refused(*common, part)
    assert "method was saliency and is now temporal" in refused(
        *common, part, "--resume", "--method", "temporal"
    )
    succeed(*common, part, "--resume")
    expected, resumed = dw.open_interpretation(whole), dw.open_interpretation(part)
    assert resumed.names[:].tolist() == expected.names[:].tolist()
    assert (resumed.codes[:] == expected.codes[:]).all()
    for name, array in expected["small_rnn"].items():
        assert array[:].tobytes() == resumed["small_rnn"][name][:].tobytes(), name
    assert (part / "summary.csv").read_bytes() == (whole / "summary.csv").read_bytes()


def test_ctrl_c_says_how_to_go_on(tmp_path, models, planted, refused, succeed, monkeypatch):
    out = tmp_path / "out"
    command_line = ["interpret", "--models", models, "--sequences", planted, "--out", out]
    real, calls = streaming.compute_arrays, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(streaming, "compute_arrays", interrupted)
        message = refused(*command_line, "--batch-size", 30, code=130)
    assert message == "demo-widgets: interrupted; to continue, run the same command with --resume\n"
    succeed(*command_line, "--batch-size", 30, "--resume")
    assert dw.open_interpretation(out).finished


def test_what_cannot_be_interpreted_is_refused_and_leaves_nothing(
    tmp_path, models, planted, refused
):
    ragged = tmp_path / "ragged.fa"
    ragged.write_text(">a\nACGTACGT\n>b\nACGT\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years")
    before = sorted(tmp_path.rglob("*"))
    for sequences, out, options, words in [
        (ragged, "out", [], "record 2 (line 3, 'b') has 4 bases"),
        (planted, "out", ["--steps", 9], "has no option 'steps'"),
        (planted, "out", ["--target", 9], "small_cnn.keras: target"),
        (planted, "out", ["--method", "temporal"], "small_cnn: temporal output scores cannot"),
        (planted, "full", ["--overwrite"], "holds other files"),
        (planted, "ragged.fa", [], "it is a file"),
        (planted, "no/out", [], "there is no folder"),
    ]:
        arguments = ["--models", models, "--sequences", sequences, "--out", tmp_path / out]
        assert words in refused("interpret", *arguments, *options)
    assert sorted(tmp_path.rglob("*")) == before
