"""A query and its match aligned to one strand and the same positions, for drawing."""

from __future__ import annotations

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import Motif

__all__ = ["align_to"]


def align_to(
    query: Motif, target: Motif, offset: int, strand: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies of a query and a matched target, padded to the same positions.

    Parameters
    ----------
    query, target
        The two motifs of a row of :func:`~demo_widgets.motifs.match_motifs`.
    offset
        The row's ``offset``: where the query's first position falls on the target as drawn.
    strand
        The row's ``strand``: ``"-"`` draws the target's reverse complement.

    Returns
    -------
    query_rows, target_rows : numpy.ndarray
        Both ``(width, 4)``; rows outside a motif are zero.

    Raises
    ------
    MotifError
        If the strand is neither ``+`` nor ``-``, or the two do not overlap.
    """
    if strand not in ("+", "-"):
        raise MotifError(f"strand must be '+' or '-', got {strand!r}")
    offset = int(offset)
    if not -len(query) < offset < len(target):
        raise MotifError(
            f"offset {offset} places {query.name!r} ({len(query)} positions) outside "
            f"{target.name!r} ({len(target)} positions); expected an overlap"
        )
    oriented = target if strand == "+" else target.reverse_complement()
    query_start, target_start = max(offset, 0), max(-offset, 0)
    width = max(query_start + len(query), target_start + len(target))
    rows = np.zeros((2, width, 4))
    rows[0, query_start : query_start + len(query)] = query.frequencies
    rows[1, target_start : target_start + len(target)] = oriented.frequencies
    return rows[0], rows[1]
