"""Comparison of motifs with a database: Tomtom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.jaspar import MotifDatabase
from demo_widgets.motifs.kernels import run_tomtom
from demo_widgets.motifs.motif import Motif

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MATCH_COLUMNS", "MIN_TARGETS", "as_motifs", "match_motifs", "tomtom_p_values"]

MIN_TARGETS = 25
"""Tomtom's background consists of the targets' positions: with fewer motifs there are no
p-values."""

MATCH_COLUMNS = [
    "query",
    "target",
    "target_name",
    "p_value",
    "e_value",
    "q_value",
    "offset",
    "strand",
    "overlap",
    "database",
    "reason",
]


def as_motifs(motifs: Motif | Sequence[Motif], name: str) -> list[Motif]:
    """Return one motif or several as a list; raise :class:`MotifError` for anything else."""
    if isinstance(motifs, Motif):
        return [motifs]
    if not isinstance(motifs, str):
        listed = list(motifs) if isinstance(motifs, Iterable) else [motifs]
        if all(isinstance(motif, Motif) for motif in listed):
            return listed
    raise MotifError(
        f"{name} must be a motif or a list of motifs, got {str(motifs)[:60]!r}; for a known factor "
        "pass jaspar(tf_name='GATA1'), for a file read_motifs(path)"
    )


def match_motifs(
    queries: Motif | Sequence[Motif],
    targets: MotifDatabase | Sequence[Motif],
    *,
    top: int | None = None,
    max_q_value: float | None = None,
    background: MotifDatabase | Sequence[Motif] | None = None,
) -> pd.DataFrame:
    """Compare motifs with a database (Tomtom: Gupta et al. 2007, Genome Biology 8:R24).

    Parameters
    ----------
    queries
        Motifs to match.
    targets
        Motifs to compare with, as returned by :func:`~demo_widgets.motifs.jaspar`.
    top
        Keep each query's best ``top`` targets (``None``: all).
    max_q_value
        Keep matches up to this q-value (``None``: all).
    background
        Motifs for Tomtom's null distribution, if there are fewer than 25 targets. By default the
        release that the targets were selected from.

    Returns
    -------
    pandas.DataFrame
        One row per pair, best first within each query:

        - ``query``, ``target`` (matrix id, or name without one), ``target_name``;
        - ``p_value`` of the best alignment over offsets and strands; ``e_value`` is p times
          the number of targets; ``q_value`` is Benjamini-Hochberg over the targets of that
          query alone, so the q-values of one motif do not depend on other queries; BH is valid
          under the positive dependence of similar targets;
        - ``offset``: where the query's first position falls on the target *as drawn* (its
          reverse complement when ``strand`` is ``-``); negative when the query starts before;
        - ``strand``, ``overlap`` (aligned positions) and ``database`` searched;
        - ``reason``: empty for a match. A query that cannot be matched (uniform, too short)
          has one row with a missing target and the reason here.

        ``attrs`` holds ``database``, ``n_targets`` and ``n_background``.

    Raises
    ------
    MotifError
        Something other than motifs, no target, or fewer than 25 without a background.

    Examples
    --------
    >>> match_motifs(motif, jaspar("JASPAR2024"), top=3)  # doctest: +SKIP
    """
    import pandas as pd

    queries = as_motifs(queries, "queries")
    if not isinstance(targets, MotifDatabase):
        targets = as_motifs(targets, "targets")
    title = targets.title if isinstance(targets, MotifDatabase) else f"{len(targets)} motifs"
    compared = _with_background(targets, background)
    usable = [query for query in queries if query.is_informative]
    names = np.array([target.matrix_id or target.name for target in targets], dtype=object)
    target_names = np.array([target.name for target in targets], dtype=object)
    aligned = iter(zip(*_tomtom(usable, compared, len(targets)), strict=True))
    tables = []
    for query in queries:
        if not query.is_informative:
            tables.append(_reason_row(query, title))
            continue
        p, offset, overlap, reverse = next(aligned)
        order = np.argsort(p, kind="stable")
        q = _benjamini_hochberg(p)
        if max_q_value is not None:
            order = order[q[order] <= max_q_value]
        order = order[:top]
        tables.append(
            pd.DataFrame(
                {
                    "query": query.name,
                    "target": names[order],
                    "target_name": target_names[order],
                    "p_value": p[order],
                    "e_value": p[order] * len(targets),
                    "q_value": q[order],
                    "offset": pd.array(offset[order].astype(int), dtype="Int64"),
                    "strand": np.where(reverse[order] > 0, "-", "+").astype(object),
                    "overlap": pd.array(overlap[order].astype(int), dtype="Int64"),
                    "database": title,
                    "reason": "",
                },
                columns=MATCH_COLUMNS,
            )
        )
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=MATCH_COLUMNS)
    table.attrs = {"database": title, "n_targets": len(targets), "n_background": len(compared)}
    return table


def tomtom_p_values(
    queries: Sequence[np.ndarray], targets: Sequence[Motif]
) -> tuple[np.ndarray, np.ndarray]:
    """Return p- and q-values of many query matrices, both ``(n_queries, n_targets)``.

    The bulk form of :func:`match_motifs` for the paper's table: ``queries`` are ``(width, 4)``
    frequencies, checked by the caller.
    """
    p = run_tomtom(queries, [target.frequencies for target in targets])[0]
    return p, np.apply_along_axis(_benjamini_hochberg, 1, p)


def _with_background(targets: Sequence[Motif], background: Sequence[Motif] | None) -> list[Motif]:
    """Return the targets, followed by further motifs for Tomtom's null distribution if needed."""
    if len(targets) == 0:
        raise MotifError("targets is empty; expected at least one motif to compare with")
    if background is None and isinstance(targets, MotifDatabase):
        background = targets.whole
    if len(targets) >= MIN_TARGETS:
        return list(targets)
    compared = list(targets)
    known = {id(motif) for motif in compared}
    compared += [motif for motif in background or () if id(motif) not in known]
    if len(compared) < MIN_TARGETS:
        raise MotifError(
            f"{len(targets)} targets are too few: Tomtom takes its null distribution from the "
            f"targets' positions and needs at least {MIN_TARGETS}. Pass background=, for example "
            "jaspar('JASPAR2024')"
        )
    return compared


def _tomtom(queries: list[Motif], compared: list[Motif], n_targets: int) -> Iterable[np.ndarray]:
    """Return p, offset, overlap and strand of each query (rows) and target (columns)."""
    if not queries:
        return np.empty((4, 0, n_targets))
    p, _, offset, overlap, reverse = run_tomtom(
        [query.frequencies for query in queries], [motif.frequencies for motif in compared]
    )
    return (part[:, :n_targets] for part in (p, offset, overlap, reverse))


def _benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    from scipy.stats import false_discovery_control

    return false_discovery_control(np.clip(p, 0, 1))


def _reason_row(query: Motif, title: str) -> pd.DataFrame:
    import pandas as pd

    row = dict.fromkeys(MATCH_COLUMNS)
    row |= {"query": query.name, "database": title, "reason": query.uninformative_reason}
    row |= dict.fromkeys(("p_value", "e_value", "q_value"), np.nan)
    return pd.DataFrame([row], columns=MATCH_COLUMNS).astype(
        {"offset": "Int64", "overlap": "Int64"}
    )
