"""A page with a dashboard for people who have no notebook: what it shows, and its server."""

from .page import DashboardPage
from .server import serve

__all__ = ["DashboardPage", "serve"]
