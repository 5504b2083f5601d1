"""The dataset of sequences used throughout the package."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.alphabet import encode_codes, list_of_strings, report_ambiguous
from demo_widgets.sequences.one_hot import codes_to_one_hot
from demo_widgets.sequences.splitting import grouped_split

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SequenceDataset"]


class SequenceDataset:
    """DNA sequences of one length with names, labels, metadata and known sites.

    Treat it as immutable: indexing and splitting return new datasets.

    Parameters
    ----------
    sequences
        Strings of one length. They are kept upper-case, with ``U`` as ``T``.
    names
        One unique name per sequence; default ``seq_00001`` and so on.
    labels
        1 = bound, 0 = unbound; ``None`` if unknown.
    metadata
        Table with one row per sequence. An optional column ``pair`` holds a group id that a
        shuffled negative shares with its original (missing = no partner): such groups are never
        split.
    truth
        Planted sites: columns ``sequence_index``, ``motif``, ``matrix_id``, ``start``,
        ``end`` (0-based, half-open) and ``strand``.
    name
        Title, such as a file's stem.
    source
        Origin of the sequences.

    Raises
    ------
    SequenceError
        Ragged lengths, letters that are not bases, duplicate names, or labels, metadata or
        truth that do not match the sequences.

    Warns
    -----
    DemoWidgetsWarning
        Counts ambiguous bases, once.

    Examples
    --------
    >>> data = SequenceDataset(["ACGT", "TTTT"], labels=[1, 0])
    >>> data[data.labels == 1].names
    ['seq_00001']
    """

    def __init__(
        self,
        sequences: Sequence[str],
        *,
        names: Sequence[str] | None = None,
        labels: Sequence[int] | np.ndarray | None = None,
        metadata: pd.DataFrame | Mapping[str, Any] | None = None,
        truth: pd.DataFrame | None = None,
        name: str = "sequences",
        source: str = "",
    ) -> None:
        if isinstance(sequences, str):
            raise SequenceError("sequences is one string; expected a list: write [sequence]")
        strings = list_of_strings(sequences)
        self._codes = encode_codes(strings)
        report_ambiguous(strings, self._codes, str(source or name))
        self.sequences = [string.upper().replace("U", "T") for string in strings]
        self.names = _checked_names(names, len(strings))
        self.labels = _checked_labels(labels, len(strings))
        self._metadata = _checked_metadata(metadata, len(strings))
        self.truth = _checked_truth(truth, *self._codes.shape)
        self.name = str(name)
        self.source = str(source)
        self._one_hot: np.ndarray | None = None

    @property
    def length(self) -> int:
        """Bases in each sequence."""
        return self._codes.shape[1]

    @property
    def codes(self) -> np.ndarray:
        """uint8 ``(n, length)``: 0-3 for A, C, G, T and 4 for an ambiguous base."""
        return self._codes

    @property
    def one_hot(self) -> np.ndarray:
        """One-hot float32 ``(n, length, 4)``, cached and read-only; ``N`` is all zero."""
        if self._one_hot is None:
            self._one_hot = codes_to_one_hot(self._codes)
            self._one_hot.flags.writeable = False
        return self._one_hot

    @property
    def metadata(self) -> pd.DataFrame:
        """Metadata, one row per sequence; may have no columns."""
        if self._metadata is None:
            import pandas as pd

            self._metadata = pd.DataFrame(index=range(len(self)))
        return self._metadata

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[SequenceDataset]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        labels = "no labels"
        if self.labels is not None:
            bound = int(self.labels.sum())
            labels = f"{bound:,} bound, {len(self) - bound:,} unbound"
        return f"SequenceDataset({self.name!r}: {len(self):,} x {self.length} bases, {labels})"

    def __getitem__(self, key: Any) -> SequenceDataset:
        """Return the dataset of the rows selected by an integer, slice, boolean mask or integers.

        Names, labels, metadata and truth are selected too; ``truth.sequence_index`` is renumbered.
        """
        rows = self._rows(key)
        subset = object.__new__(SequenceDataset)
        subset._codes = self._codes[rows]
        subset.sequences = [self.sequences[row] for row in rows]
        subset.names = [self.names[row] for row in rows]
        subset.labels = None if self.labels is None else self.labels[rows]
        subset._metadata = None
        if self._metadata is not None:
            subset._metadata = self._metadata.iloc[rows].reset_index(drop=True)
        subset.truth = None if self.truth is None else _truth_of_rows(self.truth, rows)
        subset.name, subset.source = self.name, self.source
        subset._one_hot = None
        return subset

    def _rows(self, key: Any) -> np.ndarray:
        n = len(self)
        if isinstance(key, slice):
            return np.arange(n)[key]
        index = np.asarray(key)
        if index.size == 0 and index.dtype.kind == "f":
            return np.arange(0)
        if index.dtype.kind == "b":
            if index.shape != (n,):
                raise SequenceError(
                    f"the boolean mask has shape {index.shape}; expected ({n},), one per sequence"
                )
            return np.flatnonzero(index)
        if index.dtype.kind not in "iu" or index.ndim > 1:
            raise SequenceError(
                f"cannot index a dataset with {key!r}; expected an integer, a slice, a boolean "
                "mask or integers. To find a sequence by name: data.names.index(name)"
            )
        index = np.atleast_1d(index)
        outside = index[(index < -n) | (index >= n)]
        if outside.size:
            # IndexError, not a DemoWidgetsError: Python's iteration protocol relies on it.
            raise IndexError(f"sequence {outside[0]} of a dataset of {n} sequences")
        return index % n if n else index

    def split(
        self, validation: float = 0.1, seed: int = 0
    ) -> tuple[SequenceDataset, SequenceDataset]:
        """Return ``(train, validation)``, each in the order of this dataset.

        Labels are stratified, and sequences that share a ``pair`` stay on one side, so that a
        shuffled negative and its original are never separated.

        Parameters
        ----------
        validation
            Fraction of the sequences in the second part, between 0 and 1.
        seed
            The same seed gives the same split.

        Raises
        ------
        SequenceError
            ``validation`` is not between 0 and 1, or there are fewer than two groups.
        """
        pairs = None
        if self._metadata is not None and "pair" in self._metadata:
            pairs = self._metadata["pair"].to_numpy()
        held_out = grouped_split(len(self), self.labels, pairs, validation, seed)
        return self[~held_out], self[held_out]

    def to_frame(self) -> pd.DataFrame:
        """Return a table of name, sequence, label (if known) and the metadata columns.

        A metadata column with one of these three names is renamed ``metadata_...``.
        """
        import pandas as pd

        frame = pd.DataFrame({"name": self.names, "sequence": self.sequences})
        if self.labels is not None:
            frame["label"] = self.labels
        clashing = {column: f"metadata_{column}" for column in frame.columns}
        return pd.concat([frame, self.metadata.rename(columns=clashing)], axis=1)

    def fingerprint(self) -> str:
        """SHA-256 (hex) of the sequences and labels."""
        digest = hashlib.sha256("\n".join(self.sequences).encode("ascii"))
        if self.labels is not None:
            digest.update(b"\nlabels:" + self.labels.astype(np.uint8).tobytes())
        return digest.hexdigest()


def default_names(n: int) -> list[str]:
    """Return names ``seq_00001`` and so on, counted from 1."""
    return [default_name(number, n) for number in range(1, n + 1)]


def default_name(number: int, n: int) -> str:
    """Return the name of the ``number``-th of ``n`` sequences, counted from 1."""
    return f"seq_{number:0{max(5, len(str(n)))}d}"


def find_duplicates(names: Sequence[str]) -> list[str]:
    """Return duplicate names, in order of their second occurrence."""
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for name in names:
        if name in seen:
            repeated[name] = None
        seen.add(name)
    return list(repeated)


def _checked_names(names: Sequence[str] | None, n: int) -> list[str]:
    if names is None:
        return default_names(n)
    listed = [str(name) for name in names]
    if len(listed) != n:
        raise SequenceError(f"there are {len(listed)} names for {n} sequences")
    repeated = find_duplicates(listed)
    if repeated:
        shown = ", ".join(repr(name) for name in repeated[:3])
        raise SequenceError(
            f"names must be unique, but {len(repeated)} occur more than once ({shown}); "
            "rename them, or leave names out to have them numbered"
        )
    return listed


def _checked_labels(labels: Any, n: int) -> np.ndarray | None:
    if labels is None:
        return None
    array = np.asarray(labels)
    if array.shape != (n,):
        raise SequenceError(f"labels have shape {array.shape}; expected ({n},), one per sequence")
    good = np.isin(array, (0, 1)) if array.dtype.kind in "biuf" else np.zeros(n, bool)
    if not good.all():
        index = int(np.flatnonzero(~good)[0])
        raise SequenceError(
            f"labels[{index}] is {array[index]!r}; expected 1 (bound) or 0 (unbound)"
        )
    return array.astype(np.int64)


def _checked_metadata(metadata: Any, n: int) -> pd.DataFrame | None:
    if metadata is None:
        return None
    import pandas as pd

    frame = pd.DataFrame(metadata).reset_index(drop=True)
    if len(frame) != n:
        raise SequenceError(f"metadata has {len(frame)} rows for {n} sequences")
    return frame


def _checked_truth(truth: pd.DataFrame | None, n: int, length: int) -> pd.DataFrame | None:
    if truth is None:
        return None
    needed = ["sequence_index", "motif", "matrix_id", "start", "end", "strand"]
    missing = [column for column in needed if column not in truth]
    if missing:
        raise SequenceError(f"truth lacks the columns {missing}; expected {needed}")
    inside = truth["sequence_index"].between(0, n - 1)
    inside &= (truth["start"] >= 0) & (truth["end"] <= length) & (truth["start"] < truth["end"])
    if not inside.all():
        raise SequenceError(
            f"row {int(np.flatnonzero(~inside.to_numpy())[0])} of truth lies outside the "
            f"{n} sequences of {length} bases"
        )
    return truth.reset_index(drop=True)


def _truth_of_rows(truth: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    chosen = pd.DataFrame({"old": rows, "new": np.arange(len(rows))})
    sites = chosen.merge(truth, left_on="old", right_on="sequence_index", how="inner")
    sites["sequence_index"] = sites["new"]
    return sites.drop(columns=["old", "new"]).reset_index(drop=True)
