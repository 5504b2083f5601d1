"""Motif discovery methods, one file each, listed in one table.

``discover_motifs``, the dashboard and the command line read :data:`METHODS`.
:func:`register_discovery_method` adds a method to all three.
"""

from typing import TYPE_CHECKING

from demo_widgets.lazy import lazy_names

if TYPE_CHECKING:
    from demo_widgets.motifs.discovery.discover import DiscoveredMotifs as DiscoveredMotifs
    from demo_widgets.motifs.discovery.discover import discover_motifs as discover_motifs
    from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest as DiscoveryRequest
    from demo_widgets.motifs.discovery.discovery_request import (
        motifs_of_windows as motifs_of_windows,
    )
    from demo_widgets.motifs.discovery.method_table import METHODS as METHODS
    from demo_widgets.motifs.discovery.method_table import DiscoveryMethod as DiscoveryMethod
    from demo_widgets.motifs.discovery.method_table import method_options as method_options
    from demo_widgets.motifs.discovery.method_table import (
        register_discovery_method as register_discovery_method,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "discover": ["DiscoveredMotifs", "discover_motifs"],
        "discovery_request": ["DiscoveryRequest", "motifs_of_windows"],
        "method_table": [
            "METHODS",
            "DiscoveryMethod",
            "method_options",
            "register_discovery_method",
        ],
    },
)
