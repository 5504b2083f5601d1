"""Interpretations on disk: written block by block, resumed, opened again."""
