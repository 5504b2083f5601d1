"""Motifs in files that hold counts: JASPAR's and TRANSFAC's, both read by Bio.motifs."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import SUM_TOLERANCE, Motif

__all__ = ["motif_of_counts", "one_line", "scaled_counts"]


def motif_of_counts(name: str, counts: np.ndarray, matrix_id: str, source: str) -> Motif:
    """A motif of counts, or of frequencies (all rows sum to 1), naming the file in errors."""
    facts: dict[str, Any] = {"matrix_id": "" if matrix_id == name else matrix_id, "source": source}
    if np.isfinite(counts).all() and np.allclose(counts.sum(axis=1), 1, atol=SUM_TOLERANCE):
        facts["n_sites"] = None
    try:
        return Motif.from_counts(name, counts, **facts)
    except MotifError as error:
        raise MotifError(f"{source}: {error}") from error


def scaled_counts(motif: Motif) -> np.ndarray:
    """Counts ``(width, 4)``, or frequencies where the number of sites is unknown."""
    return motif.frequencies * (motif.n_sites or 1)


def one_line(name: str) -> str:
    """A name that fits on one line of a file: runs of white space become one space."""
    return " ".join(name.split())
