"""Requests to the engine: a kind of result, of one model, for one sequence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from demo_widgets.dashboard.engine.known_motif_hits import KnownMotifHits
    from demo_widgets.dashboard.engine.motif_search import FoundMotifs
    from demo_widgets.interpret.results import (
        DesignResult,
        MutagenesisResult,
        OptimizationResult,
        PairMutagenesisResult,
        SaliencyResult,
        StrandGapResult,
        TemporalResult,
    )

__all__ = [
    "CLASS_OPTIMIZATION", "GREEDY_DESIGN", "KNOWN_MOTIF_HITS", "LOCALISATION", "MOTIF_NAMES",
    "MOTIF_SEARCH", "MUTAGENESIS", "PAIRS", "PREDICTION", "REPAIR", "SALIENCY",
    "SCANNING_WARM_UP", "STRAND_GAP", "TEMPORAL",
    "Answers", "Key", "Kind", "Prediction", "Request", "Requests", "Result", "Take", "Tell",
    "good_results",
]  # fmt: skip

Key = TypeVar("Key", bound=Hashable)
"""What a view calls a request, such as the name of the model."""

Result = TypeVar("Result", covariant=True)
"""What a computation returns."""


class Kind(str, Generic[Result]):
    """Name of a computation (a key of ``COMPUTATIONS``), typed by what it returns."""


@dataclass(frozen=True)
class Prediction:
    """Probability of "bound" and class score of one sequence."""

    probability: float
    score: float


PREDICTION: Kind[Prediction] = Kind("prediction")
SALIENCY: Kind[SaliencyResult] = Kind("saliency")
TEMPORAL: Kind[TemporalResult] = Kind("temporal")
MUTAGENESIS: Kind[MutagenesisResult] = Kind("mutagenesis")
STRAND_GAP: Kind[StrandGapResult] = Kind("strand_gap")
KNOWN_MOTIF_HITS: Kind[KnownMotifHits] = Kind("known_motif_hits")
SCANNING_WARM_UP: Kind[float] = Kind("scanning_warm_up")
PAIRS: Kind[PairMutagenesisResult] = Kind("pairs")
CLASS_OPTIMIZATION: Kind[OptimizationResult] = Kind("class_optimization")
GREEDY_DESIGN: Kind[DesignResult] = Kind("greedy_design")
REPAIR: Kind[DesignResult] = Kind("repair")
MOTIF_SEARCH: Kind[FoundMotifs] = Kind("motif_search")
MOTIF_NAMES: Kind[FoundMotifs] = Kind("motif_names")
LOCALISATION: Kind[pd.DataFrame] = Kind("localisation")


@dataclass(frozen=True)
class Request(Generic[Result]):
    """One result of one model on one sequence; equal requests share a cached result.

    Attributes
    ----------
    kind : Kind
        What is computed.
    model : str
        Name of the model in the dashboard; empty if the request concerns no single model.
    sequence : str
        The bases, so that an edited sequence is a different request.
    options : tuple
        Sorted ``(name, value)`` pairs handed to the computation.
    """

    kind: Kind[Result]
    model: str
    sequence: str
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, kind: Kind[Result], model: str, sequence: str, **options: Any) -> Request[Result]:
        """Build a request from keyword options."""
        return cls(kind, model, sequence, tuple(sorted(options.items())))


Requests = Mapping[Key, Request[Result]]
"""What a view asks for."""

Answers = dict[Key, Result | Exception]
"""The result of each request, or the error that it ended in."""

Take = Callable[[dict[Key, Result | Exception]], None]
"""What takes the answers."""

Tell = Callable[[float, str], None]
"""Progress callback of a long computation: the fraction done, 0 to 1, and a short text."""


def good_results(answers: Mapping[Key, Result | Exception]) -> dict[Key, Result]:
    """Return the results among the answers, without the errors."""
    return {key: r for key, r in answers.items() if not isinstance(r, Exception)}
