"""The files that a command reads and writes: none of them may be lost to another.

Every option that takes a path is listed here once. What a command writes must be neither
something that the same call reads, nor something else that it writes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import visible_files
from demo_widgets.sequences.reading.reader_table import options_of_readers
from demo_widgets.terminal import has_control_characters

__all__ = ["ADDS_TO", "FILLS", "READS", "WRITES", "check_paths", "role_of"]

READS = "reads"
WRITES = "writes"
FILLS = "fills"
"""A file, or a folder that is the command's own: nothing else may lie in it."""
ADDS_TO = "adds to"
"""A folder that gets files of its own, next to others."""

_ROLES = {
    "models": READS,
    "sequences": READS,
    "test": READS,
    "validation": READS,
    "folder": READS,
    "out": FILLS,
    "history": WRITES,
    "csv": WRITES,
    "predictions": WRITES,
    "matches": WRITES,
    "report": WRITES,
    "logos": ADDS_TO,
}
"""By the name under which the parser keeps them, the same for all commands."""


def role_of(name: str) -> str | None:
    """What is done with the path of an argument; ``None`` where it takes none."""
    reader = options_of_readers().get(name)
    return READS if reader is not None and reader.type is Path else _ROLES.get(name)


def check_paths(options: argparse.Namespace) -> None:
    """Refuse a command line by which something that is read or written would be lost.

    Paths are compared as the file system resolves them, and by what they are: a link, a hard
    link and another spelling are the same file. A command adds files whose names follow from
    others by the default ``also_writes``: ``also_writes(options)`` gives their paths by the words
    that name them.

    Raises
    ------
    DemoWidgetsError
        An output is an input or another output, or an input lies in a folder that is replaced; or
        the name of an output cannot be printed.
    """
    reads: list[_Place] = []
    writes: list[_Place] = []
    for name, value in vars(options).items():
        role = role_of(name)
        for path in _paths(value) if role in (READS, WRITES, FILLS) else ():
            place = _Place.of(_spelled(name), path, fills=role == FILLS)
            (reads if role == READS else writes).append(place)
    also_writes = getattr(options, "also_writes", None)
    if also_writes is not None:
        writes += [_Place.of(words, path) for words, path in also_writes(options).items()]
    reads += [
        _Place.of(place.words, file)
        for place in reads
        if place.path.is_dir()
        for file in visible_files(place.path, ".keras")
    ]
    for number, output in enumerate(writes):
        if has_control_characters(str(output.path)):
            raise DemoWidgetsError(
                f"{output.words}: the name {output.path} holds control characters, or bytes that "
                "are not UTF-8; give another name"
            )
        for place in reads:
            if output.is_or_holds(place):
                raise _would_replace(output, place, "reads")
        for place in writes[number + 1 :]:
            if output.is_or_holds(place) or place.is_or_holds(output):
                raise _would_replace(output, place, "writes too")


@dataclass(frozen=True)
class _Place:
    """A path of the command line, and what it is on disk: comparable, whether it is there or not.

    ``within`` are the folders that it lies in; one that ``fills`` may be a folder itself.
    """

    words: str
    path: Path
    itself: tuple[Any, ...]
    within: frozenset[tuple[Any, ...]]
    fills: bool

    @classmethod
    def of(cls, words: str, path: Path, fills: bool = False) -> _Place:
        real = Path(os.path.realpath(path))
        within = frozenset(map(_identity, real.parents))
        return cls(words, path, _identity(real), within, fills)

    def is_or_holds(self, other: _Place) -> bool:
        return self.itself == other.itself or (self.fills and self.itself in other.within)


def _identity(real: Path) -> tuple[Any, ...]:
    """Device and inode; of what is not there yet, those of its folder, and its name."""
    try:
        there = os.stat(real)
    except OSError:
        parent = real.parent
        return (*_identity(parent), real.name) if parent != real else (str(real),)
    return (there.st_dev, there.st_ino)


def _paths(value: Any) -> Iterator[Path]:
    """The paths that an option was given; a share of ``--validation`` is none."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Path):
            yield each
        elif isinstance(each, str) and not _is_number(each):
            yield Path(each)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _spelled(name: str) -> str:
    return "DIR" if name == "folder" else f"--{name.replace('_', '-')}"


def _would_replace(output: _Place, other: _Place, does: str) -> DemoWidgetsError:
    spelled = f" ({other.path})" if other.path != output.path else ""
    return DemoWidgetsError(
        f"{output.words} would replace {output.path}, which {other.words} {does}{spelled}; give "
        f"{output.words} another name"
    )
