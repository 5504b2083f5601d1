"""TRANSFAC's matrix files, read and written by Bio.motifs after a check that names the line."""

from __future__ import annotations

import io
import re

from demo_widgets.errors import MotifError
from demo_widgets.motifs.counted_motifs import (
    motif_of_counts,
    one_line,
    scaled_counts,
)
from demo_widgets.motifs.motif import Motif
from demo_widgets.sequences.alphabet import BASES
from demo_widgets.sequences.jaspar_releases import counts_of_record

__all__ = ["format_transfac", "is_transfac", "parse_transfac"]


def is_transfac(lines: list[str], source: str) -> bool:
    """Whether a line is the column header of a matrix (``P0`` or ``PO``)."""
    return any(re.match(r"(P0|PO)\s", line) for line in lines)


def parse_transfac(text: str, source: str) -> list[Motif]:
    from Bio import motifs as bio

    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"(P0|PO)\s", line) and line.split()[1:5] != list(BASES):
            raise MotifError(
                f"{source}, line {number}: the matrix columns are {' '.join(line.split()[1:])}; "
                "only DNA motifs (A C G T) are accepted"
            )
    if not re.search(r"^//", text, re.M):
        raise MotifError(f"{source}: no motif ends with '//'; the file may be truncated")
    try:
        parsed = bio.parse(io.StringIO(text), "transfac", strict=False)
    except (ValueError, KeyError, IndexError, UnboundLocalError) as error:
        raise MotifError(f"{source} cannot be read as TRANSFAC: {error}") from error
    motifs = []
    for number, item in enumerate(parsed, start=1):
        identifier = item.get("ID") or item.get("AC") or f"motif {number}"
        counts = counts_of_record(item)
        if counts.size == 0:
            raise MotifError(f"{source}: motif {identifier!r} is empty: it has no positions")
        name = item.get("NA") or identifier
        motifs.append(motif_of_counts(name, counts, item.get("AC") or identifier, source))
    return motifs


def format_transfac(motifs: list[Motif]) -> str:
    from Bio.motifs import transfac

    items = []
    for motif in motifs:
        counts = dict(zip(BASES, scaled_counts(motif).T.tolist(), strict=True))
        item = transfac.Motif(alphabet=BASES, counts=counts)
        name = one_line(motif.name)
        item.update({"AC": one_line(motif.matrix_id) or name, "ID": name, "NA": name})
        items.append(item)
    return transfac.write(items)
