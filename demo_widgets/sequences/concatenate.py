"""Concatenation of datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.dataset import SequenceDataset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["concatenate"]


def concatenate(
    datasets: Sequence[SequenceDataset],
    *,
    renumber: bool = False,
    name: str | None = None,
    source: str | None = None,
) -> SequenceDataset:
    """Concatenate datasets, with their labels, metadata and planted sites.

    ``truth.sequence_index`` refers to the result, and the ids in ``metadata["pair"]`` are
    renumbered, so that equal ids of two datasets do not become one pair. If a dataset lacks a
    metadata column, its rows get missing values.

    Parameters
    ----------
    datasets
        One or more, with sequences of one length. Labels must be known in all or in none, as must
        planted sites.
    renumber
        Name the sequences ``seq_00001`` and so on, instead of keeping their names (which
        must then be unique).
    name, source
        Name and source of the result; default those of the parts, joined.

    Raises
    ------
    SequenceError
        No dataset, lengths that differ, duplicate names, or labels or truth that only some datasets
        have.

    Examples
    --------
    >>> both = concatenate([gata, tal], renumber=True)  # doctest: +SKIP
    """
    if isinstance(datasets, SequenceDataset) or not len(datasets):
        raise SequenceError(f"datasets is {datasets!r}; expected a list of SequenceDatasets")
    lengths = sorted({part.length for part in datasets})
    if len(lengths) > 1:
        raise SequenceError(f"the datasets hold sequences of {lengths} bases; expected one length")
    labelled = _all_or_none(datasets, "labels")
    located = _all_or_none(datasets, "truth")
    return SequenceDataset(
        [sequence for part in datasets for sequence in part.sequences],
        names=None if renumber else [each for part in datasets for each in part.names],
        labels=np.concatenate([part.labels for part in datasets]) if labelled else None,
        metadata=_joined_metadata(datasets),
        truth=_joined_truth(datasets) if located else None,
        name=name or " + ".join(dict.fromkeys(part.name for part in datasets)),
        source=source or "; ".join(dict.fromkeys(part.source for part in datasets)),
    )


def _all_or_none(datasets: Sequence[SequenceDataset], attribute: str) -> bool:
    known = [getattr(part, attribute) is not None for part in datasets]
    if any(known) and not all(known):
        without = datasets[known.index(False)].name
        raise SequenceError(
            f"datasets: {without!r} has no {attribute}, others have; expected all or none"
        )
    return all(known)


def _joined_metadata(datasets: Sequence[SequenceDataset]) -> pd.DataFrame:
    import pandas as pd

    tables, n_pairs = [], 0
    for part in datasets:
        table = part.metadata.copy()
        if "pair" in table:
            ids, values = pd.factorize(table["pair"])
            table["pair"] = np.where(ids < 0, np.nan, ids + n_pairs) if -1 in ids else ids + n_pairs
            n_pairs += len(values)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _joined_truth(datasets: Sequence[SequenceDataset]) -> pd.DataFrame:
    import pandas as pd

    tables, start = [], 0
    for part in datasets:
        if part.truth is not None:
            tables.append(part.truth.assign(sequence_index=part.truth["sequence_index"] + start))
        start += len(part)
    return pd.concat(tables, ignore_index=True)
