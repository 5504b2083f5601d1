"""The ``demo-widgets`` command: one file per command, and what they share."""

from .program import main

__all__ = ["main"]
