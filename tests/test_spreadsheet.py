"""A table of hostile names runs nothing in a spreadsheet, and reads back as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import demo_widgets
from demo_widgets.sequences import read_sequences
from demo_widgets.spreadsheet import as_cell, from_cell, shown_not_run

HOSTILE = [
    "=HYPERLINK(\"http://x\",\"y\")", "+1-1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "=a",
    "-cmd", "'=1+1", "''=1+1", "-0.5.1", "-1e", "--1", "+=1",
]  # fmt: skip
HARMLESS = [
    "", "a", "chr1:1-2", "-0.5", "+3", "-1e-5", "1e5", "-.5", "-", "+", "=", "@", "'quoted'",
    "'", "''", "'-", "it's", " =1+1", "seq=1", "'chr1",
]  # fmt: skip


@pytest.mark.parametrize("text", [*HOSTILE, *HARMLESS])
def test_every_text_comes_back(text):
    assert from_cell(as_cell(text)) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_as_a_formula(text):
    assert as_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_is_written_as_it_is(text):
    assert as_cell(text) == text


def test_random_texts_come_back_and_begin_no_formula():
    rng = np.random.default_rng(0)
    for _ in range(5_000):
        text = "".join(rng.choice(list("'=+-@\t\r\n1.ea "), rng.integers(0, 7)))
        cell = as_cell(text)
        assert from_cell(cell) == text
        number = True
        try:
            float(cell)
        except ValueError:
            number = False
        assert number or len(cell) < 2 or cell[0] not in "=+-@\t\r\n"


def test_numbers_stay_numbers_and_the_table_stays_as_it_was():
    table = pd.DataFrame({"=a": [-0.5, 2.0], "n": [-1, 3], "text": ["=1+1", "-0.5"]})
    table["kind"] = pd.Categorical(["+", "@x()"])
    table["flag"] = [True, False]
    before = table.copy()
    written = shown_not_run(table).to_csv(index=False)
    assert written == ("'=a,n,text,kind,flag\n-0.5,-1,'=1+1,+,True\n2.0,3,-0.5,'@x(),False\n")
    pd.testing.assert_frame_equal(table, before)


def test_columns_of_one_name_are_kept_apart():
    table = pd.DataFrame([["=1+1", "a"]], columns=["x", "x"])
    assert shown_not_run(table).to_csv(index=False) == "x,x\n'=1+1,a\n"


def test_a_table_of_hostile_names_reads_back_the_same(tmp_path):
    names = [name for name in HOSTILE if not {"\r", "\n"} & set(name)]
    rng = np.random.default_rng(1)
    rows = ["".join(rng.choice(list("ACGT"), 20)) for _ in names]
    table = pd.DataFrame({"name": names, "sequence": rows, "=note": names, "n": -0.5})
    shown_not_run(table).to_csv(tmp_path / "a.csv", index=False)
    data = read_sequences(tmp_path / "a.csv")
    assert data.names == names
    assert data.metadata["=note"].tolist() == names
    assert data.metadata["n"].tolist() == [-0.5] * len(names)


def test_every_csv_of_the_package_is_written_that_way():
    """A table that goes to a file by ``to_csv`` alone would be a way around it."""
    folder = Path(demo_widgets.__file__).parent
    known = {"cli/train.py": "numbers of epochs alone"}
    for path in folder.rglob("*.py"):
        place = path.relative_to(folder).as_posix()
        lines = [line for line in path.read_text().splitlines() if ".to_csv(" in line]
        safe = all("shown_not_run(" in line or "cells.to_csv(" in line for line in lines)
        assert safe or place in known or place == "spreadsheet.py", place


def cells_of(path: Path) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(path.read_text())) for cell in row]


def test_no_command_writes_a_formula(tmp_path):
    from demo_widgets.cli import main
    from demo_widgets.models import build_cnn, save_model

    save_model(build_cnn(widths=(9,), filters=8, seed=1), tmp_path / "=cmd.keras")
    rng = np.random.default_rng(0)
    lines = [f"=x{i}(),{''.join(rng.choice(list('ACGT'), 30))},{i % 2}\n" for i in range(8)]
    (tmp_path / "a.csv").write_text("name,sequence,bound\n" + "".join(lines))
    here = ["--models", str(tmp_path), "--sequences", str(tmp_path / "a.csv")]
    files = [tmp_path / name for name in ("t.csv", "p.csv")]
    line = ["evaluate", *here, "--csv", str(files[0]), "--predictions", str(files[1])]
    assert main(line) == 0
    assert main(["interpret", *here, "--out", str(tmp_path / "o")]) == 0
    for file in [*files, tmp_path / "o" / "summary.csv"]:
        cells = cells_of(file)
        assert any(cell.startswith("'=") for cell in cells)
        for cell in cells:
            assert cell[:1] not in ("=", "@") and (cell[:1] not in "+-" or float(cell) is not None)
