"""Comparison of demo_widgets with other tools: same weights, same sequences."""
