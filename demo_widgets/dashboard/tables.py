"""The numbers behind the views as tables, for CSV files and for reading beside a picture."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["mutagenesis_table", "saliency_table", "temporal_table"]


def saliency_table(results: Mapping[str, object], sequence: str) -> pd.DataFrame:
    """Position (1-based), base, and the importance by each model.

    Parameters
    ----------
    results
        Model name -> ``SaliencyResult`` of one sequence.
    sequence
        Its bases.
    """
    columns = {"position": range(1, len(sequence) + 1), "base": list(sequence)}
    return pd.DataFrame({**columns, **{name: r.importance[0] for name, r in results.items()}})


def temporal_table(results: Mapping[str, object], sequence: str) -> pd.DataFrame:
    """Position (1-based), base, and forward and backward scores of each model.

    Parameters
    ----------
    results
        Model name -> ``TemporalResult`` of one sequence.
    sequence
        Its bases.
    """
    columns = {"position": range(1, len(sequence) + 1), "base": list(sequence)}
    for name, result in results.items():
        columns[f"{name} forward"] = result.forward[0]
        columns[f"{name} backward"] = result.backward[0]
    return pd.DataFrame(columns)


def mutagenesis_table(results: Mapping[str, object], sequence: str) -> pd.DataFrame:
    """Position (1-based), reference base, mutant base, and the effect by each model.

    Parameters
    ----------
    results
        Model name -> ``MutagenesisResult`` of one sequence.
    sequence
        Its bases.
    """
    rows = [(i + 1, old, new) for i, old in enumerate(sequence) for new in "ACGT"]
    table = pd.DataFrame(rows, columns=["position", "reference", "mutant"])
    for name, result in results.items():
        table[name] = result.effects[0].ravel()
    return table[table["reference"] != table["mutant"]]
