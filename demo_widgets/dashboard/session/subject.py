"""One sequence to show: a row of the dataset, with its edits, or a pasted sequence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TYPED", "Subject"]

TYPED = "pasted sequence"
"""Name of a sequence that is not a row of the dataset."""


@dataclass(frozen=True)
class Subject:
    """The sequence that a picture, a file or a chapter shows.

    Attributes
    ----------
    row
        0-based row in the dataset; for a pasted sequence, the row that it replaces.
    name, label
        As in the dataset; for a pasted sequence :data:`TYPED` and ``None``.
    sequence
        The bases, edits included.
    original
        The bases as in the dataset.
    is_typed
        Whether it was pasted, so that it has no name and no label.
    revision
        How often the models had changed: results of an earlier revision are outdated.
    """

    row: int
    name: str
    label: int | None
    sequence: str
    original: str
    is_typed: bool = False
    revision: int = 0

    @property
    def label_words(self) -> str:
        """The label as text."""
        return {1: "bound", 0: "unbound", None: "not known"}[self.label]

    @property
    def edits(self) -> str:
        """Edits as text, ``A12G`` (1-based); empty if unedited or pasted."""
        if self.is_typed or len(self.sequence) != len(self.original):
            return ""
        pairs = enumerate(zip(self.original, self.sequence, strict=True), 1)
        return ", ".join(f"{old}{i}{new}" for i, (old, new) in pairs if old != new)
