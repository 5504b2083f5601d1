"""The dashboard's shared state: which sequence, which position, and every result so far.

Views draw; they ask this state for results. The state computes off the main thread,
remembers what it computed, and says in words what it is doing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets as T

from demo_widgets.dashboard.engine.computing import Computing
from demo_widgets.dashboard.engine.dataset_predictions import DatasetPredictions
from demo_widgets.dashboard.engine.worker import Job
from demo_widgets.dashboard.session.edit_history import EditHistory, with_row
from demo_widgets.dashboard.session.subject import TYPED, Subject
from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset, as_one_hot

__all__ = ["DashboardState"]


class DashboardState(Computing):
    """Models, sequences, the current choice, and what was computed for it.

    Attributes
    ----------
    sequence_index : int
        0-based row of the current sequence in the dataset.
    position : int
        0-based position of the base under study.
    window : tuple of int
        Visible positions, 0-based and half-open.
    palette : str
        Name of the base colours (a key of ``BASE_PALETTES``).
    revision : int
        Counts the edits of sequences: it moves whenever the current sequence's bases do.
    rows : int
        Number of sequences; it grows when an edited one is added.
    substitutions : int
        Counts the times that all substitutions of a long sequence were computed, as asked for.
    optimized : dict
        Model name -> ``(OptimizationResult, restart)``, as class optimization last showed them.
    attribution : tuple
        Method of the Saliency tab and its settings, ``(key, ((option, value), ...))``: what the
        Figure tab and the report show too.
    described, spoken_values : dict
        What the widgets on the page are and show, in words (see ``spoken``).
    known_motifs : str
        Names or JASPAR ids of motifs to look for in the sequence, commas between.
    jaspar_release : str
        The JASPAR release in use.
    rows_shown : callable
        Returns the rows that the Predictions table shows, in its order; all until it is built.
    """

    sequence_index = T.Int(0)
    position = T.Int(0)
    window = T.Tuple(T.Int(), T.Int(), default_value=(0, 1))
    palette = T.Unicode("classic")
    revision = T.Int(0)
    rows = T.Int(1)
    substitutions = T.Int(0)
    optimized = T.Dict()
    attribution = T.Tuple(T.Unicode(), T.Tuple(), default_value=("saliency", ()))
    described = T.Dict()
    spoken_values = T.Dict()
    known_motifs = T.Unicode("")
    jaspar_release = T.Unicode("JASPAR2024")

    def __init__(self, models: Mapping[str, Any], dataset, *, block: bool = False) -> None:
        super().__init__(models, block=block)
        self.dataset = dataset
        self.predictions = DatasetPredictions(self.models, dataset)
        self.rows_shown: Callable[[], Sequence[int]] = lambda: range(self.rows)
        self._histories: dict[int, EditHistory] = {}
        self.rows = len(dataset)
        self._fitted_length = self.length
        self.window = (0, self.length)
        if dataset.truth is not None and len(dataset.truth):
            self.known_motifs = ", ".join(dict.fromkeys(dataset.truth["matrix_id"]))

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
        return self.edits.current

    @property
    def is_edited(self) -> bool:
        """Whether the current sequence differs from the dataset's."""
        return self.sequence != self.edits.original

    @property
    def one_hot(self) -> np.ndarray:
        """The current sequence one-hot, ``(length, 4)``."""
        return as_one_hot([self.sequence])[0]

    @property
    def length(self) -> int:
        """Number of bases of the current sequence."""
        return len(self.sequence)

    @property
    def subject(self) -> Subject:
        """The current sequence, edits included, as it stands now."""
        edits = self.edits
        return Subject(
            self.sequence_index,
            self.name,
            self.label,
            edits.current,
            edits.original,
            edits.is_foreign,
        )

    @property
    def name(self) -> str:
        """Name of the current sequence."""
        if self.edits.is_foreign:
            return TYPED
        return str(self.dataset.names[self.sequence_index])

    @property
    def label(self) -> int | None:
        """1 = bound, 0 = unbound, None = not known."""
        labels = self.dataset.labels
        if labels is None or self.edits.is_foreign:
            return None
        return int(labels[self.sequence_index])

    @T.validate("sequence_index")
    def _valid_sequence_index(self, proposal) -> int:
        if not 0 <= proposal.value < len(self.dataset):
            raise T.TraitError(
                f"sequence_index must be from 0 to {len(self.dataset) - 1} "
                f"(the dataset has {len(self.dataset)} sequences), got {proposal.value}"
            )
        return proposal.value

    @T.validate("position")
    def _valid_position(self, proposal) -> int:
        if not 0 <= proposal.value < self.length:
            raise T.TraitError(
                f"position must be from 0 to {self.length - 1} "
                f"(the sequence has {self.length} bases), got {proposal.value}"
            )
        return proposal.value

    @T.validate("window")
    def _valid_window(self, proposal) -> tuple[int, int]:
        start, end = proposal.value
        start = min(max(start, 0), self.length - 1)
        return start, max(start + 1, min(end, self.length))

    @T.observe("sequence_index")
    def _fit_to_sequence(self, change) -> None:
        self.say("page", "")
        self._fit_window()

    def _fit_window(self) -> None:
        """Show the whole sequence when its length has changed."""
        if self.length != self._fitted_length:
            self._fitted_length = self.length
            self.position = min(self.position, self.length - 1)
            self.window = (0, self.length)

    def mutate(self, position: int, base: str) -> None:
        """Put ``base`` at 0-based ``position`` of the current sequence."""
        self._edited(self.edits.mutate(position, base))

    def restore(self, position: int) -> None:
        """Put the original base back at 0-based ``position``."""
        self._edited(self.edits.restore(position))

    def explore(self, text: str) -> None:
        """Look at any sequence in the place of the current one; undo brings it back.

        Nothing is known of it: it has no label while it is looked at.

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
            raise SequenceError("no sequence was given: type or paste bases, A, C, G, T or N")
        self._edited(self.edits.explore(SequenceDataset([bases]).sequences[0]))

    def undo(self) -> None:
        """Take the last edit of the current sequence back."""
        if self.edits.can_undo:
            self.edits.undo()
            self._edited(True)

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        if self.edits.can_redo:
            self.edits.redo()
            self._edited(True)

    def reset_edits(self) -> None:
        """Go back to the sequence as it is in the dataset."""
        self._edited(self.edits.reset())

    def add_as_row(self) -> None:
        """Add the current sequence, edits included, to the dataset, and go to it."""
        edits = self.edits
        if self.length != self.dataset.length:
            raise SequenceError(
                f"the rows of this dataset have {self.dataset.length} bases, this sequence has "
                f"{self.length}: explore it here, or put it in a dataset of its own"
            )
        if edits.is_foreign and self.dataset.labels is not None:
            raise SequenceError(
                "this sequence was typed in, so whether it is bound is not known, and the rows of "
                "this dataset have labels: explore it here, or put it in a dataset of its own"
            )
        name = f"{self.dataset.names[self.sequence_index]} {edits.difference}".strip()[:120]
        self.dataset = with_row(self.dataset, self.sequence, name, self.sequence_index)
        self.predictions.take_dataset(self.dataset)
        self.rows = len(self.dataset)
        self.sequence_index = self.rows - 1

    def _edited(self, changed: bool) -> None:
        if changed:
            self._fit_window()
            self.revision += 1

    def predict_dataset(self, progress: Callable[[], None], done: Callable[[], None]) -> None:
        """Fill :attr:`predictions` in the background; ``progress`` after each chunk.

        While one such job runs, the next waits for it, so rows that were added meanwhile are
        predicted too, whatever the moment.
        """

        def work(job: Job) -> None:
            for text in self.predictions.fill(job.cancel):
                self.say("job", text)
                with self.paint_lock:
                    progress()

        self._submit_long("predictions", work, lambda *_: done())
