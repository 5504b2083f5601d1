"""The benchmark scripts start without the programs they compare with, and tell numbers truly."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import scaling
from benchmarks.against import __main__ as against
from benchmarks.against.import_time import import_time
from benchmarks.against.report import report, verdict
from benchmarks.inputs import random_one_hot, write_fasta
from benchmarks.tables import README, duration, markdown, write_block
from benchmarks.timing import Timing, in_turn

FOLDER = README.parent
SCRIPTS = sorted(
    path.stem
    for path in FOLDER.glob("*.py")
    if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")
)
COMMANDS = [*SCRIPTS, "against"]
RIVALS = ("crested", "torch", "captum", "tangermeme", "tf_keras_vis", "modiscolite", "matplotlib")


class NotInstalled:
    """A finder to which the rivals do not exist."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in RIVALS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def no_rivals(monkeypatch):
    """As where only the package itself is installed."""
    monkeypatch.setattr(sys, "meta_path", [NotInstalled, *sys.meta_path])


def row(**changes) -> dict:
    found = {
        "part": "saliency",
        "network": "CNN",
        "size": "1 sequence",
        "program": "demo_widgets",
        "seconds": 0.002,
        "first_quartile": 0.0019,
        "third_quartile": 0.0021,
        "repetitions": 7,
        "times_slower": 1.0,
        "difference": 0.0,
        "goal": math.nan,
        "load_average": 0.5,
        "note": math.nan,
        "run": "today",
        "machine": "a machine",
        "versions": "versions",
    }
    return found | changes


def rival(**changes) -> dict:
    timed = {"seconds": 0.02, "times_slower": 10.0, "difference": 1e-7, "goal": 8.0}
    return row(program="CREsted", **timed | changes)


@pytest.mark.parametrize("script", COMMANDS)
def test_every_benchmark_tells_what_it_does_without_the_rivals(
    script, no_rivals, monkeypatch, capsys
):
    name = f"benchmarks.{script}" + ".__main__" * (script == "against")
    module = importlib.import_module(name)
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as stopped:
        module.main()
    assert stopped.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize("script", COMMANDS)
def test_the_readme_has_a_line_for_every_benchmark(script):
    assert f"| `python -m benchmarks.{script}` |" in README.read_text(encoding="utf-8")


def test_plots_of_the_readme_are_there():
    text = README.read_text(encoding="utf-8")
    plots = [part.split(")")[0] for part in text.split("](")[1:] if part.startswith("results/")]
    assert [plot for plot in plots if not (FOLDER / plot).is_file()] == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5e-6, "5.00 µs"), (0.00152, "1.52 ms"), (0.9999, "1,000 ms"), (48.26, "48.3 s"),
     (726, "12.1 min")],
)  # fmt: skip
def test_durations_have_three_digits_and_a_unit(seconds, words):
    assert duration(seconds) == words


def test_numbers_stand_to_the_right_of_texts():
    assert markdown(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_a_block_is_replaced_and_the_rest_is_kept(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- t -->\nold \\1\n<!-- /t -->\nafter\n", encoding="utf-8")
    write_block("t", "new \\2", page)
    assert page.read_text() == "before\n<!-- t -->\nnew \\2\n<!-- /t -->\nafter\n"


def test_a_page_without_the_block_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text", encoding="utf-8")
    with pytest.raises(ValueError, match="<!-- t -->"):
        write_block("t", "new", page)
    assert page.read_text() == "text"


def test_functions_are_timed_in_turn():
    calls = []
    timings = in_turn({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3)
    assert calls == ["a", "b"] * 3
    assert {name: len(timing.seconds) for name, timing in timings.items()} == {"a": 3, "b": 3}


def test_spread_is_the_interquartile_range_over_the_median():
    assert Timing((1.0, 2.0, 3.0, 4.0, 5.0)).spread == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("ratio", "goal", "words"), [(8, 8, "met"), (12, 8, "met"), (6, 8, "missed by 25 %")]
)
def test_a_goal_is_met_or_missed_by_so_much(ratio, goal, words):
    assert verdict(ratio, goal) == words


def test_the_table_says_how_many_times_as_long_a_rival_takes():
    text = report(pd.DataFrame([rival(network="RNN"), row(network="RNN"), rival(), row()]))
    assert "| CNN | 1 sequence | 2.00 ms | 20.0 ms (10×) |\n| RNN |" in text
    assert "| saliency, CNN, 1 sequence | 8× as fast as CREsted | 10× | met |" in text


def test_the_table_says_why_a_rival_has_no_time():
    missing = {"seconds": math.nan, "times_slower": math.nan, "repetitions": 0}
    text = report(pd.DataFrame([row(), rival(note="not installed", **missing)]))
    assert "| CNN | 1 sequence | 2.00 ms | not installed |" in text
    assert "| 8× as fast as CREsted |  | not measured |" in text


def test_the_table_says_when_the_machine_was_busy():
    assert "busy" not in report(pd.DataFrame([row()]))
    assert "busy" in report(pd.DataFrame([row(), rival(load_average=8.0)]))


def test_a_point_that_was_not_run_is_a_dash():
    curve = {"part": "length", "task": "predict", "network": "CNN"}
    origin = {"load_average": 0.5, "run": "today", "machine": "a machine", "versions": "versions"}
    points = [{"count": 101, "seconds": 0.001}, {"count": 1_000, "seconds": math.nan}]
    text = scaling.report(pd.DataFrame([curve | origin | point for point in points]))
    assert "| bases | predict, CNN |\n| ---: | ---: |\n| 101 | 1.00 ms |\n| 1,000 | - |" in text


def test_results_of_another_part_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(against, "CSV", tmp_path / "against.csv")
    monkeypatch.setattr(against, "RESULTS", tmp_path)
    monkeypatch.setattr(against, "write_block", lambda *_: None)
    for rows in ([row(), rival()], [row(part="mutagenesis")], [row(seconds=0.004)]):
        monkeypatch.setattr(against, "measure", lambda *_, rows=rows: [rows])
        against.main(["--only", "saliency"])
    table = pd.read_csv(tmp_path / "against.csv").set_index(["part", "program"])["seconds"]
    assert table.to_dict() == {
        ("saliency", "CREsted"): 0.02,
        ("mutagenesis", "demo_widgets"): 0.002,
        ("saliency", "demo_widgets"): 0.004,
    }


def test_the_import_is_measured_in_a_fresh_python_without_tensorflow():
    (found,) = import_time(repeats=1)
    assert found["note"] == "TensorFlow is not loaded by it"
    assert found["network"] != "" and found["seconds"] > 0


def test_random_sequences_are_one_hot_and_repeat(tmp_path: Path):
    X = random_one_hot(3, 50, seed=1)
    assert X.shape == (3, 50, 4) and (X.sum(axis=-1) == 1).all()
    np.testing.assert_array_equal(X, random_one_hot(3, 50, seed=1))
    write_fasta(tmp_path / "s.fa", 12_001, length=7)
    lines = (tmp_path / "s.fa").read_text().splitlines()
    assert lines[::2] == [f">s{i}" for i in range(12_001)]
    assert {len(line) for line in lines[1::2]} == {7}
