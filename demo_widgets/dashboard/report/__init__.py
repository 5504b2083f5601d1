"""The report: chosen sequences with their views and numbers, as one HTML file.

It needs no widget library: a dashboard and ``demo-widgets report`` both write it.
"""

from demo_widgets.dashboard.report.save import save_report

__all__ = ["save_report"]
