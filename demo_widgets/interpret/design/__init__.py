"""Designing sequences: constraints, repair and greedy design."""
