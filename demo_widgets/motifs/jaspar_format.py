"""JASPAR's matrix files (``.jaspar``, ``.pfm``): a ``>`` line and four rows of counts per motif.

The layout is checked line by line, so that errors name the line; Bio.motifs reads the numbers.
"""

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

__all__ = ["format_jaspar", "is_jaspar", "parse_jaspar"]


def is_jaspar(lines: list[str], source: str) -> bool:
    """Whether the first line is a ``>`` header.

    Raises
    ------
    MotifError
        The text is FASTA or HOMER.
    """
    if not lines[0].startswith(">"):
        return False
    _refuse_foreign(lines, source)
    return True


def _refuse_foreign(lines: list[str], source: str) -> None:
    """Raise an error for FASTA and HOMER files, which also begin with ``>``."""
    if len(lines) > 1 and re.fullmatch(r"[A-Za-z*-]{4,}", lines[1]):
        raise MotifError(
            f"{source} looks like FASTA sequences; read them with read_sequences, or give a motif "
            "file"
        )
    fields = lines[0].split("\t")
    if len(fields) > 2 and re.fullmatch(r"\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*", fields[2]):
        raise MotifError(
            f"{source} looks like HOMER motifs; that format is not supported: convert them to MEME"
        )


_ROW = re.compile(r"(?:(?P<letter>[A-Za-z])(?=[\s\[|:]))?[\s|:]*\[?(?P<numbers>[^\[\]]*)\]?$")


def parse_jaspar(text: str, source: str) -> list[Motif]:
    """Check the layout line by line, then read the canonical text by Bio.motifs."""
    from Bio import motifs as bio

    _refuse_foreign([line.strip() for line in text.splitlines() if line.strip()][:2], source)
    blocks: list[tuple[str, list[list[str]]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        where = f"{source}, line {number}"
        if not line:
            continue
        if line.startswith(">"):
            _check_complete(blocks, where)
            if not line[1:].strip():
                raise MotifError(f"{where}: a motif without a name")
            blocks.append((line[1:].strip(), []))
            continue
        if not blocks:
            raise MotifError(f"{where}: numbers before the first '>' header")
        name, rows = blocks[-1]
        if len(rows) == 4:
            raise MotifError(
                f"{where}: motif {name!r} has more than the four rows A, C, G, T; "
                "only DNA motifs are accepted"
            )
        rows.append(_jaspar_row(line, BASES[len(rows)], name, where))
        if len(rows[-1]) != len(rows[0]):
            raise MotifError(
                f"{where}: motif {name!r} has {len(rows[-1])} numbers for "
                f"{BASES[len(rows) - 1]} and {len(rows[0])} for A"
            )
    _check_complete(blocks, f"{source}, end of file")
    canonical = "".join(
        f">motif{i} motif{i}\n"
        + "".join(f"{b} [ {' '.join(r)} ]\n" for b, r in zip(BASES, rows, strict=True))
        for i, (_, rows) in enumerate(blocks)
    )
    motifs = []
    for (header, _), parsed in zip(
        blocks, bio.parse(io.StringIO(canonical), "jaspar"), strict=True
    ):
        matrix_id, _, name = header.partition("\t" if "\t" in header else " ")
        motifs.append(
            motif_of_counts(name.strip() or matrix_id, counts_of_record(parsed), matrix_id, source)
        )
    return motifs


def _jaspar_row(line: str, expected: str, name: str, where: str) -> list[str]:
    match = _ROW.match(line)
    letter = match["letter"] if match else None
    if letter is not None and letter.upper() != expected:
        raise MotifError(
            f"{where}: motif {name!r} has a row {letter!r} where {expected!r} is expected; "
            "only DNA motifs (A, C, G, T) are accepted"
        )
    words = match["numbers"].split() if match else []
    for word in words:
        try:
            float(word)
        except ValueError:
            raise MotifError(f"{where}: motif {name!r}: {word!r} is not a number") from None
    if not words:
        raise MotifError(f"{where}: motif {name!r} has an empty row {expected!r}")
    return words


def _check_complete(blocks: list[tuple[str, list[list[str]]]], where: str) -> None:
    if blocks and len(blocks[-1][1]) != 4:
        name, rows = blocks[-1]
        raise MotifError(f"{where}: motif {name!r} has {len(rows)} of the four rows A, C, G, T")


def format_jaspar(motifs: list[Motif]) -> str:
    blocks = []
    for motif in motifs:
        rows = "".join(
            f"{base} [ {' '.join(format(value, '.12g') for value in row)} ]\n"
            for base, row in zip(BASES, scaled_counts(motif).T, strict=True)
        )
        name = one_line(motif.name)
        blocks.append(f">{one_line(motif.matrix_id) or name}\t{name}\n{rows}")
    return "".join(blocks)
