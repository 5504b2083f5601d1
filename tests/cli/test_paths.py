"""No command replaces what the same call reads or writes elsewhere, by whatever name."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import pytest

from demo_widgets.cli import main
from demo_widgets.cli.paths import ADDS_TO, FILLS, READS, WRITES, check_paths, role_of
from demo_widgets.cli.program import COMMANDS, build_parser

NAMES = [command.__name__.rpartition(".")[2] for command in COMMANDS]


def parser_of(name: str) -> argparse.ArgumentParser:
    (commands,) = (a for a in build_parser()._actions if isinstance(a.choices, dict))
    return commands.choices[name]


def takes_a_path(action: argparse.Action) -> bool:
    words = f"{action.metavar or ''}"
    return action.type is Path or any(word in words for word in ("FILE", "DIR", "PATH", "FA."))


@pytest.mark.parametrize("name", NAMES)
def test_every_option_that_takes_a_path_says_what_is_done_with_it(name):
    actions = [action for action in parser_of(name)._actions if takes_a_path(action)]
    assert actions
    for action in actions:
        assert role_of(action.dest) in (READS, WRITES, FILLS, ADDS_TO), action.dest


def test_an_option_of_that_kind_without_a_role_would_be_found():
    parser = argparse.ArgumentParser()
    action = parser.add_argument("--new", type=Path)
    assert takes_a_path(action) and role_of(action.dest) is None


def words_of(action: argparse.Action, path: Path) -> list[str]:
    return [*action.option_strings[:1], str(path)]


def conflicts() -> list[tuple[str, str, str]]:
    """Every command with every pair of an output and something else that takes a path."""
    found = []
    for name in NAMES:
        roles = {a.dest: role_of(a.dest) for a in parser_of(name)._actions if takes_a_path(a)}
        written = [dest for dest, role in roles.items() if role in (WRITES, FILLS)]
        for number, output in enumerate(written):
            others = [dest for dest, role in roles.items() if role == READS]
            found += [(name, output, other) for other in [*others, *written[number + 1 :]]]
    return found


def line_of(name: str, **paths: Path) -> list[str]:
    arguments = []
    for action in parser_of(name)._actions:
        if action.dest in paths:
            arguments += words_of(action, paths[action.dest])
        elif action.required and action.dest != "help":
            arguments += words_of(action, Path(f"plain_{action.dest}"))
    return [name, *arguments]


def same(path: Path, how: str) -> Path:
    other = path.with_name(f"other{path.suffix}")
    if how == "spelling":
        return path.parent / "." / "x" / ".." / path.name
    if how == "link":
        other.symlink_to(path)
    elif how == "hard link":
        os.link(path, other)
    elif how == "link to its folder":
        path.parent.with_name("linked").symlink_to(path.parent)
        return path.parent.with_name("linked") / path.name
    return path if how == "name" else other


HOW = ["name", "spelling", "link", "hard link", "link to its folder"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("name", "output", "other"), conflicts())
def test_an_output_is_never_an_input_or_another_output(
    tmp_path, refused, monkeypatch, name, output, other, how
):
    (tmp_path / "here" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "here" / "a.keras"
    path.write_text("precious")
    line = line_of(name, **{other: path, output: same(path, how)})
    if "--overwrite" in str(parser_of(name).format_help()):
        line.append("--overwrite")
    message = refused(*line)
    assert " would replace " in message and "another name" in message
    assert path.read_text() == "precious"


@pytest.mark.parametrize(("name", "output", "other"), [
    ("evaluate", "csv", "predictions"), ("train", "history", "out"), ("motifs", "matches", "out"),
])  # fmt: skip
def test_two_outputs_that_are_not_there_yet_are_told_apart(tmp_path, refused, name, output, other):
    (tmp_path / "linked").symlink_to(tmp_path)
    line = line_of(name, **{other: tmp_path / "a.meme", output: tmp_path / "linked" / "a.meme"})
    assert " would replace " in refused(*line)


def test_names_that_follow_from_others_are_compared_too(tmp_path, models, refused):
    model = tmp_path / "gata.keras"
    shutil.copy(models / "small_cnn.keras", model)
    for options, words in [
        (["train", "--sequences", tmp_path / "a.history.csv", "--out", tmp_path / "a.keras"],
         "the history, next to --out, would replace"),
        (["train", "--sequences", "s.fa", "--out", tmp_path / "a.keras", "--history",
          tmp_path / "a.training" / "training_state.npz"], "--history would replace"),
        (["motifs", "--sequences", "s.fa", "--models", model, "--out", tmp_path / "m.meme",
          "--logos", tmp_path, "--matches", tmp_path / "gata_saliency_2.svg"],
         "--logos (gata saliency 2)"),
        (["evaluate", "--sequences", "s.fa", "--models", tmp_path, "--csv", model],
         "--csv would replace"),
        (["interpret", "--sequences", tmp_path / "o" / "arrays.zarr" / "s.fa", "--models", model,
          "--out", tmp_path / "o", "--overwrite"], "--out would replace"),
        (["sweep", tmp_path / "results" / "tfs", "--out", tmp_path / "results"],
         "--out would replace"),
    ]:  # fmt: skip
        assert words in refused(*options)


def test_what_is_apart_is_let_through(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.keras").touch()
    for line in [
        ["evaluate", "--models", "models", "--sequences", "s.fa", "--csv", "models/a.csv"],
        ["evaluate", "--models", "models", "--sequences", "s.fa", "--csv", "a", "--predictions",
         "b"],
        ["train", "--sequences", "s.fa", "--validation", "0.1", "--out", "0.keras"],
        ["motifs", "--models", "models", "--sequences", "s.fa", "--out", "logos/m.meme", "--logos",
         "logos"],
        ["sweep", "tfs", "--out", "tfs/results"],
    ]:  # fmt: skip
        check_paths(build_parser().parse_args(line))


def test_nothing_is_computed_before_the_paths_are_compared(tmp_path, planted, models, monkeypatch):
    before = planted.read_bytes()
    monkeypatch.setattr("demo_widgets.cli.evaluate.run", lambda options: pytest.fail("it ran"))
    line = ["evaluate", "--models", models, "--sequences", planted, "--predictions", planted]
    assert main([str(argument) for argument in line]) == 2
    assert planted.read_bytes() == before
