"""A query and its match on one strand and one set of columns, ready to draw one above the other."""

from __future__ import annotations

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import Motif

__all__ = ["align_to"]


def align_to(
    query: Motif, target: Motif, offset: int, strand: str
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies of a query and a matched target, padded to the same columns.

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
    query_columns, target_columns : numpy.ndarray
        Both ``(4, w)``; columns outside a motif are zero (nothing to draw there).

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
            f"offset {offset} leaves {query.name!r} ({len(query)} positions) beside "
            f"{target.name!r} ({len(target)} positions), not on it"
        )
    oriented = target if strand == "+" else target.reverse_complement()
    query_start, target_start = max(offset, 0), max(-offset, 0)
    width = max(query_start + len(query), target_start + len(target))
    columns = np.zeros((2, 4, width))
    columns[0][:, query_start : query_start + len(query)] = query.frequencies
    columns[1][:, target_start : target_start + len(target)] = oriented.frequencies
    return columns[0], columns[1]
