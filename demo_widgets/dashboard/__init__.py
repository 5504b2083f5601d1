"""The widget: shared state, drawing parts, one file per tab, the HTML snapshot."""

from demo_widgets.dashboard.motif_dashboard import MotifDashboard

__all__ = ["MotifDashboard"]
