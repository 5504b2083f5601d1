"""One sequence as people look at it: a row of the dataset, with its edits, or one typed in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TYPED", "Subject"]

TYPED = "pasted sequence"
"""Name of a sequence that is no row of the dataset."""


@dataclass(frozen=True)
class Subject:
    """What a picture, a file or a chapter is about.

    Attributes
    ----------
    row
        0-based row in the dataset; of a typed sequence, the row in whose place it is.
    name, label
        As in the dataset; of a typed sequence :data:`TYPED` and ``None``.
    sequence
        The bases, edits included.
    original
        The bases as in the dataset.
    is_typed
        Whether it was typed in, so that nothing is known of it.
    """

    row: int
    name: str
    label: int | None
    sequence: str
    original: str
    is_typed: bool = False

    @property
    def label_words(self) -> str:
        """The label as people read it."""
        return {1: "bound", 0: "unbound", None: "not known"}[self.label]

    @property
    def edits(self) -> str:
        """What was changed, as ``A12G`` (1-based); empty where nothing was, or it was typed."""
        if self.is_typed or len(self.sequence) != len(self.original):
            return ""
        pairs = enumerate(zip(self.original, self.sequence, strict=True), 1)
        return ", ".join(f"{old}{i}{new}" for i, (old, new) in pairs if old != new)
