"""Exact shortcuts: the values of the direct computation, with less work."""
