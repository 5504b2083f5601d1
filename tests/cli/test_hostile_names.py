"""Names of sequences, models and files that would command a terminal, or are no text."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo_widgets.cli import main

ROWS = ["ACGTACGTAC" * 4, "TTGCATTGCA" * 4, "GGATCCGGAT" * 4, "CATTAGCATT" * 4]
ESCAPE = "\x1b]0;title\x07\x9b31m"
IN_A_FILE = "\x9b31m\u202emoc"  # with an escape character among its first lines, it is no text


def table(path: Path, name: str) -> Path:
    lines = [f'"{name} {i}",{row},{i % 2}\n' for i, row in enumerate(ROWS)]
    path.write_text("name,sequence,bound\n" + "".join(lines))
    return path


def run(capsys, *arguments: object) -> tuple[int, str]:
    """Exit code and all that was printed, which must hold no control character."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    output = capsys.readouterr()
    printed = output.out + output.err
    assert all(letter.isprintable() or letter == "\n" for letter in printed), repr(printed)
    return code, printed


def test_no_command_prints_a_control_character_of_a_name(tmp_path, models, capsys):
    data = table(tmp_path / "a.csv", IN_A_FILE)
    here = ["--models", models, "--sequences", data]
    bad = tmp_path / f"{ESCAPE}.fa".replace("/", "")
    (tmp_path / "bad.fa").write_text(f">{IN_A_FILE}\nACGT\n>{IN_A_FILE} 2\nACXT\n")
    for options, code in [
        (["evaluate", *here], 0),
        (["evaluate", *here, "--json"], 0),
        (["report", *here, "--rows", "1", "--out", tmp_path / "r.html", "--json"], 0),
        (["report", *here, "--names", f"{ESCAPE} x", "--out", tmp_path / "r.html"], 2),
        (["report", *here, "--rows", ESCAPE, "--out", tmp_path / "r.html"], 2),
        (["evaluate", "--models", models, "--sequences", bad], 2),
        (["evaluate", "--models", models, "--sequences", tmp_path / "bad.fa"], 2),
        (["evaluate", "--models", f"{ESCAPE}.keras", "--sequences", data], 2),
        (["evaluate", *here, "--csv", tmp_path / f"{ESCAPE}.csv"], 2),
        (["evaluate", *here, f"--{ESCAPE}"], 2),
        ([ESCAPE], 2),
        (["interpret", *here, "--out", tmp_path / "o\nWrote another"], 2),
    ]:
        assert run(capsys, *options)[0] == code, options


@pytest.mark.parametrize("name", [f"a{ESCAPE}", "a\nb", "a\udcff", "a\x7f"])
def test_a_model_that_cannot_be_named_in_results_is_refused_in_one_line(
    tmp_path, models, capsys, name
):
    shutil.copy(models / "small_cnn.keras", tmp_path / f"{name}.keras")
    data = table(tmp_path / "a.csv", "s")
    for path in (tmp_path, tmp_path / f"{name}.keras"):
        code, printed = run(capsys, "evaluate", "--models", path, "--sequences", data)
        assert code == 2 and printed.count("\n") == 1 and "rename the file" in printed


@pytest.mark.parametrize("suffix", [".csv", ".fa", ".bed"])
def test_a_file_whose_name_is_no_text_is_read(tmp_path, models, capsys, suffix):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    data, extra = folder / os.fsdecode(b"\xff" + suffix.encode()), []
    if suffix == ".csv":
        table(data, "s")
    elif suffix == ".fa":
        data.write_text("".join(f">{i % 2}\n{row}\n" for i, row in enumerate(ROWS)))
    else:
        data.write_text("chr1\t0\t40\nchr1\t50\t90\n")
        (folder / os.fsdecode(b"g\xfe.fa")).write_text(f">chr1\n{''.join(ROWS)}\n")
        extra = ["--genome", folder / os.fsdecode(b"g\xfe.fa"), "--length", 40]
        extra += ["--negatives", "dinucleotide"]
    here = ["--models", models, "--sequences", data, *extra]
    for options in [
        ["evaluate", *here, "--predictions", tmp_path / "p.csv", "--json"],
        ["report", *here, "--rows", "1", "--out", tmp_path / "r.html"],
        ["interpret", *here, "--out", tmp_path / "o"],
    ]:
        code, printed = run(capsys, *options)
        assert code == 0, printed
    code, printed = run(capsys, "evaluate", *here, "--csv", folder / "a.csv")
    assert code == 2 and "not UTF-8" in printed and printed.count("\n") == 1


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_a_name_that_the_output_cannot_encode_is_escaped(tmp_path, models, monkeypatch, json_too):
    shutil.copy(models / "small_cnn.keras", tmp_path / "modèle_α.keras")
    data = table(tmp_path / "a.csv", "séquence α")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["evaluate", "--models", str(tmp_path), "--sequences", str(data), *json_too]) == 0
    printed = raw.getvalue().decode("ascii")
    assert ("mod\\u00e8le" if json_too else "mod\\xe8le_\\u03b1") in printed
    if json_too:
        assert json.loads(printed)["results"][0]["model"] == "modèle_α"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_to_a_full_disk_is_a_failure_in_one_line_and_a_closed_one_is_none():
    code = (
        "import sys, demo_widgets.cli.demo as demo, demo_widgets.cli as cli; "
        "demo.run = lambda options: demo.say('x' * 100_000) or 0; sys.exit(cli.main(['demo']))"
    )
    for redirect, expected, words in [
        ("> /dev/full", 1, "demo-widgets: error: standard output: No space left on device\n"),
        (">&-", 0, ""),
    ]:
        line = f'{sys.executable} -c "{code}" {redirect}'
        done = subprocess.run(["bash", "-c", line], stderr=subprocess.PIPE, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (expected, words)
