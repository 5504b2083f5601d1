"""Ways to pull motifs out of a network, one a file, all of one shape."""

from .discover import METHODS, DiscoveredMotifs, discover_motifs

__all__ = ["METHODS", "DiscoveredMotifs", "discover_motifs"]
