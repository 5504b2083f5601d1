"""Scanning of sequences for known motifs by FIMO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import MotifError, warn
from demo_widgets.motifs.kernels import run_fimo
from demo_widgets.motifs.matching import as_motifs
from demo_widgets.motifs.motif import Motif

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HIT_COLUMNS", "scan_sequences"]

HIT_COLUMNS = [
    "motif",
    "motif_name",
    "sequence_index",
    "name",
    "start",
    "end",
    "strand",
    "score",
    "p_value",
]
_SHOWN = 5


def scan_sequences(
    motifs: Motif | Sequence[Motif], dataset: Any, *, p_value: float = 1e-4
) -> pd.DataFrame:
    """Scan sequences for motifs on both strands (FIMO: Grant et al. 2011, Bioinformatics 27:1017).

    Parameters
    ----------
    motifs
        Motifs to scan for.
    dataset
        A ``SequenceDataset``, a one-hot array ``(n, length, 4)``, a string or several.
    p_value
        Report hits up to this p-value, the probability that a random sequence of uniform base
        composition scores as high at one position and strand.

    Returns
    -------
    pandas.DataFrame
        One row per hit, by sequence, then position: ``motif`` (matrix id, or name without
        one), ``motif_name``, ``sequence_index``, ``name`` of the sequence, ``start`` and
        ``end`` (0-based on the forward strand, end excluded), ``strand``, ``score`` (log2
        odds against uniform bases) and ``p_value``. Empty, with the same columns, if nothing is
        found.

    Raises
    ------
    MotifError
        No motif, something other than motifs, or a p-value outside 0 to 1.
    SequenceError
        Sequences that cannot be read.

    Warns
    -----
    DemoWidgetsWarning
        Motifs longer than the sequences, which cannot occur in them: counted and named.

    Examples
    --------
    >>> scan_sequences(jaspar(matrix_id="MA0035.3"), ["CCTTATCTCC"], p_value=1e-3)  # doctest: +SKIP
    """
    import pandas as pd

    from demo_widgets.sequences import as_one_hot

    motifs = as_motifs(motifs, "motifs")
    if not motifs:
        raise MotifError("motifs is empty; expected at least one motif to scan with")
    if not 0 < p_value < 1:
        raise MotifError(f"p_value must lie between 0 and 1, got {p_value!r}")
    X = as_one_hot(dataset, name="dataset")
    fitting = {f"{i}": motif for i, motif in enumerate(motifs) if len(motif) <= X.shape[1]}
    _tell_too_long([motif for motif in motifs if len(motif) > X.shape[1]], X.shape[1])
    matrices = {key: motif.frequencies for key, motif in fitting.items()}
    hits = [table for table in run_fimo(matrices, X, p_value) if len(table)] if fitting else []
    if not hits:
        return pd.DataFrame(columns=HIT_COLUMNS)
    table = pd.concat(hits, ignore_index=True)
    found = [fitting[key] for key in table["motif_name"]]
    names = getattr(dataset, "names", None)
    if names is None:
        names = [str(i) for i in range(len(X))]
    table = pd.DataFrame(
        {
            "motif": [motif.matrix_id or motif.name for motif in found],
            "motif_name": [motif.name for motif in found],
            "sequence_index": table["sequence_name"].astype(int),
            "name": np.asarray(names, dtype=object)[table["sequence_name"].astype(int)],
            "start": table["start"].astype(int),
            "end": table["end"].astype(int),
            "strand": table["strand"],
            "score": table["score"].astype(float),
            "p_value": table["p-value"].astype(float),
        },
        columns=HIT_COLUMNS,
    )
    return table.sort_values(["sequence_index", "start", "p_value"], ignore_index=True)


def _tell_too_long(motifs: list[Motif], length: int) -> None:
    if not motifs:
        return
    named = ", ".join(f"{motif.label} ({len(motif)})" for motif in motifs[:_SHOWN])
    more = f" and {len(motifs) - _SHOWN:,} more" if len(motifs) > _SHOWN else ""
    are = "motif is" if len(motifs) == 1 else "motifs are"
    warn(
        f"{len(motifs):,} {are} longer than the sequences of {length:,} bases and were not "
        f"scanned for: {named}{more}"
    )
