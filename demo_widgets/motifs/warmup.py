"""Compile memelite's kernels ahead of the first click.

memelite (Tomtom and FIMO in numba) compiles for up to a minute the first time it runs in
an environment; numba then keeps the machine code on disk, and later processes load it in
about a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

__all__ = ["FIMO_EPSILON", "KERNEL_LOCK", "is_warm", "warm_up"]

FIMO_EPSILON = 1e-4
"""Added to every frequency before its logarithm, so that a base never seen costs, not forbids."""

KERNEL_LOCK = threading.RLock()
"""Held around every memelite call: numba's fallback thread pool dies when entered twice."""

_warm = threading.Event()


def is_warm() -> bool:
    """Whether matching and scanning are compiled and loaded in this process."""
    return _warm.is_set()


def warm_up(on_progress: Callable[[str], None] | None = None) -> float:
    """Compile (or load from numba's cache on disk) what matching and scanning need.

    Parameters
    ----------
    on_progress
        Called with a sentence for people before each step and at the end.

    Returns
    -------
    float
        Seconds taken; 0 when everything was warm already. Safe to call from any thread;
        concurrent callers wait for the one that compiles.

    Examples
    --------
    >>> warm_up(print)  # doctest: +SKIP
    Preparing motif matching (compiles for up to a minute the first time) ...
    """
    tell = on_progress or (lambda message: None)
    with KERNEL_LOCK:
        if _warm.is_set():
            return 0.0
        started = time.perf_counter()
        tell("Preparing motif matching (compiles for up to a minute the first time) ...")
        import scipy.stats  # noqa: F401  (a second of imports that the first match would pay)
        from memelite import fimo, tomtom

        rng = np.random.default_rng(0)
        motifs = [np.ascontiguousarray(rng.dirichlet(np.ones(4), 8).T) for _ in range(30)]
        tomtom(motifs[:1], motifs, n_jobs=1)
        tomtom(motifs[:3], motifs)
        tell("Preparing motif scanning ...")
        sequences = np.eye(4, dtype=np.int8)[rng.integers(0, 4, (2, 40))].transpose(0, 2, 1)
        fimo({"warm-up": motifs[0]}, np.ascontiguousarray(sequences), eps=FIMO_EPSILON)
        _warm.set()
        seconds = time.perf_counter() - started
        tell(f"Motif matching and scanning are ready ({seconds:.0f} s).")
        return seconds
