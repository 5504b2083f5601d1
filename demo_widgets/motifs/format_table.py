"""The table of motif file formats.

It imports nothing heavy. The functions of a built-in format are given as ``"module:function"`` and
imported when needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_widgets.errors import MotifError
from demo_widgets.lazy import named_function

if TYPE_CHECKING:
    from demo_widgets.motifs.motif import Motif

__all__ = ["FORMATS", "MotifFormat", "format_of_suffix", "known_format", "register_format"]


@dataclass(frozen=True)
class MotifFormat:
    """A format of motif files. The functions may be given as ``"module:function"``.

    Attributes
    ----------
    name
        Value of ``format=``.
    title
        Title in messages and ``--help``, such as ``"TRANSFAC"``.
    suffixes
        Endings of file names, in lower case, for which ``write_motifs`` uses it.
    recognises
        ``recognises(lines, source) -> bool`` for the text's lines, stripped and without blank
        ones; ``source`` is the name of the text in errors. It may raise a ``MotifError`` for text
        that only resembles this format.
    parse
        ``parse(text, source) -> list of Motif``.
    write
        ``write(motifs) -> str``; ``None`` for a format that can only be read.
    header
        Regular expression of a line that occurs once per motif, to count motifs before parsing;
        ``""`` for no count.

    Examples
    --------
    >>> register_format(MotifFormat(
    ...     name="homer", title="HOMER", suffixes=(".homer",),
    ...     recognises=lambda lines, source: lines[0].count("\\t") >= 2,
    ...     parse=parse_homer))                                          # doctest: +SKIP
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[list[str], str], bool] | str
    parse: Callable[[str, str], list[Motif]] | str
    write: Callable[[list[Motif]], str] | str | None = None
    header: str = ""

    def takes(self, lines: list[str], source: str) -> bool:
        """Whether text with these lines has this format."""
        return named_function(self.recognises)(lines, source)

    def motifs(self, text: str, source: str) -> list[Motif]:
        """Return the motifs of a text."""
        return named_function(self.parse)(text, source)

    def text(self, motifs: list[Motif]) -> str:
        """Return the motifs as text."""
        if self.write is None:
            raise MotifError(f"format {self.name!r} can be read but not written; use another")
        return named_function(self.write)(motifs)


_HERE = "demo_widgets.motifs"

FORMATS: dict[str, MotifFormat] = {
    format.name: format
    for format in (
        MotifFormat(
            name="meme",
            title="MEME",
            suffixes=(".meme",),
            recognises=f"{_HERE}.meme_format:is_meme",
            parse=f"{_HERE}.meme_format:parse_meme",
            write=f"{_HERE}.meme_format:format_meme",
            header=r"^\s*MOTIF\b",
        ),
        MotifFormat(
            name="jaspar",
            title="JASPAR",
            suffixes=(".jaspar", ".pfm"),
            recognises=f"{_HERE}.jaspar_format:is_jaspar",
            parse=f"{_HERE}.jaspar_format:parse_jaspar",
            write=f"{_HERE}.jaspar_format:format_jaspar",
            header=r"^\s*>",
        ),
        MotifFormat(
            name="transfac",
            title="TRANSFAC",
            suffixes=(".transfac", ".dat"),
            recognises=f"{_HERE}.transfac_format:is_transfac",
            parse=f"{_HERE}.transfac_format:parse_transfac",
            write=f"{_HERE}.transfac_format:format_transfac",
            header=r"^(?:P0|PO)\s",
        ),
    )
}
"""Formats by name, in the order in which they are tried."""


def register_format(format: MotifFormat) -> None:
    """Add a motif format, or replace the one with the same name.

    It is tried before the formats registered earlier.
    """
    others = {name: other for name, other in FORMATS.items() if name != format.name}
    FORMATS.clear()
    FORMATS.update({format.name: format, **others})


def known_format(name: str) -> MotifFormat:
    """Return the format ``name``, in any case.

    Raises
    ------
    MotifError
        There is no such format.
    """
    if str(name).lower() not in FORMATS:
        raise MotifError(f"format {name!r} is not known; use one of {', '.join(FORMATS)}")
    return FORMATS[str(name).lower()]


def format_of_suffix() -> dict[str, MotifFormat]:
    """Return file name endings and the format that each selects for writing."""
    return {
        suffix: format
        for format in FORMATS.values()
        if format.write is not None
        for suffix in format.suffixes
    }
