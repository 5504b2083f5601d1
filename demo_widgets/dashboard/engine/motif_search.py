"""Motif search: discover motifs in networks, then name them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from demo_widgets.models.score import SequenceModel
from demo_widgets.motifs import Motif, MotifDatabase
from demo_widgets.motifs.discovery.method_table import METHODS
from demo_widgets.sequences import SequenceDataset

__all__ = ["FoundMotifs", "MotifSearch", "name_motifs", "search_motifs"]

TOP_MATCHES = 3


@dataclass(frozen=True)
class MotifSearch:
    """Settings of a search: method, models and JASPAR release.

    ``options`` are the method's settings as ``(name, value)`` pairs.
    """

    models: tuple[str, ...]
    method: str
    release: str
    tax_group: str | None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class FoundMotifs:
    """Result of a search.

    Attributes
    ----------
    search : MotifSearch
        The settings.
    motifs : list of Motif
        Motifs of all models, in model order, best first.
    matches : pandas.DataFrame
        Best matches of each motif (see ``demo_widgets.match_motifs``).
    database : MotifDatabase
        The database they were compared with.
    notes : list of str
        Sentences about what was left out.
    errors : dict of str to Exception
        Models that could not be searched, and why.
    """

    search: MotifSearch
    motifs: list[Motif]
    matches: pd.DataFrame
    database: MotifDatabase
    notes: list[str]
    errors: dict[str, Exception]


def search_motifs(
    search: MotifSearch,
    models: Mapping[str, SequenceModel],
    dataset: SequenceDataset,
    cancel: threading.Event,
    tell: Callable[[float, str], None],
) -> FoundMotifs:
    """Discover motifs and name them; progress goes to ``tell(fraction, message)``.

    Raises
    ------
    Cancelled
        ``cancel`` was set.
    """
    from demo_widgets.errors import Cancelled
    from demo_widgets.motifs import discover_motifs

    found: list[Motif] = []
    notes: list[str] = []
    errors: dict[str, Exception] = {}
    for place, name in enumerate(search.models):

        def progress(
            done: int, total: int, line: str, place: int = place, name: str = name
        ) -> None:
            tell((place + done / max(total, 1)) / len(search.models), f"{name}: {line}")

        try:
            motifs = discover_motifs(
                models[name],
                dataset,
                search.method,
                on_progress=progress,
                cancel=cancel,
                **dict(search.options),
            )
        except Cancelled:
            raise
        except Exception as error:
            errors[name] = error
            continue
        found += [
            motif.renamed(f"{name} {_own_name(motif, search.method, rank)}", model=name)
            for rank, motif in enumerate(motifs, start=1)
        ]
        notes += [f"{name}: {line}" for line in motifs.report]
    matches, database = _named(found, search, tell)
    return FoundMotifs(search, found, matches, database, notes, errors)


def _own_name(motif: Motif, method: str, rank: int) -> str:
    """Return the identifying name of a motif within its model: filter number or rank."""
    if method == "filters" and "filter" in motif.notes:
        return f"filter {motif.notes['filter']}"
    return f"{METHODS[method].label} {rank}"


def name_motifs(
    found: FoundMotifs,
    release: str,
    tax_group: str | None,
    tell: Callable[[float, str], None],
) -> FoundMotifs:
    """Return the found motifs compared with a JASPAR release."""
    search = replace(found.search, release=release, tax_group=tax_group)
    matches, database = _named(found.motifs, search, tell)
    return replace(found, search=search, matches=matches, database=database)


def _named(
    motifs: list[Motif], search: MotifSearch, tell: Callable[[float, str], None]
) -> tuple[pd.DataFrame, MotifDatabase]:
    """Best matches of the motifs, and the database that they are from."""
    from demo_widgets.motifs import jaspar, match_motifs, warm_up

    warm_up(lambda line: tell(1.0, line))
    tell(1.0, f"Comparing with {search.release} …")
    database = jaspar(search.release, tax_group=search.tax_group)
    if not motifs:
        return pd.DataFrame(), database
    return match_motifs(motifs, database, top=TOP_MATCHES), database
