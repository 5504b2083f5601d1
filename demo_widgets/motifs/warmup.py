"""Compile memelite's kernels ahead of the first click.

memelite (Tomtom and FIMO in numba) compiles for up to a minute the first time it runs in
an environment; numba then keeps the machine code on disk, and later processes load it in
about a second.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from demo_widgets.warmup import WarmUp

__all__ = ["FIMO_EPSILON", "KERNEL_LOCK", "is_warm", "warm_up"]

FIMO_EPSILON = 1e-4
"""Added to every frequency before its logarithm, so that a base never seen costs, not forbids."""

KERNEL_LOCK = threading.RLock()
"""Held around every memelite call: numba's fallback thread pool dies when entered twice."""


def _steps() -> Iterator[str]:
    """Call what matching and scanning need, in the ways in which they call it."""
    yield "Preparing motif matching (compiles for up to a minute the first time) ..."
    import scipy.stats  # noqa: F401  (a second of imports that the first match would pay)
    from memelite import fimo, tomtom

    rng = np.random.default_rng(0)
    motifs = [np.ascontiguousarray(rng.dirichlet(np.ones(4), 8).T) for _ in range(30)]
    tomtom(motifs[:1], motifs, n_jobs=1)
    tomtom(motifs[:3], motifs)
    yield "Preparing motif scanning ..."
    sequences = np.eye(4, dtype=np.int8)[rng.integers(0, 4, (2, 40))].transpose(0, 2, 1)
    fimo({"warm-up": motifs[0]}, np.ascontiguousarray(sequences), eps=FIMO_EPSILON)
    yield "Motif matching and scanning are ready."


_WARM_UP = WarmUp(_steps, KERNEL_LOCK)

is_warm = _WARM_UP.is_done
warm_up = _WARM_UP.run
