"""The report: chosen sequences with their views and numbers, as one HTML file."""

from demo_widgets.dashboard.report.save import save_report

__all__ = ["save_report"]
