"""State of a dashboard, independent of its computations, so that it can be saved and reopened."""

from __future__ import annotations

import numpy as np
import traitlets as T

from demo_widgets.dashboard.session.edit_history import EditHistory, with_row
from demo_widgets.dashboard.session.planted_sites import planted_matrices
from demo_widgets.dashboard.session.subject import TYPED, Subject
from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset, as_one_hot

__all__ = ["Session"]


class Session(T.HasTraits):
    """The sequences, the current one, its edits, and the display settings.

    Parameters
    ----------
    dataset
        The sequences, at least one.

    Attributes
    ----------
    dataset : SequenceDataset
        The sequences; replaced by one with a further row when an edited sequence is added.
    sequence_index : int
        0-based row of the current sequence in the dataset.
    subject : Subject
        The current sequence, including edits. It changes once whenever another row is chosen or the
        bases change, so it is the trait to observe for that. Read-only.
    position : int
        0-based position of the chosen base.
    window : tuple of int
        Visible positions, 0-based and half-open.
    palette : str
        Name of the base colours (a key of ``BASE_PALETTES``).
    attribution : tuple
        Attribution method and its options, ``(key, ((option, value), ...))``: what the Saliency
        and Figure tabs and the report show.
    known_motifs : str
        Names or JASPAR ids of motifs to scan for, separated by commas.
    jaspar_release : str
        The JASPAR release in use.
    restart_rank : int
        Which restart of class optimization is shown, 0 for the best.
    """

    dataset = T.Instance(SequenceDataset)
    sequence_index = T.Int(0)
    subject = T.Instance(Subject, read_only=True)
    position = T.Int(0)
    window = T.Tuple(T.Int(), T.Int(), default_value=(0, 1))
    palette = T.Unicode("classic")
    attribution = T.Tuple(T.Unicode(), T.Tuple(), default_value=("saliency", ()))
    known_motifs = T.Unicode("")
    jaspar_release = T.Unicode("JASPAR2024")
    restart_rank = T.Int(0)

    def __init__(self, dataset: SequenceDataset) -> None:
        self._histories: dict[int, EditHistory] = {}
        self._revision = 0
        super().__init__(dataset=dataset)
        self.set_trait("subject", self._current_subject())
        self.window = (0, self.length)
        self.known_motifs = planted_matrices(dataset)

    @property
    def edits(self) -> EditHistory:
        """The edits of the current sequence."""
        index = self.sequence_index
        if index not in self._histories:
            self._histories[index] = EditHistory(self.dataset.sequences[index])
        return self._histories[index]

    @property
    def sequence(self) -> str:
        """Bases of the current sequence, edits included."""
        return self.subject.sequence

    @property
    def length(self) -> int:
        """Number of bases of the current sequence."""
        return len(self.subject.sequence)

    @property
    def one_hot(self) -> np.ndarray:
        """The current sequence one-hot, ``(length, 4)``."""
        return as_one_hot([self.sequence])[0]

    @property
    def name(self) -> str:
        """Name of the current sequence."""
        return self.subject.name

    @property
    def label(self) -> int | None:
        """1 = bound, 0 = unbound, None = not known."""
        return self.subject.label

    @property
    def is_edited(self) -> bool:
        """Whether the current sequence differs from the dataset's."""
        return self.subject.sequence != self.subject.original

    @T.validate("sequence_index")
    def _valid_sequence_index(self, proposal: T.Bunch) -> int:
        if not 0 <= proposal.value < len(self.dataset):
            raise T.TraitError(
                f"sequence_index must be from 0 to {len(self.dataset) - 1} "
                f"(the dataset has {len(self.dataset)} sequences), got {proposal.value}"
            )
        return proposal.value

    @T.validate("position")
    def _valid_position(self, proposal: T.Bunch) -> int:
        if not 0 <= proposal.value < self.length:
            raise T.TraitError(
                f"position must be from 0 to {self.length - 1} "
                f"(the sequence has {self.length} bases), got {proposal.value}"
            )
        return proposal.value

    @T.validate("window")
    def _valid_window(self, proposal: T.Bunch) -> tuple[int, int]:
        start, end = proposal.value
        start = min(max(start, 0), self.length - 1)
        return start, max(start + 1, min(end, self.length))

    def _current_subject(self) -> Subject:
        index, edits = self.sequence_index, self.edits
        labels = self.dataset.labels
        return Subject(
            index,
            TYPED if edits.is_foreign else str(self.dataset.names[index]),
            None if labels is None or edits.is_foreign else int(labels[index]),
            edits.current,
            edits.original,
            edits.is_foreign,
            self._revision,
        )

    @T.observe("sequence_index")
    def _update_subject(self, _: T.Bunch | None = None) -> None:
        """Update to the current bases; if their length differs, the whole sequence is shown."""
        subject = self._current_subject()
        with self.hold_trait_notifications():  # observers see the three change together
            other_length = len(subject.sequence) != self.length
            self.set_trait("subject", subject)
            if other_length:
                self.position = min(self.position, self.length - 1)
                self.window = (0, self.length)

    def take_revision(self, revision: int) -> None:
        """Make the present results outdated, because a model has changed."""
        self._revision = revision
        self._update_subject()

    def mutate(self, position: int, base: str) -> None:
        """Change the base at 0-based ``position`` of the current sequence to ``base``."""
        self.edits.mutate(position, base)
        self._update_subject()

    def restore(self, position: int) -> None:
        """Restore the original base at 0-based ``position``."""
        self.edits.restore(position)
        self._update_subject()

    def explore(self, text: str) -> None:
        """Replace the current sequence by any other one; undo restores it.

        It has no label.

        Parameters
        ----------
        text
            Bases, in one or several lines, or one FASTA record.

        Raises
        ------
        SequenceError
            It is empty, several records, or holds letters that are not DNA.
        """
        lines = str(text).strip().splitlines()
        if sum(line.lstrip().startswith(">") for line in lines) > 1:
            raise SequenceError("several FASTA records were given: paste one at a time")
        bases = "".join(
            "".join(line.split()) for line in lines if not line.lstrip().startswith(">")
        )
        if not bases:
            raise SequenceError("no sequence was given: paste bases (A, C, G, T or N)")
        self.edits.explore(SequenceDataset([bases]).sequences[0])
        self._update_subject()

    def undo(self) -> None:
        """Undo the last edit of the current sequence, if there is one."""
        self.edits.undo()
        self._update_subject()

    def redo(self) -> None:
        """Redo the edit that was undone last, if there is one."""
        self.edits.redo()
        self._update_subject()

    def reset_edits(self) -> None:
        """Restore the sequence of the dataset."""
        self.edits.reset()
        self._update_subject()

    def add_as_row(self) -> None:
        """Add the current sequence, edits included, to the dataset, and go to it.

        Raises
        ------
        SequenceError
            Its length is not that of the rows, or it was pasted and the rows have labels.
        """
        edits = self.edits
        if self.length != self.dataset.length:
            raise SequenceError(
                f"the rows of this dataset have {self.dataset.length} bases, this sequence has "
                f"{self.length}: view it here, or put it in a separate dataset"
            )
        if edits.is_foreign and self.dataset.labels is not None:
            raise SequenceError(
                "this sequence was pasted and has no label, but the rows of this dataset have "
                "labels: view it here, or put it in a separate dataset"
            )
        name = f"{self.dataset.names[self.sequence_index]} {edits.difference}".strip()[:120]
        self.dataset = with_row(self.dataset, self.sequence, name, self.sequence_index)
        self.sequence_index = len(self.dataset) - 1
