"""Ways to pull motifs out of a network, one a file, all of one shape."""

from demo_widgets.motifs.discovery.discover import METHODS, DiscoveredMotifs, discover_motifs

__all__ = ["METHODS", "DiscoveredMotifs", "discover_motifs"]
