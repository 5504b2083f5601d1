"""Look up one JASPAR matrix, offline, in the releases that pyjaspar ships."""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import MotifError

__all__ = ["MotifMatrix", "fetch_matrix"]


@dataclass(frozen=True)
class MotifMatrix:
    """A motif as base frequencies.

    Attributes
    ----------
    name
        TF name, such as ``GATA1``.
    matrix_id
        JASPAR matrix id with version, such as ``MA0035.3``; empty for a user's own matrix.
    frequencies
        float64 ``(width, 4)``, columns A, C, G, T, rows sum to 1.
    """

    name: str
    matrix_id: str
    frequencies: np.ndarray

    @property
    def width(self) -> int:
        """Bases the motif covers."""
        return len(self.frequencies)


def fetch_matrix(motif: Any, release: str) -> MotifMatrix:
    """Find a motif by matrix id (``MA0035.3``, ``MA0035``) or by an unambiguous TF name.

    A ``(width, 4)`` array of frequencies or counts, columns A, C, G, T, is taken as it is.

    Raises
    ------
    MotifError
        The release or the motif is unknown, the name belongs to several matrices, or the
        array is no matrix of frequencies.
    """
    if isinstance(motif, np.ndarray):
        return MotifMatrix("custom", "", _frequencies(motif, "the motif array"))
    if not isinstance(motif, str) or not motif.strip():
        raise MotifError(
            f"motif {motif!r} is a {type(motif).__name__}; expected a JASPAR matrix id such as "
            "'MA0035.3', a TF name, or a (width, 4) array of frequencies"
        )
    database = _open_release(release)
    with closing(database.conn):
        found = _find(database, motif.strip(), release)
    counts = np.array([found.counts[base] for base in "ACGT"], float).T
    return MotifMatrix(found.name, found.matrix_id, _frequencies(counts, found.matrix_id))


def _open_release(release: str) -> Any:
    """A pyjaspar database; closing its connection is left to the caller."""
    from pyjaspar import jaspar_releases, jaspardb

    if release not in jaspar_releases:
        raise MotifError(
            f"release {release!r} is not one that pyjaspar holds; choose from "
            f"{', '.join(sorted(jaspar_releases))}"
        )
    return jaspardb(release=release)


def _find(database: Any, motif: str, release: str) -> Any:
    from Bio import BiopythonWarning

    with warnings.catch_warnings():
        # A motif that is not there is an error below; pyjaspar's warnings say it before.
        warnings.simplefilter("ignore", BiopythonWarning)
        found = database.fetch_motif_by_id(motif)
        named = [] if found is not None else list(database.fetch_motifs_by_name(motif) or [])
    if found is not None:
        return found
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(f"{match.matrix_id} ({match.name})" for match in named[:8])
        raise MotifError(
            f"motif {motif!r} names {len(named)} matrices of {release}: {ids}; give a matrix id"
        )
    raise MotifError(
        f"motif {motif!r} is neither a matrix id nor a TF name of {release}; expected something "
        "like 'MA0035.3' or 'GATA1' (see https://jaspar.elixir.no)"
    )


def _frequencies(matrix: np.ndarray, name: str) -> np.ndarray:
    if matrix.ndim != 2 or matrix.shape[1] != 4 or not len(matrix):
        raise MotifError(
            f"{name} has shape {matrix.shape}; expected (width, 4), columns A, C, G, T"
        )
    values = matrix.astype(float)
    sums = values.sum(1)
    if not np.isfinite(values).all() or (values < 0).any() or (sums <= 0).any():
        raise MotifError(
            f"{name} has negative, missing or all-zero rows; expected counts or frequencies"
        )
    return values / sums[:, None]
