"""The minimal MEME motif format, version 4 and later (https://meme-suite.org/meme/doc/meme-format.html)."""

from __future__ import annotations

import re

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.motif import SUM_TOLERANCE, UNIFORM, Motif
from demo_widgets.sequences.alphabet import BASES

__all__ = ["format_meme", "is_meme", "parse_meme"]

_Background = tuple[float, float, float, float]


def is_meme(lines: list[str], source: str) -> bool:
    """Whether one of the first lines contains the MEME version."""
    return any(line.startswith("MEME version") for line in lines[:50])


def parse_meme(text: str, source: str) -> list[Motif]:
    """Parse minimal MEME text; errors name ``source`` and the line."""
    lines = text.splitlines()
    background: _Background = UNIFORM
    motifs: list[Motif] = []
    header: tuple[str, str] | None = None
    i = 0
    while i < len(lines):
        line, where = lines[i].strip(), f"{source}, line {i + 1}"
        if line.startswith("ALPHABET"):
            alphabet = line.partition("=")[2].strip() or line[len("ALPHABET") :].strip()
            if not re.match(r'(ACGT$|"?DNA"?)', alphabet):
                raise MotifError(
                    f"{where}: the alphabet is {alphabet[:30]!r}; only DNA motifs (ACGT) are "
                    "accepted"
                )
        elif line.startswith("Background letter frequencies"):
            background = _background(lines, i + 1, source)
        elif line.startswith("MOTIF"):
            if header is not None:
                raise MotifError(f"{where}: motif {header[0]!r} before it has no matrix")
            words = line.split(maxsplit=2)
            if len(words) < 2:
                raise MotifError(f"{where}: a motif without a name")
            header = (words[1], words[2].strip() if len(words) == 3 else "")
        elif line.startswith("letter-probability matrix"):
            if header is None:
                raise MotifError(f"{where}: a matrix before any MOTIF line")
            motif, i = _matrix(lines, i, header, background, source)
            motifs.append(motif)
            header = None
            continue
        i += 1
    if header is not None:
        raise MotifError(f"{source}: motif {header[0]!r} is empty: it has no matrix")
    return motifs


def _background(lines: list[str], start: int, source: str) -> _Background:
    words: list[str] = []
    for line in lines[start:]:
        if not line.strip() or len(words) >= 8:
            break
        words += line.split()
    try:
        frequency = {words[k].upper(): float(words[k + 1]) for k in range(0, 8, 2)}
        return frequency["A"], frequency["C"], frequency["G"], frequency["T"]
    except (IndexError, KeyError, ValueError):
        raise MotifError(
            f"{source}, line {start + 1}: expected background frequencies such as "
            f"'A 0.25 C 0.25 G 0.25 T 0.25', got {' '.join(words[:8])!r}"
        ) from None


def _matrix(
    lines: list[str], at: int, header: tuple[str, str], background: _Background, source: str
) -> tuple[Motif, int]:
    """Return the matrix whose ``letter-probability`` line is ``lines[at]``, and the next line."""
    identifier, alternate = header
    facts = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lines[at]))
    where = f"{source}, line {at + 1}: motif {identifier!r}"
    if facts.get("alength", "4") != "4":
        raise MotifError(f"{where} has alength= {facts['alength']}; only DNA (4) is accepted")
    try:
        width = int(facts["w"]) if "w" in facts else None
        n_sites = int(round(float(facts["nsites"]))) if "nsites" in facts else None
    except ValueError:
        raise MotifError(f"{where}: w= and nsites= must be numbers") from None
    rows: list[list[float]] = []
    i = at + 1
    while i < len(lines) and (width is None or len(rows) < width):
        words = lines[i].split()
        if not words or re.match(r"(?!nan|inf)[A-Za-z]", words[0]):
            break
        rows.append(_row(words, f"{source}, line {i + 1}: motif {identifier!r}"))
        i += 1
    if not rows:
        raise MotifError(f"{where} is empty: it has no positions")
    if width is not None and len(rows) != width:
        raise MotifError(f"{where} declares w= {width} positions but has {len(rows)}")
    try:
        motif = Motif(
            alternate or identifier,
            np.array(rows),
            n_sites=n_sites,
            background=background,
            matrix_id=identifier if alternate else "",
            source=source,
        )
    except MotifError as error:
        raise MotifError(f"{source}, line {at + 1}: {error}") from error
    return motif, i


def _row(words: list[str], where: str) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise MotifError(f"{where}: {' '.join(words)[:60]!r} is not a row of numbers") from None
    if len(values) != 4:
        raise MotifError(f"{where}: {len(values)} numbers in a row, expected 4 (A C G T)")
    if not abs(sum(values) - 1) <= SUM_TOLERANCE:
        raise MotifError(f"{where}: a row sums to {sum(values):.4g}, not 1")
    return values


def format_meme(motifs: list[Motif]) -> str:
    """Return minimal MEME text; a file has one background, so the motifs must share theirs."""
    backgrounds = {tuple(round(q, 9) for q in motif.background) for motif in motifs}
    if len(backgrounds) > 1:
        raise MotifError(
            "a MEME file has one background, but these motifs have "
            f"{len(backgrounds)} different ones; write them to separate files"
        )
    background = " ".join(
        f"{base} {q:.9g}" for base, q in zip(BASES, motifs[0].background, strict=True)
    )
    parts = [
        "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
        f"Background letter frequencies\n{background}\n"
    ]
    for motif in motifs:
        identifier = _one_word(motif.matrix_id or motif.name)
        alternate = motif.name if motif.name != identifier else ""
        nsites = f" nsites= {motif.n_sites}" if motif.n_sites else ""
        parts.append(
            f"\nMOTIF {identifier} {alternate}".rstrip()
            + f"\nletter-probability matrix: alength= 4 w= {len(motif)}{nsites}\n"
            + "".join(
                " ".join(f"{value:.12f}" for value in position) + "\n"
                for position in motif.frequencies
            )
        )
    return "".join(parts)


def _one_word(name: str) -> str:
    return "_".join(name.split()) or "motif"
