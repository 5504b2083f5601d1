"""Which known motifs are looked for at first: those whose sites are in the dataset."""

from __future__ import annotations

from demo_widgets.sequences import SequenceDataset

__all__ = ["planted_matrices"]


def planted_matrices(dataset: SequenceDataset) -> str:
    """Return the matrix ids of the sites planted in ``dataset``, commas between; "" for none."""
    if dataset.truth is None:
        return ""
    return ", ".join(dict.fromkeys(dataset.truth["matrix_id"]))
