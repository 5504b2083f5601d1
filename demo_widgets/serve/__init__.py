"""A web page with a dashboard for people without a notebook: its content and its server."""

from demo_widgets.serve.page import DashboardPage
from demo_widgets.serve.server import serve

__all__ = ["DashboardPage", "serve"]
