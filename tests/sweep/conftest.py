"""Folders of small simulated TFs, in both layouts that a sweep reads."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from demo_widgets.sequences import SequenceDataset, simulate_motif_dataset

LENGTH = 30


def simulated(matrix: str, n: int, seed: int) -> SequenceDataset:
    """A small labelled set with sites of a JASPAR matrix."""
    return simulate_motif_dataset([matrix], n_sequences=n, length=LENGTH, seed=seed)


def write_fasta(path: Path, data: SequenceDataset) -> None:
    """Write the authors' format: the header is the label."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"> {y}\n{s}\n" for y, s in zip(data.labels, data.sequences, strict=True))
    with gzip.open(path, "wt") as file:
        file.writelines(lines)


def write_deepbind(path: Path, data: SequenceDataset) -> None:
    """Write DeepBind's table."""
    with gzip.open(path, "wt") as file:
        file.write("FoldID\tEventID\tseq\tBound\n")
        for i, (y, s) in enumerate(zip(data.labels, data.sequences, strict=True)):
            file.write(f"A\tseq_{i:05d}_peak\t{s}\t{y}\n")


def add_folder(root: Path, name: str, *, seed: int = 0) -> Path:
    """A TF with a folder of its own."""
    write_fasta(root / name / "train.fa.gz", simulated("MA0035.3", 120, seed))
    write_fasta(root / name / "test.fa.gz", simulated("MA0035.3", 60, seed + 1))
    return root / name


def add_pair(root: Path, name: str, *, seed: int = 0) -> None:
    """A TF as a DeepBind pair of files."""
    data = simulated("MA0139.1", 120, seed)
    write_deepbind(root / f"{name}_AC.seq.gz", data[data.labels == 1])
    write_deepbind(root / f"{name}_B.seq.gz", simulated("MA0139.1", 60, seed + 1))


@pytest.fixture
def factors(tmp_path) -> Path:
    """A folder with one TF in each layout."""
    root = tmp_path / "tfs"
    root.mkdir()
    add_folder(root, "GATA1")
    add_pair(root, "CTCF (sc-1)")
    return root
