"""The widget: shared state, drawing parts, one file per tab, the HTML snapshot."""

from .motif_dashboard import MotifDashboard

__all__ = ["MotifDashboard"]
