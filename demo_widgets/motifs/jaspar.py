"""JASPAR offline: the releases included in pyjaspar as SQLite files.

JASPAR (Rauluseviciute et al. 2024, Nucleic Acids Res 52:D174) is the open database of
transcription-factor motifs. Matrices change between releases (GATA1's MA0035.3 and
MA0035.4 have different cores), so a database always includes and shows its release.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, overload

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import Motif
from demo_widgets.sequences.jaspar_releases import (
    checked_release,
    counts_of_record,
    jaspar_releases,
    open_release,
    record_of_id,
)

__all__ = ["MotifDatabase", "jaspar", "jaspar_releases"]


class MotifDatabase(Sequence[Motif]):
    """Motifs of one database release; a list with its origin.

    Parameters
    ----------
    motifs
        The motifs.
    release
        Their release (``"JASPAR2024"``), or any name of the collection.
    selection
        The selection from it (``"CORE vertebrates"``).
    whole
        The larger database that this is a part of; p-values of a small selection are computed
        against it (see :func:`~demo_widgets.motifs.match_motifs`).

    Examples
    --------
    >>> database = jaspar("JASPAR2016", tf_name="GATA1")
    >>> database.title, database[0].label
    ('JASPAR2016 CORE vertebrates, GATA1', 'MA0035.3 Gata1')
    """

    def __init__(
        self,
        motifs: Iterable[Motif],
        release: str,
        selection: str = "",
        whole: MotifDatabase | None = None,
    ):
        self._motifs = tuple(motifs)
        self.release = release
        self.selection = selection
        self._whole = whole

    @property
    def title(self) -> str:
        """Release and selection, to be shown with every match."""
        return f"{self.release} {self.selection}".strip()

    @property
    def whole(self) -> MotifDatabase:
        """The database that this is a part of, or itself."""
        return self if self._whole is None else self._whole

    def __len__(self) -> int:
        return len(self._motifs)

    @overload
    def __getitem__(self, key: int | str) -> Motif: ...
    @overload
    def __getitem__(self, key: slice) -> MotifDatabase: ...
    def __getitem__(self, key: int | str | slice) -> Motif | MotifDatabase:
        if isinstance(key, str):
            return self._named(key)
        if isinstance(key, slice):
            return MotifDatabase(self._motifs[key], self.release, self.selection, self.whole)
        return self._motifs[key]

    def _named(self, key: str) -> Motif:
        wanted = key.lower()
        for motif in self._motifs:
            if wanted in (motif.matrix_id.lower(), motif.name.lower(), motif.label.lower()):
                return motif
        names = [name for motif in self._motifs for name in (motif.matrix_id, motif.name)]
        raise MotifError(f"{self.title} has no motif {key!r}{_suggestion(key, names)}")

    def __repr__(self) -> str:
        return f"MotifDatabase({self.title!r}, {len(self)} motifs)"


def jaspar(
    release: str = "JASPAR2024",
    *,
    tf_name: str | None = None,
    matrix_id: str | Sequence[str] | None = None,
    tax_group: str | None = "vertebrates",
    collection: str = "CORE",
    all_versions: bool = False,
) -> MotifDatabase:
    """Return motifs of a JASPAR release, offline.

    Parameters
    ----------
    release
        One of :func:`jaspar_releases`, in any case, or its year alone (``"2016"``).
    tf_name
        Keep the motifs of this transcription factor, in any case (``"gata1"``).
    matrix_id
        Keep these matrices (``"MA0035.3"``, or ``"MA0035"`` for the latest version in the
        release); ``tax_group`` does not restrict them.
    tax_group
        Taxonomic group (``"vertebrates"``, ``"plants"``, ``"insects"``, ``"fungi"``,
        ``"nematodes"``, ...) in any case, ``None`` for all.
    collection
        JASPAR collection, ``"CORE"`` by default.
    all_versions
        Keep every version of a matrix instead of the latest only.

    Returns
    -------
    MotifDatabase
        In matrix-id order; loaded once per release and group, then cached in memory.

    Raises
    ------
    MotifError
        Unknown release, group, collection, matrix id or factor (the message suggests names
        that contain it, then the nearest), or both a factor and a matrix id.

    Examples
    --------
    >>> jaspar("JASPAR2016", matrix_id="MA0035.3")[0].name
    'Gata1'
    """
    if tf_name is not None and matrix_id is not None:
        raise MotifError(
            f"tf_name={tf_name!r} and matrix_id={matrix_id!r} are two ways to choose motifs; "
            "give one of them"
        )
    release = checked_release(release)
    tax_group = tax_group if tax_group is None else str(tax_group).lower()
    whole = _load(release, tax_group, collection.upper(), all_versions)
    if matrix_id is not None:
        ids = [matrix_id] if isinstance(matrix_id, str) else list(matrix_id)
        motifs = [_by_id(release, identifier) for identifier in ids]
        return MotifDatabase(motifs, release, ", ".join(m.matrix_id for m in motifs), whole)
    if tf_name is None:
        return whole
    wanted = tf_name.lower()
    motifs = [motif for motif in whole if motif.name.lower() == wanted]
    if not motifs:
        names = [motif.name for motif in whole]
        raise MotifError(f"{whole.title} has no factor {tf_name!r}{_suggestion(tf_name, names)}")
    return MotifDatabase(motifs, release, f"{whole.selection}, {motifs[0].name}", whole)


@lru_cache(maxsize=16)
def _load(
    release: str, tax_group: str | None, collection: str, all_versions: bool
) -> MotifDatabase:
    with open_release(release) as database:
        record = database.fetch_motifs(
            collection=_known(database, "COLLECTION", collection, release),
            tax_group=_known(database, "tax_group", tax_group, release),
            all_versions=all_versions,
        )
    if not record:
        raise MotifError(f"{release} has no {collection} motif of {tax_group!r}")
    selection = f"{collection} {tax_group or 'all groups'}"
    if all_versions:
        selection += ", all versions"
    motifs = sorted((_as_motif(item, release) for item in record), key=_id_order)
    return MotifDatabase(motifs, release, selection)


def _known(database: Any, field: str, value: str | None, release: str) -> list[str] | None:
    """Return ``value`` in pyjaspar's spelling, after checking that the release has it."""
    if value is None:
        return None
    if field == "COLLECTION":
        query = "select distinct COLLECTION from MATRIX"
    else:
        query = "select distinct VAL from MATRIX_ANNOTATION where TAG = 'tax_group'"
    known = {row[0] for row in database.conn.execute(query) if row[0]}
    if value not in known:
        kind = "collection" if field == "COLLECTION" else "taxonomic group"
        raise MotifError(f"{release} has no {kind} {value!r}; it has {', '.join(sorted(known))}")
    return [value]


@lru_cache(maxsize=1024)
def _by_id(release: str, identifier: str) -> Motif:
    with open_release(release) as database:
        found = record_of_id(database, identifier, release)
        known = {base for (base,) in database.conn.execute("select BASE_ID from MATRIX")}
    if found is None:
        base = identifier.strip().upper().partition(".")[0]
        if not re.fullmatch(r"[A-Z]{2}\d+", base):
            raise MotifError(
                f"{identifier!r} is not a matrix id such as 'MA0035.3'; for the name of a factor "
                f"use tf_name={identifier!r}"
            )
        near = _suggestion(base, sorted(known))
        raise MotifError(f"{release} has no matrix {identifier!r}{near}")
    return _as_motif(found, release)


def _as_motif(item: Any, release: str) -> Motif:
    """Return the :class:`Motif` of a Bio.motifs JASPAR record."""
    return Motif.from_counts(
        item.name,
        counts_of_record(item),
        matrix_id=item.matrix_id,
        source=release,
        notes={
            "tf_family": list(getattr(item, "tf_family", None) or []),
            "tf_class": list(getattr(item, "tf_class", None) or []),
            "tax_group": getattr(item, "tax_group", None),
            "data_type": getattr(item, "data_type", None),
        },
    )


def _id_order(motif: Motif) -> tuple[str, int]:
    base, _, version = motif.matrix_id.partition(".")
    return base, int(version or 0)


def _suggestion(wanted: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean ...?"`` with names that contain it, or similar ones."""
    by_lower, wanted = {name.lower(): name for name in names}, wanted.strip().lower()
    holding = [name for name in by_lower if len(wanted) > 1 and wanted in name]
    holding.sort(key=lambda name: (not name.startswith(wanted), len(name)))
    near = difflib.get_close_matches(wanted, by_lower, n=4, cutoff=0.6)
    close = list(dict.fromkeys(holding + near))[:4]
    return f"; did you mean {', '.join(by_lower[name] for name in close)}?" if close else ""
