"""Exceptions and warnings of the package.

Every error that a user's input can cause is a :class:`DemoWidgetsError`; its message
names the argument or the file, what was found, what was expected and what to do next.
Repairs and omissions are reported by :func:`warn`.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = [
    "DemoWidgetsError",
    "SequenceError",
    "ReadError",
    "ModelError",
    "Diverged",
    "MotifError",
    "Cancelled",
    "SchedulerLost",
    "DiskFull",
    "DemoWidgetsWarning",
    "error_words",
    "shown_as",
    "warn",
]

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SHOWN_AS: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("_SHOWN_AS", default=())


class DemoWidgetsError(ValueError):
    """Base of every error that ``demo_widgets`` raises about its input."""


class SequenceError(DemoWidgetsError):
    """Sequences or labels that cannot be used: a wrong letter, ragged lengths, a bad label."""


class ReadError(SequenceError):
    """A file that cannot be read: empty, truncated, binary, or in an unknown format."""


class ModelError(DemoWidgetsError):
    """A Keras model that cannot be used: wrong input shape, backend, or NaN weights."""


class Diverged(ModelError):
    """A training whose loss is no longer finite."""


class MotifError(DemoWidgetsError):
    """A motif, motif file or motif database that cannot be used."""


class Cancelled(DemoWidgetsError):
    """A long computation that its caller cancelled."""


class SchedulerLost(DemoWidgetsError):
    """A cluster's scheduler that was lost during the work."""


class DiskFull(DemoWidgetsError):
    """A file that cannot be written because the disk is full."""


class DemoWidgetsWarning(UserWarning):
    """Something was left out or repaired; the message counts and names it."""


def warn(message: str) -> None:
    """Issue a :class:`DemoWidgetsWarning` that points at the caller's line, not at the package."""
    for path, shown in _SHOWN_AS.get():
        message = message.replace(path, shown)
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, DemoWidgetsWarning, stacklevel=depth)


@contextmanager
def shown_as(path: str | os.PathLike[str], shown: str | os.PathLike[str]) -> Iterator[None]:
    """Let errors and warnings of the block name ``shown`` where they name ``path``.

    Parameters
    ----------
    path
        A temporary file.
    shown
        The file that the user knows, which it stands for.
    """
    names = os.fspath(path), os.fspath(shown)
    token = _SHOWN_AS.set((*_SHOWN_AS.get(), names) if names[0] != names[1] else _SHOWN_AS.get())
    try:
        yield
    except DemoWidgetsError as error:
        error.args = tuple(a.replace(*names) if isinstance(a, str) else a for a in error.args)
        raise
    finally:
        _SHOWN_AS.reset(token)


def error_words(error: BaseException) -> str:
    """Return the message of an error; other packages' errors are prefixed with their type."""
    text = str(error).strip() or "no message"
    return text if isinstance(error, DemoWidgetsError) else f"{type(error).__name__}: {text}"
