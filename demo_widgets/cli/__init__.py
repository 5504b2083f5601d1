"""The ``demo-widgets`` command: one file per command, and shared modules."""

from demo_widgets.cli.program import main

__all__ = ["main"]
