"""Logos of a motif and its database matches, aligned to the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from demo_widgets.motifs import Motif, MotifDatabase
from demo_widgets.pictures.scales import information_heights
from demo_widgets.pictures.svg import Panel, Picture

__all__ = ["SIGNIFICANT_Q", "AlignedMatch", "aligned_matches", "is_match", "motif_picture"]

SIGNIFICANT_Q = 0.05
"""A best match with a larger q-value is shown as the nearest motif, not as a match."""

_COLUMN, _ROW, _CAPTION, _LEFT = 18.0, 58.0, 17.0, 34.0


@dataclass(frozen=True)
class AlignedMatch:
    """A database motif with its alignment.

    Attributes
    ----------
    target : Motif
        The database motif.
    offset : int
        Where the query's first position falls on the target as drawn.
    strand : str
        ``"-"`` draws the target's reverse complement.
    caption : str
        Caption above it.
    """

    target: Motif
    offset: int
    strand: str
    caption: str


def aligned_matches(
    motif: Motif, matches: pd.DataFrame, database: MotifDatabase
) -> list[AlignedMatch]:
    """Return the matches of ``motif`` ready to draw, best first.

    Parameters
    ----------
    motif
        A motif that ``database`` was searched for.
    matches
        As :func:`demo_widgets.match_motifs` returns them.
    database
        Matrix id -> motif, as :func:`demo_widgets.jaspar` returns it.
    """
    rows = matches[(matches["query"] == motif.name) & (matches["reason"] == "")]
    doubt = "" if is_match(rows) else ", no match"
    return [
        AlignedMatch(
            database[row["target"]],
            int(row["offset"]),
            row["strand"],
            f"{row['target']} {row['target_name']}  q = {row['q_value']:.2g} "
            f"({row['strand']}){doubt}",
        )
        for row in rows.to_dict("records")
    ]


def is_match(rows: pd.DataFrame) -> bool:
    """Return whether the best of a motif's rows of matches is significant."""
    return len(rows) > 0 and bool(rows["q_value"].iloc[0] < SIGNIFICANT_Q)


def motif_picture(
    query: Motif,
    matches: Sequence[AlignedMatch],
    caption: str,
    colours: dict[str, str],
    *,
    on_page: bool = False,
) -> str:
    """Draw ``query`` with its matches under it, all in bits.

    Parameters
    ----------
    query
        The motif, drawn as it is.
    matches
        Its matches, best first.
    caption
        Caption above the query.
    colours
        Base -> colour.
    on_page
        For showing on the page rather than for a file.

    Returns
    -------
    str
        An SVG document.
    """
    starts = [0, *(-match.offset for match in matches)]
    ends = [len(query), *(len(m.target) - m.offset for m in matches)]
    first, last = min(starts), max(ends)
    width = max((last - first) * _COLUMN, 7.2 * max(map(len, [caption, *_captions(matches)])))
    rows = 1 + len(matches)
    height, title = rows * (_ROW + _CAPTION) + 6, f"Logo of {caption} with its matches"
    picture = Picture(_LEFT + width + 8, height, title, on_page=on_page)
    drawn = [(query, 0, caption)]
    for match in matches:
        motif = match.target if match.strand == "+" else match.target.reverse_complement()
        drawn.append((motif, -match.offset, match.caption))
    for row, (motif, start, words) in enumerate(drawn):
        top = row * (_ROW + _CAPTION) + _CAPTION
        picture.text(_LEFT, top - 4, words, **({"font-weight": "bold"} if row == 0 else {}))
        box = (_LEFT, top, (last - first) * _COLUMN, _ROW - 6)
        panel = Panel(picture, box, (first + 0.5, last + 0.5), (0, 2))
        panel.y_axis((0.0, 2.0), "")
        panel.logo(information_heights(motif.frequencies), colours, start)
    return picture.to_string()


def _captions(matches: Sequence[AlignedMatch]) -> list[str]:
    return [match.caption for match in matches]
