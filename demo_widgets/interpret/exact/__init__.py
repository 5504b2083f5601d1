"""Exact shortcuts: the numbers of the plain way, computed with less work."""
