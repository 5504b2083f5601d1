"""The initial known motifs: those with planted sites in the dataset."""

from __future__ import annotations

from demo_widgets.sequences import SequenceDataset

__all__ = ["planted_matrices"]


def planted_matrices(dataset: SequenceDataset) -> str:
    """Return the comma-separated matrix ids of the sites planted in ``dataset``; "" if none."""
    if dataset.truth is None:
        return ""
    return ", ".join(dict.fromkeys(dataset.truth["matrix_id"]))
