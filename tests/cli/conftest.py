"""Small trained-looking models and sequences on disk, and what a command printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from demo_widgets.cli import main

MOTIF = "AGATAAGG"
LENGTH = 40


def write_planted(path: Path, n: int, *, seed: int = 0) -> Path:
    """FASTA with labels for headers; each bound sequence holds MOTIF."""
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        bases = "".join(rng.choice(list("ACGT"), LENGTH))
        if i % 2:
            at = rng.integers(LENGTH - len(MOTIF))
            bases = bases[:at] + MOTIF + bases[at + len(MOTIF) :]
        lines.append(f">{i % 2}\n{bases}\n")
    path.write_text("".join(lines))
    return path


@pytest.fixture(scope="session")
def planted(tmp_path_factory) -> Path:
    """60 labelled sequences of 40 bases."""
    return write_planted(tmp_path_factory.mktemp("sequences") / "planted.fa", 60)


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A folder with a small CNN and a small RNN."""
    from demo_widgets.models import build_cnn, build_rnn, save_model

    folder = tmp_path_factory.mktemp("models")
    save_model(build_cnn(widths=(9,), filters=8, seed=1, name="CNN"), folder / "small_cnn.keras")
    save_model(build_rnn(units=4, seed=1, name="RNN"), folder / "small_rnn.keras")
    return folder


@pytest.fixture
def succeed(capsys):
    """Run a command that must succeed; return what it printed on stdout, and nothing else."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        assert (code, output.err) == (0, "")
        return output.out

    return run


@pytest.fixture
def facts(succeed):
    """Run a command with ``--json``; return the one object on stdout."""

    def run(*arguments: object) -> dict:
        def refuse(name: str):
            pytest.fail(f"{name} is not JSON")

        return json.loads(succeed(*arguments, "--json"), parse_constant=refuse)

    return run


@pytest.fixture
def refused(capsys):
    """Run a command that must fail; return the one line on stderr."""

    def run(*arguments: object, code: int = 2) -> str:
        got = main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        assert (got, output.out) == (code, "")
        assert output.err.startswith("demo-widgets: ") and output.err.count("\n") == 1
        return output.err

    return run
