"""The edits of one sequence: every version of it, with undo and redo."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset

__all__ = ["Edit", "EditHistory", "with_row"]

BASES = "ACGT"


@dataclass(frozen=True)
class Edit:
    """One change of a sequence.

    Attributes
    ----------
    words : str
        The change as text: ``"A45G"`` (1-based), or a sentence.
    before, after : str
        The sequence before and after.
    foreign : bool
        Whether the sequence after it was pasted, so that it has no name and no label.
    """

    words: str
    before: str
    after: str
    foreign: bool = False


class EditHistory:
    """Versions of one sequence, starting with the original; undone edits can be redone.

    Parameters
    ----------
    original
        The sequence as it is in the dataset.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        self._edits: list[Edit] = []
        self._done = 0

    @property
    def current(self) -> str:
        """The current version of the sequence."""
        return self._edits[self._done - 1].after if self._done else self.original

    @property
    def is_foreign(self) -> bool:
        """Whether the current sequence was pasted, or is an edit of a pasted one."""
        return self._done > 0 and self._edits[self._done - 1].foreign

    @property
    def done(self) -> list[Edit]:
        """The edits that led to :attr:`current`, oldest first."""
        return self._edits[: self._done]

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return self._done > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit."""
        return self._done < len(self._edits)

    @property
    def edited_positions(self) -> list[int]:
        """0-based positions that differ from the original; none for a pasted sequence."""
        if self.is_foreign or len(self.current) != len(self.original):
            return []
        pairs = zip(self.original, self.current, strict=True)
        return [i for i, (old, new) in enumerate(pairs) if old != new]

    @property
    def difference(self) -> str:
        """Difference from the original as text: ``"A45G C50T"``, at most three bases."""
        if self.is_foreign:
            return "pasted"
        positions = self.edited_positions
        words = [f"{self.original[i]}{i + 1}{self.current[i]}" for i in positions[:3]]
        more = [f"and {len(positions) - 3} more"] if len(positions) > 3 else []
        return " ".join([*words, *more])

    def mutate(self, position: int, base: str) -> bool:
        """Change the base at 0-based ``position`` to ``base``; False if it is that base already.

        Raises
        ------
        SequenceError
            The base is not A, C, G or T, or the position is outside the sequence.
        """
        base = str(base).upper()
        if base not in BASES or len(base) != 1:
            raise SequenceError(f"a base must be one of A, C, G, T, got {base!r}")
        if not 0 <= position < len(self.current):
            raise SequenceError(
                f"position must be from 0 to {len(self.current) - 1}, got {position}"
            )
        old = self.current[position]
        if old == base:
            return False
        after = self.current[:position] + base + self.current[position + 1 :]
        self._add(f"{old}{position + 1}{base}", after)
        return True

    def restore(self, position: int) -> bool:
        """Restore the original base at 0-based ``position``; False if it is unchanged."""
        if position not in self.edited_positions:
            return False
        old, new = self.current[position], self.original[position]
        after = self.current[:position] + new + self.current[position + 1 :]
        self._add(f"{old}{position + 1}{new} (restored)", after)
        return True

    def explore(self, sequence: str) -> bool:
        """Replace the sequence by a pasted one; False if it is the current one."""
        if sequence == self.current:
            return False
        self._add("pasted", sequence, foreign=sequence != self.original)
        return True

    def reset(self) -> bool:
        """Restore the original, as a further edit; False if it is the current one."""
        if self.current == self.original:
            return False
        self._add("all edits reverted", self.original, foreign=False)
        return True

    def undo(self) -> None:
        """Undo the last edit."""
        self._done = max(0, self._done - 1)

    def redo(self) -> None:
        """Redo the edit that was undone last."""
        self._done = min(len(self._edits), self._done + 1)

    def _add(self, words: str, after: str, foreign: bool | None = None) -> None:
        foreign = self.is_foreign if foreign is None else foreign
        self._edits = [*self.done, Edit(words, self.current, after, foreign)]
        self._done += 1


def with_row(dataset: SequenceDataset, sequence: str, name: str, source: int) -> SequenceDataset:
    """Return ``dataset`` with one more sequence at its end.

    Parameters
    ----------
    dataset
        The present sequences; not modified.
    sequence, name
        The new row.
    source
        Row it was edited from; its label and metadata are copied.
    """
    names = [str(n) for n in dataset.names]
    unique, count = name, 2
    while unique in names:
        unique, count = f"{name} ({count})", count + 1
    labels = None if dataset.labels is None else [*dataset.labels, dataset.labels[source]]
    metadata = pd.concat([dataset.metadata, dataset.metadata.iloc[[source]]], ignore_index=True)
    return SequenceDataset(
        [*dataset.sequences, sequence],
        names=[*names, unique],
        labels=labels,
        metadata=metadata,
        truth=dataset.truth,
        name=dataset.name,
        source=dataset.source,
    )
