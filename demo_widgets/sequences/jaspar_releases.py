"""JASPAR releases offline from pyjaspar, and look-up of a matrix."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.sequences.alphabet import BASES

__all__ = [
    "MotifMatrix",
    "checked_release",
    "counts_of_record",
    "fetch_matrix",
    "jaspar_releases",
    "open_release",
    "record_of_id",
]

_OLDEST = 2016


@dataclass(frozen=True)
class MotifMatrix:
    """A motif as base frequencies.

    Attributes
    ----------
    name
        TF name, such as ``GATA1``.
    matrix_id
        JASPAR matrix id with version, such as ``MA0035.3``; empty for a custom matrix.
    frequencies
        float64 ``(width, 4)``, columns A, C, G, T, rows sum to 1.
    """

    name: str
    matrix_id: str
    frequencies: np.ndarray

    @property
    def width(self) -> int:
        """Number of positions of the motif."""
        return len(self.frequencies)


def fetch_matrix(motif: Any, release: str) -> MotifMatrix:
    """Find a motif by matrix id (``MA0035.3``, ``MA0035``) or by an unambiguous TF name.

    A ``(width, 4)`` array of frequencies or counts, columns A, C, G, T, is used directly.
    ``release`` is read as by :func:`checked_release`.

    Raises
    ------
    MotifError
        The release or the motif is unknown, the name is ambiguous, or the array is not a matrix of
        frequencies.
    """
    if isinstance(motif, np.ndarray):
        return MotifMatrix("custom", "", _frequencies(motif, "the motif array"))
    if not isinstance(motif, str) or not motif.strip():
        raise MotifError(
            f"motif {motif!r} is a {type(motif).__name__}; expected a JASPAR matrix id such as "
            "'MA0035.3', a TF name, or a (width, 4) array of frequencies"
        )
    release = checked_release(release)
    with open_release(release) as database:
        found = _find(database, motif.strip(), release)
    counts = counts_of_record(found)
    return MotifMatrix(found.name, found.matrix_id, _frequencies(counts, found.matrix_id))


def jaspar_releases() -> list[str]:
    """Return the JASPAR releases available offline, 2016 to the newest, oldest first."""
    from pyjaspar import jaspar_releases as bundled

    return sorted(name for name in bundled if int(re.sub(r"\D", "", name) or 0) >= _OLDEST)


def checked_release(release: Any) -> str:
    """Return the name of one of :func:`jaspar_releases`, given in any case or as a year.

    Raises
    ------
    MotifError
        There is no such release.
    """
    known = jaspar_releases()
    wanted = str(release).strip().upper()
    for name in known:
        if wanted in (name.upper(), name.upper().removeprefix("JASPAR")):
            return name
    raise MotifError(f"release {release!r} is not available offline; use one of {', '.join(known)}")


@contextmanager
def open_release(release: str) -> Iterator[Any]:
    """Open a pyjaspar connection for one use, because SQLite forbids sharing it between threads."""
    from pyjaspar import jaspardb

    database = jaspardb(release)
    with closing(database.conn):
        yield database


def record_of_id(database: Any, identifier: str, release: str) -> Any:
    """Return the Bio.motifs record of a matrix id in any case, by default of the latest version.

    ``None`` if the release does not contain the matrix.

    Raises
    ------
    MotifError
        The release contains other versions of the matrix; the message names them.
    """
    base, _, version = identifier.strip().upper().partition(".")
    query = "select VERSION from MATRIX where BASE_ID = ?"
    versions = sorted({int(held) for (held,) in database.conn.execute(query, (base,))})
    if not versions:
        return None
    if version and version not in map(str, versions):
        held = ", ".join(f"{base}.{number}" for number in versions)
        raise MotifError(f"{release} has no matrix {identifier!r}; it holds {held}")
    return database.fetch_motif_by_id(f"{base}.{version or versions[-1]}")


def counts_of_record(record: Any) -> np.ndarray:
    """Return counts ``(width, 4)``, columns A, C, G, T, of a Bio.motifs record."""
    return np.array([record.counts[base] for base in BASES], dtype=float).T


def _find(database: Any, motif: str, release: str) -> Any:
    from Bio import BiopythonWarning

    found = record_of_id(database, motif, release)
    if found is not None:
        return found
    with warnings.catch_warnings():
        # A missing motif raises an error below; pyjaspar also warns.
        warnings.simplefilter("ignore", BiopythonWarning)
        named = list(database.fetch_motifs_by_name(motif) or [])
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(f"{match.matrix_id} ({match.name})" for match in named[:8])
        raise MotifError(
            f"motif {motif!r} matches {len(named)} matrices of {release}: {ids}; give a matrix id"
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
