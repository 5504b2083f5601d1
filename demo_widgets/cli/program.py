"""``demo-widgets``: its commands, and how errors are reported.

A command is a module with ``add_parser(subparsers)``, which declares its arguments, and
``run(options) -> int``, which does the work and returns the exit code. A command imports
nothing heavy at its top, so that ``--help`` is instant.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from demo_widgets import __version__
from demo_widgets.cli import demo, evaluate, interpret, motifs, report, serve, sweep, train
from demo_widgets.cli.console import as_options, plain_warnings
from demo_widgets.cli.paths import check_paths
from demo_widgets.errors import Cancelled, DemoWidgetsError, DiskFull, Diverged, SchedulerLost
from demo_widgets.terminal import OUTPUT, printable, say_aside

__all__ = ["COMMANDS", "build_parser", "main"]

COMMANDS: tuple[ModuleType, ...] = (
    train,
    evaluate,
    interpret,
    motifs,
    report,
    sweep,
    serve,
    demo,
)

EXIT_CODES = """\
exit codes:
  0    done
  1    the work failed (the disk is full, training diverged, some jobs of a sweep failed)
  2    a wrong option, or a file, model or output path that cannot be used
  130  interrupted (Ctrl-C)

"demo-widgets COMMAND --help" has examples of each command.
"""

_USERS_PATHS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
"""Operating-system errors caused by a wrong path."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``demo-widgets``; return the exit code.

    Parameters
    ----------
    argv
        Arguments after the program's name; default ``sys.argv[1:]``.

    Returns
    -------
    int
        0 when done; 1 when the work failed; 2 for a wrong argument or input; 130 when
        interrupted from the keyboard. An error is reported in one line on stderr.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    options = build_parser().parse_args(arguments)
    options.command_line = ["demo-widgets", *arguments]
    try:
        check_paths(options)
        with plain_warnings(getattr(options, "quiet", False)):
            code = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except (Cancelled, DiskFull, Diverged, SchedulerLost) as error:
        return _report_error(error, 1)
    except DemoWidgetsError as error:
        return _report_error(error, 2)
    except BrokenPipeError:
        # The program that reads our output has closed it (``| head``): not an error.
        _discard_output()
        return 1
    except OSError as error:
        if error.filename == OUTPUT:
            _discard_output()
        return _report_system_error(error)
    except KeyboardInterrupt as stop:
        advice = f"; {stop}" if str(stop) else ""
        say_aside(f"demo-widgets: interrupted{advice}")
        return 130


class _Parser(argparse.ArgumentParser):
    """Quotes wrong arguments without their control characters."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(" ".join(message.split())))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="demo-widgets",
        description="Deep Motif Dashboard: see which bases made a network predict “bound”.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"demo-widgets {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def _report_error(error: BaseException, code: int) -> int:
    """Print the error in one line; return ``code``."""
    say_aside(f"demo-widgets: error: {as_options(str(error))}")
    return code


def _discard_output() -> None:
    """Let nothing that is still to be printed fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_system_error(error: OSError) -> int:
    """Print the operating system's error and the path it concerns."""
    words = error.strerror or str(error) or type(error).__name__
    if error.filename is not None:
        words = f"{error.filename}: {words}"
    wrong_path = isinstance(error, (*_USERS_PATHS, PermissionError)) or error.errno == errno.EROFS
    return _report_error(OSError(words), 2 if wrong_path else 1)
