"""Text for a terminal, whatever is in the names and files that it quotes."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TextIO

__all__ = ["OUTPUT", "has_control_characters", "printable", "say", "say_aside"]

OUTPUT = "standard output"

_LONGEST = 4_000
"""Characters of a message of one line."""

_ASCII = re.compile(r"[ -~]*")
_ASCII_LINES = re.compile(r"[\n -~]*")
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories of what a terminal obeys, of bytes that are no text, and of line breaks."""

_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def has_control_characters(text: str) -> bool:
    """Whether there is a control character, a line break, or a byte that is no text."""
    if _ASCII.fullmatch(text):
        return False
    return any(unicodedata.category(letter) in _CONTROLS for letter in text)


def printable(text: str) -> str:
    """``text`` with control characters as escapes, such as ``\\x1b``; line breaks are kept.

    Bytes of a file name that are no text are written as such, ``\\xff``.
    """
    if _ASCII_LINES.fullmatch(text):
        return text
    return "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    harmless = unicodedata.category(letter) not in _CONTROLS and letter not in _REORDERING
    if harmless or letter == "\n":
        return letter
    if "\udc80" <= letter <= "\udcff":  # how Python holds an undecodable byte
        letter = chr(ord(letter) - 0xDC00)
    return letter.encode("unicode_escape").decode("ascii")


def say(text: str) -> None:
    """Print a result: without control characters, and as far as the encoding can.

    Raises
    ------
    BrokenPipeError
        The program that reads the output has closed it.
    OSError
        Its file name is :data:`OUTPUT`: what is printed goes to a disk that is full, say.
    """
    try:
        _print(text, sys.stdout)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, OUTPUT) from error


def say_aside(text: str) -> None:
    """Print an error, a warning or a note in one line on standard error; it is cut if very long."""
    text = " ".join(text.split())
    _print(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...", sys.stderr)


def _print(text: str, file: TextIO | None) -> None:
    if file is None:  # closed
        return
    encoding = getattr(file, "encoding", None) or "utf-8"
    print(printable(text).encode(encoding, "backslashreplace").decode(encoding), file=file)
