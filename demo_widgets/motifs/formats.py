"""Reading and lossless writing of motif files.

The formats are listed in :mod:`demo_widgets.motifs.format_table`, one file each. All are written
with enough digits to restore a motif exactly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from demo_widgets.errors import MotifError
from demo_widgets.files import replacing
from demo_widgets.motifs.format_table import (
    FORMATS,
    MotifFormat,
    format_of_suffix,
    known_format,
)
from demo_widgets.motifs.motif import Motif

__all__ = ["format_motifs", "parse_motifs", "read_motifs", "write_motifs"]

MAX_BYTES = 64 * 2**20
MAX_WIDTH = 1000
MAX_MOTIFS = 50_000


def read_motifs(path: str | Path, *, format: str | None = None) -> list[Motif]:
    """Read the motifs of a file: MEME, JASPAR, TRANSFAC, or a registered format.

    Parameters
    ----------
    path
        A plain-text motif file of at most 64 MiB.
    format
        ``"meme"``, ``"jaspar"``, ``"transfac"`` or the name of a registered format; by default
        recognised from the content.

    Returns
    -------
    list of Motif
        In file order, with the file as ``source``. Counts become frequencies by position, because
        the sums of JASPAR matrices may differ between positions.

    Raises
    ------
    MotifError
        Missing, empty, binary, too large (over 50,000 motifs) or unrecognised file, sequences or
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
                f"{MAX_BYTES // 2**20} MiB. Check that it is a motif file, or split it"
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
        raise MotifError(f"{path} is binary, not a text file of motifs; {_known()}")
    return parse_motifs(text, format=format, source=str(path))


def parse_motifs(text: str, *, format: str | None = None, source: str = "text") -> list[Motif]:
    """Read motifs from the text of a motif file; see :func:`read_motifs`."""
    if not text.strip():
        raise MotifError(f"{source} is empty: it holds no motif")
    chosen = known_format(format) if format is not None else _recognise(text, source)
    n = sum(1 for _ in re.finditer(chosen.header, text, re.M)) if chosen.header else 0
    if n > MAX_MOTIFS:
        raise MotifError(
            f"{source} holds {n:,} motifs; at most {MAX_MOTIFS:,} are accepted. Check that it is "
            "a motif file, or split it"
        )
    motifs = chosen.motifs(text, source)
    if not motifs:
        raise MotifError(f"{source} is a {chosen.title} file without any motif")
    for motif in motifs:
        if len(motif) > MAX_WIDTH:
            raise MotifError(
                f"{source}: motif {motif.name!r} has {len(motif)} positions; at most {MAX_WIDTH} "
                "are accepted. Check that it is a motif"
            )
    return motifs


def write_motifs(motifs: Iterable[Motif], path: str | Path, *, format: str | None = None) -> Path:
    """Write motifs to a file (MEME, JASPAR, TRANSFAC, or a registered format); return its path.

    The file is written completely or not at all; missing folders are created.

    Parameters
    ----------
    motifs
        One or more motifs.
    path
        The file to write. Its suffix (``.meme``, ``.jaspar``, ``.pfm``, ``.transfac``,
        ``.dat``) gives the format unless ``format`` does.
    format
        ``"meme"``, ``"jaspar"``, ``"transfac"`` or the name of a registered format.

    Raises
    ------
    MotifError
        No motif, an unknown format, or a path that cannot be written.
    """
    path = Path(path)
    if format is None:
        suffixes = format_of_suffix()
        if path.suffix.lower() not in suffixes:
            raise MotifError(
                f"{path}: the suffix {path.suffix!r} is not that of a motif format; use one of "
                f"{', '.join(suffixes)} or pass format= one of {', '.join(FORMATS)}"
            )
        format = suffixes[path.suffix.lower()].name
    text = format_motifs(motifs, format)
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MotifError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def format_motifs(motifs: Iterable[Motif], format: str = "meme") -> str:
    """Return the text of a motif file; see :func:`write_motifs`."""
    motifs = [motifs] if isinstance(motifs, Motif) else list(motifs)
    if not motifs:
        raise MotifError("motifs is empty; expected at least one motif to write")
    return known_format(format).text(motifs)


def _recognise(text: str, source: str) -> MotifFormat:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for format in list(FORMATS.values()):
        if format.takes(lines, source):
            return format
    raise MotifError(
        f"{source} is not a motif file of a known format (it starts with {lines[0][:40]!r}); "
        f"{_known()}"
    )


def _known() -> str:
    *titles, last = [format.title for format in FORMATS.values()]
    return f"known formats: {', '.join(titles)} and {last}"
