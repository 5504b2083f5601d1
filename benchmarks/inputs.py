"""Random sequences for timing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["random_one_hot", "write_fasta"]


def random_one_hot(n: int, length: int, seed: int = 0) -> np.ndarray:
    """One-hot ``(n, length, 4)`` float32 of random bases."""
    bases = np.random.default_rng(seed).integers(4, size=(n, length))
    return np.eye(4, dtype=np.float32)[bases]


def write_fasta(path: Path, n: int, length: int = 101, seed: int = 0) -> None:
    """Write a FASTA file of ``n`` random sequences in constant memory."""
    draw = np.random.default_rng(seed)
    letters = np.frombuffer(b"ACGT", dtype="S1")
    with path.open("w", encoding="ascii") as file:
        for start in range(0, n, 10_000):
            rows = letters[draw.integers(4, size=(min(10_000, n - start), length))]
            file.writelines(
                f">s{i}\n{row.tobytes().decode()}\n" for i, row in enumerate(rows, start)
            )
