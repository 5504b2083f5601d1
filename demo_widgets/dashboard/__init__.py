"""The widget: what is looked at, how it is computed, one file per tab, the HTML report."""

from demo_widgets.dashboard.motif_dashboard import MotifDashboard
from demo_widgets.dashboard.tabs.base import TabView

__all__ = ["MotifDashboard", "TabView"]
