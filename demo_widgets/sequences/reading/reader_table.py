"""The table of sequence file formats.

It imports nothing heavy. The functions of a built-in reader are given as ``"module:function"`` and
imported when a file of that format is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import ReadError
from demo_widgets.lazy import named_function
from demo_widgets.sequences.reading.content import peek_lines

if TYPE_CHECKING:
    from demo_widgets.sequences.reading.records import Records

__all__ = [
    "READERS",
    "FileHead",
    "Reader",
    "ReaderOption",
    "find_reader",
    "options_of_readers",
    "register_reader",
]


@dataclass(frozen=True)
class FileHead:
    """Path and first lines of a file, by which a reader recognises it.

    Attributes
    ----------
    path
        The file.
    """

    path: Path

    @cached_property
    def lines(self) -> list[str]:
        """The first lines, at most three, that are neither blank nor comments.

        Raises
        ------
        ReadError
            The file is not text (plain or gzip), cannot be read, or has no such line.
        """
        return peek_lines(self.path)


@dataclass(frozen=True)
class ReaderOption:
    """An option of one format: a keyword of ``read_sequences`` and an option of the commands.

    Attributes
    ----------
    name
        The keyword, such as ``"genome"``; on the command line ``--genome``, which must not be an
        existing option of a command.
    help
        One line for ``--help``.
    metavar
        Name of the value in ``--help``.
    type
        ``str``, ``Path``, or ``int`` for a whole number of at least 1.
    """

    name: str
    help: str
    metavar: str
    type: type = str


@dataclass(frozen=True)
class Reader:
    """A format of sequence files.

    Attributes
    ----------
    name
        Value of ``read_sequences(format=...)``.
    title
        Title in ``--help``, such as ``"BED, narrowPeak"``.
    looks_like
        How it is recognised, for the error about a file in an unknown format.
    recognises
        ``recognises(head, options) -> bool`` for a :class:`FileHead` and the options given.
    read
        ``read(path, strict=..., **options) -> Records``. ``strict`` concerns format-specific
        problems; bases, lengths and names are checked for all formats.
    iterate
        Instead of ``read``: ``iterate(path, **options)`` yields ``(header, line, sequence)``
        of each record. Files are then streamed in blocks, and headers that are all ``0`` or
        ``1`` are labels, as in FASTA.
    suffixes
        Endings of file names that are removed from the dataset's title.
    options
        Options specific to this format.
    holds_labels
        Whether its files can contain labels.

    Notes
    -----
    The functions may be given as ``"module:function"``, to be imported when needed.

    Examples
    --------
    >>> def iterate_lines(path):
    ...     with open_text(path) as lines:
    ...         for number, line in enumerate(lines, start=1):
    ...             yield "", number, line.strip()
    >>> register_reader(Reader(
    ...     name="lines", title="one sequence per line", looks_like="bases alone",
    ...     recognises=lambda head, options: set(head.lines[0]) <= set("ACGT"),
    ...     iterate=iterate_lines))                                      # doctest: +SKIP
    """

    name: str
    title: str
    looks_like: str
    recognises: Callable[[FileHead, Mapping[str, Any]], bool] | str
    read: Callable[..., Records] | str | None = None
    iterate: Callable[..., Iterator[tuple[str, int, str]]] | str | None = None
    suffixes: tuple[str, ...] = ()
    options: tuple[ReaderOption, ...] = ()
    holds_labels: bool = True

    def __post_init__(self) -> None:
        if (self.read is None) == (self.iterate is None):
            raise ReadError(f"reader {self.name!r} needs either read= or iterate=, one of the two")

    @property
    def option_names(self) -> tuple[str, ...]:
        """Keywords specific to this format."""
        return tuple(option.name for option in self.options)

    def takes(self, head: FileHead, options: Mapping[str, Any]) -> bool:
        """Whether a file has this format."""
        return named_function(self.recognises)(head, options)

    def stream(self, path: Path, **options: Any) -> Iterator[tuple[str, int, str]]:
        """Yield header, line and sequence of each record; only for a reader with ``iterate``."""
        if self.iterate is None:
            raise ReadError(f"files of the format {self.name!r} cannot be streamed")
        return named_function(self.iterate)(path, **options)

    def records(self, path: Path, *, strict: bool = False, **options: Any) -> Records:
        """Return all records of a file, unchecked."""
        if self.read is not None:
            return named_function(self.read)(path, strict=strict, **options)
        from demo_widgets.sequences.reading.headers import collect_records

        return collect_records(self.stream(path, **options), path)


_HERE = "demo_widgets.sequences.reading"
_COLUMNS = tuple(
    ReaderOption(
        f"{what}_column", f"column of a table with the {what}s (default: detected)", "COLUMN"
    )
    for what in ("sequence", "label", "name")
)

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader(
            name="fasta",
            title="FASTA",
            looks_like="FASTA ('>' first)",
            recognises=f"{_HERE}.fasta:is_fasta",
            iterate=f"{_HERE}.fasta:iterate_fasta",
            suffixes=(".fa", ".fasta", ".fna"),
        ),
        Reader(
            name="table",
            title="DeepBind .seq, CSV, TSV",
            looks_like="a table with a header that names a column 'sequence' or 'seq' (otherwise "
            "set sequence_column=)",
            recognises=f"{_HERE}.tables:is_table",
            read=f"{_HERE}.tables:read_table",
            suffixes=(".seq", ".csv", ".tsv", ".txt"),
            options=_COLUMNS,
        ),
        Reader(
            name="bed",
            title="BED, narrowPeak",
            looks_like="BED (chromosome, start, end)",
            recognises="demo_widgets.sequences.regions.intervals:is_bed",
            read="demo_widgets.sequences.regions.intervals:read_intervals",
            suffixes=(".bed", ".narrowpeak"),
            options=(
                ReaderOption("genome", "genome FASTA, for BED and narrowPeak", "FA", Path),
                ReaderOption(
                    "length",
                    "window around each interval of BED and narrowPeak (default: 101)",
                    "BASES",
                    int,
                ),
            ),
            holds_labels=False,
        ),
    )
}
"""Readers by name, in the order in which they are tried."""


def register_reader(reader: Reader) -> None:
    """Add a reader, or replace the one with the same name.

    It is tried before the readers registered earlier.

    Parameters
    ----------
    reader
        The reader.

    Notes
    -----
    The commands include it if the module that registers it is imported::

        python -c "import mine, demo_widgets.cli as cli; raise SystemExit(cli.main())" evaluate ...

    Examples
    --------
    See :class:`Reader`.
    """
    others = {name: other for name, other in READERS.items() if name != reader.name}
    READERS.clear()
    READERS.update({reader.name: reader, **others})


def options_of_readers() -> dict[str, ReaderOption]:
    """Options of all readers by name."""
    return {option.name: option for reader in READERS.values() for option in reader.options}


def find_reader(
    path: Path, options: Mapping[str, Any] | None = None, format: str | None = None
) -> Reader:
    """Return the reader of a file, by its content or by ``format``.

    Raises
    ------
    ReadError
        The format is unknown, or no reader recognises the file; the message quotes its first line.
    """
    if format is not None:
        if format not in READERS:
            raise ReadError(f"format is {format!r}; expected None or one of {', '.join(READERS)}")
        return READERS[format]
    head = FileHead(path)
    unreadable: ReadError | None = None
    for reader in list(READERS.values()):
        try:
            if reader.takes(head, options or {}):
                return reader
        except ReadError as error:  # a reader of binary files may recognise it
            unreadable = unreadable or error
    if unreadable is not None:
        raise unreadable
    raise _of_no_known_format(head)


def _of_no_known_format(head: FileHead) -> ReadError:
    first = head.lines[0]
    hint = "Begin each sequence with a '>' line, or name the columns of the table."
    if first.startswith("@") and len(head.lines) > 2 and head.lines[2].startswith("+"):
        hint = "It looks like FASTQ; convert the reads to FASTA first."
    shown = first if len(first) <= 60 else first[:57] + "..."
    *expected, last = [reader.looks_like for reader in READERS.values()]
    return ReadError(
        f"{head.path} has no known format; its first line is {shown!r}. Expected "
        f"{', '.join(expected)}, or {last}. {hint}"
    )
