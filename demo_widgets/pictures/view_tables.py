"""Values of the views as tables, for CSV files and the report."""

from __future__ import annotations

from collections.abc import Container, Mapping

import pandas as pd

from demo_widgets.interpret.results import MutagenesisResult, SaliencyResult, TemporalResult

__all__ = ["mutagenesis_table", "own_column", "saliency_table", "temporal_table"]


def own_column(name: str, taken: Container[str]) -> str:
    """Return ``name``, made distinct from the columns ``taken``: ``"base (model)"``."""
    made, count = name, 1
    while made in taken:
        made = f"{name} (model{'' if count == 1 else f' {count}'})"
        count += 1
    return made


def saliency_table(results: Mapping[str, SaliencyResult], sequence: str) -> pd.DataFrame:
    """Return a table of position (1-based), base, and the importance by each model.

    Parameters
    ----------
    results
        Model name -> result for one sequence.
    sequence
        Its bases.
    """
    table = _positions(sequence)
    for name, result in results.items():
        table[own_column(name, table)] = result.importance[0]
    return table


def temporal_table(results: Mapping[str, TemporalResult], sequence: str) -> pd.DataFrame:
    """Return a table of position (1-based), base, and forward and backward scores of each model.

    Parameters
    ----------
    results, sequence
        As for :func:`saliency_table`.
    """
    table = _positions(sequence)
    for name, result in results.items():
        table[own_column(f"{name} forward", table)] = result.forward[0]
        table[own_column(f"{name} backward", table)] = result.backward[0]
    return table


def mutagenesis_table(results: Mapping[str, MutagenesisResult], sequence: str) -> pd.DataFrame:
    """Return a table of position (1-based), reference and mutant base, and effects by model.

    Substitutions that are NaN by every model were not computed and are left out.

    Parameters
    ----------
    results, sequence
        As for :func:`saliency_table`.
    """
    rows = [(i + 1, old, new) for i, old in enumerate(sequence) for new in "ACGT"]
    table = pd.DataFrame(rows, columns=["position", "reference", "mutant"])
    keep = table["reference"] != table["mutant"]
    for name, result in results.items():
        table[own_column(name, table)] = result.effects[0].ravel()
    if results:
        keep &= table.iloc[:, 3:].notna().any(axis=1)
    return table[keep]


def _positions(sequence: str) -> pd.DataFrame:
    return pd.DataFrame({"position": range(1, len(sequence) + 1), "base": list(sequence)})
