"""A small labelled set that a small network learns in seconds."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.models import build_cnn
from demo_widgets.sequences import SequenceDataset

MOTIF = "AGATAAGG"


def make_planted(n: int, *, length: int = 40, seed: int = 0) -> SequenceDataset:
    """Random DNA; each bound sequence holds MOTIF once. Neighbours share a pair id."""
    rng = np.random.default_rng(seed)
    sequences = ["".join(rng.choice(list("ACGT"), length)) for _ in range(n)]
    labels = np.arange(n) % 2
    for i in np.flatnonzero(labels):
        at = rng.integers(length - len(MOTIF))
        sequences[i] = sequences[i][:at] + MOTIF + sequences[i][at + len(MOTIF) :]
    return SequenceDataset(
        sequences, labels=labels, metadata={"pair": np.arange(n) // 2}, name="planted"
    )


@pytest.fixture(scope="session")
def planted() -> SequenceDataset:
    return make_planted(600)


@pytest.fixture(scope="session")
def planted_test() -> SequenceDataset:
    return make_planted(200, seed=1)


@pytest.fixture
def small_cnn():
    """Factory of a small CNN with the same initial weights each time."""

    def build(**options):
        settings = {"widths": (9,), "filters": 16, "dropout": 0.2, "seed": 3, **options}
        return build_cnn(**settings)

    return build
