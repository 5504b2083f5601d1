"""Motif files: MEME (minimal), JASPAR and TRANSFAC, read and written without loss.

JASPAR and TRANSFAC are parsed by Bio.motifs after a check that can name the line at fault.
MEME is read here: Bio.motifs rounds its probabilities to whole counts of ``nsites``. All
three are written with every digit a motif needs to come back the same.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.files import replacing
from demo_widgets.motifs.meme_format import format_meme, parse_meme
from demo_widgets.motifs.motif import BASES, Motif

__all__ = ["FORMATS", "format_motifs", "parse_motifs", "read_motifs", "write_motifs"]

FORMATS = ("meme", "jaspar", "transfac")
_SUFFIXES = {
    ".meme": "meme",
    ".jaspar": "jaspar",
    ".pfm": "jaspar",
    ".transfac": "transfac",
    ".dat": "transfac",
}
MAX_BYTES = 64 * 2**20
MAX_WIDTH = 1000
MAX_MOTIFS = 50_000
_KNOWN = "known formats: MEME (minimal), JASPAR and TRANSFAC"
_HEADERS = {"meme": r"^\s*MOTIF\b", "jaspar": r"^\s*>", "transfac": r"^(?:P0|PO)\s"}
"""Format -> the line that every motif has once."""


def read_motifs(path: str | Path, *, format: str | None = None) -> list[Motif]:
    """Read the motifs of a MEME, JASPAR or TRANSFAC file.

    Parameters
    ----------
    path
        A plain-text motif file of at most 64 MiB.
    format
        ``"meme"``, ``"jaspar"`` or ``"transfac"``; by default recognised from the content.

    Returns
    -------
    list of Motif
        In file order, with the file as ``source``. Counts become frequencies position by
        position: those of JASPAR's own matrices have unequal sums.

    Raises
    ------
    MotifError
        Missing, empty, binary, huge (over 50,000 motifs) or unrecognised file, sequences or
        HOMER motifs, a letter other than A, C, G, T, a MEME row that does not sum to 1,
        negative or missing numbers; the message names the file and the line or motif.

    Examples
    --------
    >>> read_motifs("motifs.meme")  # doctest: +SKIP
    [Motif(name='GATA1', ...)]
    """
    if not isinstance(path, str | os.PathLike):
        raise MotifError(f"path must be the name of a motif file, got {path!r}")
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise MotifError(
                f"{path} is {size / 2**20:.0f} MiB; a motif file may have at most "
                f"{MAX_BYTES // 2**20} MiB. Is this a motif file?"
            )
        data = path.read_bytes()
    except OSError as error:
        raise MotifError(f"{path} cannot be read: {error.strerror or error}") from error
    if data[:2] == b"\x1f\x8b":
        raise MotifError(f"{path} is gzip-compressed; unpack it first (gunzip)")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise MotifError(f"{path} is binary, not a text file of motifs; {_KNOWN}")
    return parse_motifs(text, format=format, source=str(path))


def parse_motifs(text: str, *, format: str | None = None, source: str = "text") -> list[Motif]:
    """Read motifs from the text of a motif file; see :func:`read_motifs`."""
    if not text.strip():
        raise MotifError(f"{source} is empty: it holds no motif")
    _refuse_foreign(text, source)
    format = _checked_format(format) if format is not None else _recognise(text, source)
    n = sum(1 for _ in re.finditer(_HEADERS[format], text, re.M))
    if n > MAX_MOTIFS:
        raise MotifError(
            f"{source} is huge: {n:,} motifs; at most {MAX_MOTIFS:,} are taken. "
            "Is this a motif file? If so, split it"
        )
    motifs = {"meme": parse_meme, "jaspar": _parse_jaspar, "transfac": _parse_transfac}[format](
        text, source
    )
    if not motifs:
        raise MotifError(f"{source} is a {format.upper()} file without any motif")
    for motif in motifs:
        if len(motif) > MAX_WIDTH:
            raise MotifError(
                f"{source}: motif {motif.name!r} has {len(motif)} positions; "
                f"at most {MAX_WIDTH} are taken. Is this a motif?"
            )
    return motifs


def write_motifs(motifs: Iterable[Motif], path: str | Path, *, format: str | None = None) -> Path:
    """Write motifs as a MEME, JASPAR or TRANSFAC file and return its path.

    The file is written whole or not at all; folders are made.

    Parameters
    ----------
    motifs
        One or more motifs.
    path
        The file to write. Its suffix (``.meme``, ``.jaspar``, ``.pfm``, ``.transfac``,
        ``.dat``) gives the format unless ``format`` does.
    format
        ``"meme"``, ``"jaspar"`` or ``"transfac"``.

    Raises
    ------
    MotifError
        No motif, a format that neither argument names, or a path that cannot be written.
    """
    path = Path(path)
    if format is None:
        format = _SUFFIXES.get(path.suffix.lower())
        if format is None:
            raise MotifError(
                f"{path}: the suffix {path.suffix!r} names no motif format; use one of "
                f"{', '.join(_SUFFIXES)} or pass format= one of {', '.join(FORMATS)}"
            )
    text = format_motifs(motifs, format)
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MotifError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def format_motifs(motifs: Iterable[Motif], format: str = "meme") -> str:
    """The text of a motif file, for a download button or a clipboard; see :func:`write_motifs`."""
    motifs = [motifs] if isinstance(motifs, Motif) else list(motifs)
    if not motifs:
        raise MotifError("there is no motif to write")
    writers = {"meme": format_meme, "jaspar": _format_jaspar, "transfac": _format_transfac}
    return writers[_checked_format(format)](motifs)


def _checked_format(format: str) -> str:
    if str(format).lower() not in FORMATS:
        raise MotifError(f"format {format!r} is not known; use one of {', '.join(FORMATS)}")
    return str(format).lower()


def _recognise(text: str, source: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(line.startswith("MEME version") for line in lines[:50]):
        return "meme"
    if lines[0].startswith(">"):
        return "jaspar"
    if any(re.match(r"(P0|PO)\s", line) for line in lines):
        return "transfac"
    raise MotifError(
        f"{source} is not a motif file of a known format (it starts with {lines[0][:40]!r}); "
        f"{_KNOWN}"
    )


def _refuse_foreign(text: str, source: str) -> None:
    """Name the two formats that also begin with ``>`` but are no JASPAR motifs."""
    first, _, rest = text.strip().partition("\n")
    if not first.startswith(">"):
        return
    below = rest.lstrip().partition("\n")[0].strip()
    if re.fullmatch(r"[A-Za-z*-]{4,}", below):
        raise MotifError(
            f"{source} looks like FASTA sequences; read them with read_sequences. {_KNOWN}"
        )
    fields = first.split("\t")
    if len(fields) > 2 and re.fullmatch(r"\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*", fields[2]):
        raise MotifError(f"{source} looks like HOMER motifs; that format is not taken. {_KNOWN}")


def _counts(bio_motif) -> np.ndarray:
    return np.array([bio_motif.counts[base] for base in BASES], dtype=float).T


_ROW = re.compile(r"(?:(?P<letter>[A-Za-z])(?=[\s\[|:]))?[\s|:]*\[?(?P<numbers>[^\[\]]*)\]?$")


def _parse_jaspar(text: str, source: str) -> list[Motif]:
    """Check the layout line by line, then let Bio.motifs read the canonical text."""
    from Bio import motifs as bio

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
                "only DNA motifs are taken"
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
        motifs.append(_from_counts(name.strip() or matrix_id, _counts(parsed), matrix_id, source))
    return motifs


def _jaspar_row(line: str, expected: str, name: str, where: str) -> list[str]:
    match = _ROW.match(line)
    letter = match["letter"] if match else None
    if letter is not None and letter.upper() != expected:
        raise MotifError(
            f"{where}: motif {name!r} has a row {letter!r} where {expected!r} is expected; "
            "only DNA motifs (A, C, G, T) are taken"
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


def _check_complete(blocks, where: str) -> None:
    if blocks and len(blocks[-1][1]) != 4:
        name, rows = blocks[-1]
        raise MotifError(f"{where}: motif {name!r} has {len(rows)} of the four rows A, C, G, T")


def _parse_transfac(text: str, source: str) -> list[Motif]:
    from Bio import motifs as bio

    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"(P0|PO)\s", line) and line.split()[1:5] != list(BASES):
            raise MotifError(
                f"{source}, line {number}: the matrix columns are {' '.join(line.split()[1:])}; "
                "only DNA motifs (A C G T) are taken"
            )
    if not re.search(r"^//", text, re.M):
        raise MotifError(f"{source}: no motif is closed by '//'; the file may be truncated")
    try:
        parsed = bio.parse(io.StringIO(text), "transfac", strict=False)
    except (ValueError, KeyError, IndexError, UnboundLocalError) as error:
        raise MotifError(f"{source} cannot be read as TRANSFAC: {error}") from error
    motifs = []
    for number, item in enumerate(parsed, start=1):
        identifier = item.get("ID") or item.get("AC") or f"motif {number}"
        counts = _counts(item)
        if counts.size == 0:
            raise MotifError(f"{source}: motif {identifier!r} is empty: it has no positions")
        name = item.get("NA") or identifier
        motifs.append(_from_counts(name, counts, item.get("AC") or identifier, source))
    return motifs


def _from_counts(name: str, counts: np.ndarray, matrix_id: str, source: str) -> Motif:
    """A motif of counts, or of frequencies (all columns sum to 1), naming the file in errors."""
    facts = {"matrix_id": "" if matrix_id == name else matrix_id, "source": source}
    if np.isfinite(counts).all() and np.allclose(counts.sum(axis=1), 1, atol=0.02):
        facts["n_sites"] = None
    try:
        return Motif.from_counts(name, counts, **facts)
    except MotifError as error:
        raise MotifError(f"{source}: {error}") from error


def _scaled(motif: Motif) -> np.ndarray:
    """Counts of the motif, or its frequencies where the number of sites is unknown."""
    return motif.frequencies * (motif.n_sites or 1)


def _format_jaspar(motifs: list[Motif]) -> str:
    blocks = []
    for motif in motifs:
        rows = "".join(
            f"{base} [ {' '.join(format(value, '.12g') for value in row)} ]\n"
            for base, row in zip(BASES, _scaled(motif).T, strict=True)
        )
        name = _one_line(motif.name)
        blocks.append(f">{_one_line(motif.matrix_id) or name}\t{name}\n{rows}")
    return "".join(blocks)


def _one_line(name: str) -> str:
    """A name as it can stand in a line of a file: runs of white space become one space."""
    return " ".join(name.split())


def _format_transfac(motifs: list[Motif]) -> str:
    from Bio.motifs import transfac

    items = []
    for motif in motifs:
        counts = dict(zip(BASES, _scaled(motif).T.tolist(), strict=True))
        item = transfac.Motif(alphabet=BASES, counts=counts)
        name = _one_line(motif.name)
        item.update({"AC": _one_line(motif.matrix_id) or name, "ID": name, "NA": name})
        items.append(item)
    return transfac.write(items)
