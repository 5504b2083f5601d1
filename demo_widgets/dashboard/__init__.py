"""The widget ``MotifDashboard``, its tabs, and the report, which needs no widget library."""

from demo_widgets.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__, {"motif_dashboard": ["MotifDashboard"], "tabs.base": ["TabView"]}
)
