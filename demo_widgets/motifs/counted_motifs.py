"""Motifs from files of counts: JASPAR and TRANSFAC, both read by Bio.motifs."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import SUM_TOLERANCE, Motif

__all__ = ["motif_of_counts", "one_line", "scaled_counts"]


def motif_of_counts(name: str, counts: np.ndarray, matrix_id: str, source: str) -> Motif:
    """Return a motif from counts, or frequencies (all rows sum to 1); errors name the file."""
    facts: dict[str, Any] = {"matrix_id": "" if matrix_id == name else matrix_id, "source": source}
    if np.isfinite(counts).all() and np.allclose(counts.sum(axis=1), 1, atol=SUM_TOLERANCE):
        facts["n_sites"] = None
    try:
        return Motif.from_counts(name, counts, **facts)
    except MotifError as error:
        raise MotifError(f"{source}: {error}") from error


def scaled_counts(motif: Motif) -> np.ndarray:
    """Return counts ``(width, 4)``, or frequencies if the number of sites is unknown."""
    return motif.frequencies * (motif.n_sites or 1)


def one_line(name: str) -> str:
    """Return a name for one line of a file: runs of white space become one space."""
    return " ".join(name.split())
