"""Interpretations on disk: written in blocks, resumed, reopened."""
