"""One line of the results, importable without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OURS", "Row"]

OURS = "demo_widgets"


@dataclass(frozen=True)
class Row:
    """One line of the results: one program in one contest. Times in seconds."""

    part: str
    network: str
    size: str
    program: str
    version: str
    seconds: float
    first_quartile: float
    third_quartile: float
    repetitions: int
    times_slower: float
    difference: float
    goal: float
    load_average: float
    note: str
