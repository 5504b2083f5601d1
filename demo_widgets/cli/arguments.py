"""Arguments shared by the commands: models, sequences, output."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo_widgets.sequences.reading.reader_table import READERS, options_of_readers

__all__ = [
    "add_command",
    "add_models",
    "add_output",
    "add_sequences",
    "add_target",
    "at_least",
    "positive_number",
    "readable_files",
]


def add_command(
    subparsers: Any, name: str, *, help: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command whose ``--help`` ends with examples, one per line."""
    lines = "".join(f"  {line.strip()}\n" for line in examples.strip().splitlines())
    return subparsers.add_parser(
        name,
        help=help,
        description=textwrap.fill(description, 80),
        epilog=f"examples:\n{lines}\nexit codes: 0 done, 1 the work failed, 2 wrong option or "
        "input, 130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_models(parser: argparse.ArgumentParser) -> None:
    """Declare ``--models`` and ``--target``."""
    group = parser.add_argument_group("models")
    group.add_argument(
        "--models",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help=".keras files or folders of them; a model is named after its file, without .keras",
    )
    add_target(group)


def add_target(group: Any) -> None:
    """Declare ``--target``."""
    group.add_argument(
        "--target",
        type=at_least(0),
        metavar="CLASS",
        help="output unit that means bound, from 0 (default: 1; required with three or more)",
    )


def add_sequences(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Declare ``--sequences`` and how the files are read."""
    group = parser.add_argument_group("sequences")
    help = readable_files() + ("; several files are joined" if several else "")
    if several:
        group.add_argument(
            "--sequences", type=Path, required=True, nargs="+", metavar="FILE", help=help
        )
    else:
        group.add_argument("--sequences", type=Path, required=True, metavar="FILE", help=help)
    group.add_argument(
        "--negatives",
        choices=("dinucleotide",),
        help="add a dinucleotide shuffle of each sequence as unbound",
    )
    for option in options_of_readers().values():
        group.add_argument(
            f"--{option.name.replace('_', '-')}",
            type=at_least(1) if option.type is int else option.type,
            metavar=option.metavar,
            help=option.help,
        )
    group.add_argument(
        "--strict", action="store_true", help="refuse ambiguous bases and unusable intervals"
    )


def readable_files() -> str:
    """Return the readable formats, for ``--help``."""
    return f"{', '.join(reader.title for reader in READERS.values())}; plain or gzip"


def add_output(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Declare ``--json`` and ``--quiet``; return their group, for the command's own output."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object on stdout and nothing else",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="no progress, no warnings")
    return group


def at_least(least: int) -> Callable[[str], int]:
    """Return an argument type: a whole number, ``least`` or more."""

    def whole_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number of at least {least}"
            ) from None
        return value

    return whole_number


def positive_number(text: str) -> float:
    """Argument type: a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
