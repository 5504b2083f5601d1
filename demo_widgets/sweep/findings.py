"""Interpretation of one trained network: saliency motifs, their matches, and one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from demo_widgets.errors import MotifError
from demo_widgets.sequences import SequenceDataset

if TYPE_CHECKING:
    from demo_widgets.motifs import Motif

__all__ = ["findings_of"]

_MAX_MOTIFS, _MATCHES = 3, 3


def findings_of(model: Any, test: SequenceDataset, release: str, seed: int) -> dict[str, Any]:
    """Return saliency motifs of the test set, their JASPAR matches, and the saliency of a sequence.

    The sequence is the first bound one, so that all networks of a TF explain the same.

    Parameters
    ----------
    model
        The trained network.
    test
        Labelled held-out sequences.
    release
        JASPAR release to compare with.
    seed
        Seed of the discovery.

    Returns
    -------
    dict
        In JSON types: ``motifs`` (``name``, ``consensus``, ``n_sites``, ``frequencies``
        ``(4, w)``, ``matches``), ``report`` (sentences about what was left out) and ``saliency``
        (``name``, ``sequence``, ``importance``, ``score``, ``probability``).
    """
    from demo_widgets.interpret.exact.shortcuts import prepare
    from demo_widgets.models.score import sequence_model
    from demo_widgets.motifs import discover_motifs, match_motifs
    from demo_widgets.motifs.jaspar import jaspar

    prepare([sequence_model(model)], wait=True)
    motifs: Sequence[Motif] = ()
    try:
        found = discover_motifs(model, test, "saliency", max_motifs=_MAX_MOTIFS, seed=seed)
        motifs, report = found, found.report
    except MotifError as error:
        report = [str(error)]
    matches = match_motifs(motifs, jaspar(release), top=_MATCHES)
    return {
        "motifs": [
            {
                "name": motif.name,
                "consensus": motif.consensus,
                "n_sites": motif.n_sites,
                "frequencies": motif.frequencies.T.round(5).tolist(),
                "matches": _matches(matches[matches["query"] == motif.name]),
            }
            for motif in motifs
        ],
        "report": report,
        "saliency": _saliency_of_first_bound(model, test),
    }


def _matches(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the matches of one motif as plain types, best first."""
    return [
        {
            "target": row["target"],
            "name": row["target_name"],
            "p_value": float(row["p_value"]),
            "q_value": float(row["q_value"]),
            "offset": int(row["offset"]),
            "strand": row["strand"],
        }
        for row in rows[rows["reason"] == ""].to_dict("records")
    ]


def _saliency_of_first_bound(model: Any, test: SequenceDataset) -> dict[str, Any]:
    from demo_widgets.interpret import saliency_map

    first = test[int(np.argmax(test.labels == 1))]
    result = saliency_map(model, first)
    return {
        "name": first.names[0],
        "sequence": first.sequences[0],
        "importance": [float(f"{value:.5g}") for value in result.importance[0]],
        "score": float(result.scores[0]),
        "probability": float(result.probabilities[0]),
    }
