"""Motif search: discover motifs in networks, then name them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from demo_widgets.motifs.discovery.method_table import METHODS

__all__ = [
    "METHOD_LABELS",
    "FoundMotifs",
    "MotifSearch",
    "name_motifs",
    "search_motifs",
]


class _Labels(Mapping[str, str]):
    """Labels of all discovery methods, including registered ones."""

    def __getitem__(self, method: str) -> str:
        return METHODS[method].label

    def __iter__(self) -> Iterator[str]:
        return iter(METHODS)

    def __len__(self) -> int:
        return len(METHODS)


METHOD_LABELS = _Labels()
"""Discovery method -> its label."""

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
    seed: int = 0


@dataclass
class FoundMotifs:
    """Result of a search.

    Attributes
    ----------
    search : MotifSearch
        The settings.
    motifs : list of Motif
        Motifs of all models, in model order, best first.
    matches : pandas.DataFrame or None
        Best matches of each motif (see ``demo_widgets.match_motifs``).
    database : MotifDatabase or None
        The database they were compared with.
    notes : list of str
        Sentences about what was left out.
    errors : dict of str to Exception
        Models that could not be searched, and why.
    """

    search: MotifSearch
    motifs: list = field(default_factory=list)
    matches: Any = None
    database: Any = None
    notes: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)


def search_motifs(
    search: MotifSearch,
    models: Mapping[str, Any],
    dataset,
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

    found = FoundMotifs(search)
    for place, name in enumerate(search.models):

        def progress(done: int, total: int, line: str, place=place, name=name) -> None:
            tell((place + done / max(total, 1)) / len(search.models), f"{name}: {line}")

        try:
            motifs = discover_motifs(
                models[name],
                dataset,
                search.method,
                seed=search.seed,
                on_progress=progress,
                cancel=cancel,
                **dict(search.options),
            )
        except Cancelled:
            raise
        except Exception as error:
            found.errors[name] = error
            continue
        found.motifs += [
            motif.renamed(f"{name} {_own_name(motif, search.method, rank)}", model=name)
            for rank, motif in enumerate(motifs, start=1)
        ]
        found.notes += [f"{name}: {line}" for line in motifs.report]
    return name_motifs(found, search.release, search.tax_group, tell)


def _own_name(motif, method: str, rank: int) -> str:
    """Return the identifying name of a motif within its model: filter number or rank."""
    if method == "filters" and "filter" in motif.notes:
        return f"filter {motif.notes['filter']}"
    return f"{METHOD_LABELS[method]} {rank}"


def name_motifs(
    found: FoundMotifs,
    release: str,
    tax_group: str | None,
    tell: Callable[[float, str], None],
) -> FoundMotifs:
    """Return the found motifs compared with a JASPAR release."""
    from demo_widgets.motifs import jaspar, match_motifs, warm_up

    warm_up(lambda line: tell(1.0, line))
    tell(1.0, f"Comparing with {release} …")
    database, matches = jaspar(release, tax_group=tax_group), None
    if found.motifs:
        matches = match_motifs(found.motifs, database, top=TOP_MATCHES)
    search = replace(found.search, release=release, tax_group=tax_group)
    return replace(found, search=search, database=database, matches=matches)
