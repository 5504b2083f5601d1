"""Output of the commands: progress and warnings on stderr, results on stdout."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from demo_widgets.errors import DemoWidgetsWarning
from demo_widgets.sequences.reading.reader_table import options_of_readers
from demo_widgets.terminal import printable, say, say_aside

__all__ = ["Progress", "as_options", "how_to_resume", "plain_warnings", "shows_progress", "tell"]

_ARGUMENTS = ("negatives", "strict", "resume", "overwrite", "target")
"""Python arguments that are options of the commands, besides those of the readers."""


def tell(options: argparse.Namespace, words: str, facts: dict[str, Any]) -> None:
    """Print ``words`` or, with ``--json``, ``facts`` for a script."""
    if options.json:
        text = json.dumps(_strict(facts), indent=1, allow_nan=False)
        say(text.replace("\x7f", "\\u007f"))
    else:
        say(words)


def shows_progress(options: argparse.Namespace) -> bool:
    """Whether progress is shown: on a terminal, without ``--quiet``."""
    return not options.quiet and sys.stderr.isatty()


def how_to_resume(options: argparse.Namespace) -> str:
    """Return the advice after an interrupt of a command with ``--resume`` and ``--overwrite``."""
    if options.resume:
        return "to continue, run the same command again"
    instead = " instead of --overwrite" if options.overwrite else ""
    return f"to continue, run the same command with --resume{instead}"


class Progress:
    """A progress bar on stderr, called with ``(done, total)``; silent unless stderr is a terminal.

    Parameters
    ----------
    options
        The command's options.
    what
        Text before the bar.
    unit
        What is counted.
    """

    def __init__(self, options: argparse.Namespace, what: str, unit: str):
        self._shown, self._what, self._unit = shows_progress(options), what, unit
        self._bar: Any = None

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        """Show the progress."""
        if not self._shown:
            return
        if self._bar is None:
            from tqdm import tqdm

            # ``initial``: the speed of a resumed run counts this run only.
            self._bar = tqdm(
                total=total,
                initial=done,
                desc=printable(self._what),
                unit=self._unit,
                file=sys.stderr,
            )
        if what is not None:
            self._bar.set_description(printable(" ".join(what.split())))
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()


@contextmanager
def plain_warnings(quiet: bool) -> Iterator[None]:
    """Print each of the package's warnings once, on one line, without file and line number."""
    printed: set[str] = set()
    with warnings.catch_warnings():
        if quiet:
            warnings.simplefilter("ignore", DemoWidgetsWarning)
        show = warnings.showwarning

        def one_line(
            message: Warning | str, category: type[Warning], *place: Any, **more: Any
        ) -> None:
            if issubclass(category, DemoWidgetsWarning):
                text = as_options(" ".join(str(message).split()))
                if text not in printed:
                    printed.add(text)
                    say_aside(f"demo-widgets: warning: {text}")
            else:
                show(message, category, *place, **more)

        warnings.showwarning = one_line
        yield


def as_options(words: str) -> str:
    """Replace Python arguments in a message, such as ``genome=``, by options, ``--genome``."""

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f"--{name.replace('_', '-')}" + (f" {value}" if value not in ("", "True") else "")

    names = "|".join(map(re.escape, (*_ARGUMENTS, *options_of_readers())))
    return re.sub(rf"\b({names})=(True|'[^']*'|\d+|)", option, words)


def _strict(value: Any) -> Any:
    """Return ``value`` in strict JSON types: NaN and infinity as null, paths as text."""
    if isinstance(value, dict):
        return {str(key): _strict(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(each) for each in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "item"):
        return _strict(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
