"""memelite's Tomtom and FIMO, called only here, and compiled before the first click.

memelite (numba) takes matrices as ``(4, width)`` and sequences as ``(n, 4, length)``; the rest of
the package has positions first. It compiles for up to a minute on first use in an environment;
numba then caches the machine code on disk, and later processes load it in about a second.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.warmup import WarmUp

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIMO_EPSILON", "is_warm", "run_fimo", "run_tomtom", "warm_up"]

FIMO_EPSILON = 1e-4
"""Added to every frequency before its logarithm, so that an unseen base is penalised, not
excluded."""

_KERNEL_LOCK = threading.RLock()
"""Held around every memelite call: numba's fallback thread pool crashes when entered twice."""


def _steps() -> Iterator[str]:
    """Call the functions of matching and scanning once with each signature, to compile them."""
    yield "Preparing motif matching (compiles for up to a minute the first time) ..."
    import scipy.stats  # noqa: F401  (imported early, because it takes a second)
    from memelite import fimo, tomtom

    rng = np.random.default_rng(0)
    motifs = [_channels_first(rng.dirichlet(np.ones(4), 8)) for _ in range(30)]
    tomtom(motifs[:1], motifs, n_jobs=1)
    tomtom(motifs[:3], motifs)
    yield "Preparing motif scanning ..."
    sequences = np.eye(4, dtype=np.int8)[rng.integers(0, 4, (2, 40))].transpose(0, 2, 1)
    fimo({"warm-up": motifs[0]}, np.ascontiguousarray(sequences), eps=FIMO_EPSILON)
    yield "Motif matching and scanning are ready."


_WARM_UP = WarmUp(_steps, _KERNEL_LOCK)

is_warm = _WARM_UP.is_done
warm_up = _WARM_UP.run


def run_tomtom(queries: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> np.ndarray:
    """Return the best alignment of each query ``(width, 4)`` on each target ``(width, 4)``.

    Returns
    -------
    numpy.ndarray
        ``(5, n_queries, n_targets)``: p-value, score, offset, overlap and strand (1 = reverse).
    """
    from memelite import tomtom

    warm_up()
    # One query runs faster on one thread.
    n_jobs = 1 if len(queries) == 1 else -1
    with _KERNEL_LOCK:
        return tomtom(
            list(map(_channels_first, queries)), list(map(_channels_first, targets)), n_jobs=n_jobs
        )


def run_fimo(motifs: Mapping[str, np.ndarray], X: np.ndarray, p_value: float) -> list[pd.DataFrame]:
    """Return a table of hits of each motif ``(width, 4)`` in one-hot ``(n, length, 4)``."""
    from memelite import fimo

    warm_up()
    matrices = {name: _channels_first(matrix) for name, matrix in motifs.items()}
    sequences = np.ascontiguousarray(X.transpose(0, 2, 1), dtype=np.int8)
    with _KERNEL_LOCK:
        return fimo(matrices, sequences, threshold=p_value, eps=FIMO_EPSILON)


def _channels_first(matrix: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(matrix.T, dtype=np.float64)
