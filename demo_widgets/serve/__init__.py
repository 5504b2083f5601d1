"""A page with a dashboard for people who have no notebook: what it shows, and its server."""

from demo_widgets.serve.page import DashboardPage
from demo_widgets.serve.server import serve

__all__ = ["DashboardPage", "serve"]
