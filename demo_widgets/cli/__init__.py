"""The ``demo-widgets`` command: one file per command, and what they share."""

from demo_widgets.cli.program import main

__all__ = ["main"]
