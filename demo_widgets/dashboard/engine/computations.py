"""What the dashboard computes: one table, and requests that name an entry of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from demo_widgets.dashboard.engine.finite import check_finite

if TYPE_CHECKING:
    import pandas as pd

    from demo_widgets.dashboard.engine.known_motif_hits import KnownMotifHits
    from demo_widgets.dashboard.engine.motif_search import FoundMotifs, MotifSearch
    from demo_widgets.interpret import DesignConstraints
    from demo_widgets.interpret.results import (
        DesignResult,
        MutagenesisResult,
        OptimizationResult,
        PairMutagenesisResult,
        SaliencyResult,
        StrandGapResult,
        TemporalResult,
    )
    from demo_widgets.models.score import SequenceModel
    from demo_widgets.sequences import SequenceDataset

__all__ = [
    "CLASS_OPTIMIZATION",
    "COMPUTATIONS",
    "GREEDY_DESIGN",
    "KNOWN_MOTIF_HITS",
    "LOCALISATION",
    "MOTIF_NAMES",
    "MOTIF_SEARCH",
    "MUTAGENESIS",
    "PAIRS",
    "PREDICTION",
    "REPAIR",
    "SALIENCY",
    "SCANNING_WARM_UP",
    "STRAND_GAP",
    "TEMPORAL",
    "Computation",
    "Key",
    "Kind",
    "Prediction",
    "Request",
    "Result",
    "Tell",
    "can_go_together",
    "compute",
    "compute_together",
    "good_results",
]

Tell = Callable[[float, str], None]
"""What a long computation reports to: the share that is done, 0 to 1, and a few words."""

Cancel = threading.Event | None
Models = Mapping[str, "SequenceModel"]

Key = TypeVar("Key", bound=Hashable)
"""What a view calls a request, such as the name of the model."""

Result = TypeVar("Result", covariant=True)
"""What a computation returns."""


class Kind(str, Generic[Result]):
    """A key of :data:`COMPUTATIONS`, typed by what is returned."""


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
SCANNING_WARM_UP: Kind[None] = Kind("scanning_warm_up")
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
        Name of the model in the dashboard; empty where none, or all, are asked.
    sequence : str
        The bases themselves, so that an edited sequence is another request.
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


@dataclass(frozen=True)
class Computation:
    """One entry of the table.

    Attributes
    ----------
    run
        ``run(model, sequence, **options)``, or ``run(models, sequence, **options)`` where it is
        ``of_all_models``; it returns the result.
    reports
        Whether ``run`` takes ``tell`` (see :data:`Tell`) and ``cancel``, a
        ``threading.Event`` that stops it with :class:`~demo_widgets.errors.Cancelled` or makes it
        return what it has so far.
    together
        ``together(model, sequences, cancel, **options)`` returns one result for all of the
        sequences, equal to those of each by itself; None where there is no such call.
    is_kept
        Whether its results are worth a place in the cache.
    of_all_models
        Whether it takes the models by name in the place of one model.
    """

    run: Callable[..., Any]
    reports: bool = False
    together: Callable[..., Any] | None = None
    is_kept: bool = True
    of_all_models: bool = False


_MOST_MINUTES = 1
"""Temporal scores that would take longer are refused, with the time they would take: whoever
clicks on would wait for them."""


def _score(model: SequenceModel, sequences: Sequence[str], **options: Any) -> list[Prediction]:
    from demo_widgets.models.score import sequence_model
    from demo_widgets.sequences import as_one_hot

    scores, probabilities = sequence_model(model, **options).score_and_predict(
        as_one_hot(sequences)
    )
    pairs = zip(probabilities, scores, strict=True)
    return [Prediction(float(probability), float(score)) for probability, score in pairs]


def _attributions(
    model: SequenceModel, sequences: Sequence[str], cancel: Cancel = None, **options: Any
) -> SaliencyResult:
    from demo_widgets.interpret import attribute

    return attribute(model, sequences, cancel=cancel, **options)


def _temporal(
    model: SequenceModel, sequences: Sequence[str], cancel: Cancel = None, **options: Any
) -> TemporalResult:
    from demo_widgets.interpret import temporal_output_scores

    return temporal_output_scores(
        model, sequences, max_minutes=_MOST_MINUTES, cancel=cancel, **options
    )


def _mutagenesis(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **options: Any
) -> MutagenesisResult:
    from demo_widgets.interpret import in_silico_mutagenesis

    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} mutants scored")

    return in_silico_mutagenesis(model, [sequence], on_progress=progress, cancel=cancel, **options)


def _strand_gap(model: SequenceModel, sequence: str, **options: Any) -> StrandGapResult:
    from demo_widgets.interpret import strand_gap

    return strand_gap(model, [sequence], **options)


def _known_motif_hits(model: None, sequence: str, **options: Any) -> KnownMotifHits:
    from demo_widgets.dashboard.engine.known_motif_hits import find_known_motifs

    return find_known_motifs(sequence, **options)


def _scanning_warm_up(model: None, sequence: str, tell: Tell, cancel: Cancel) -> None:
    from demo_widgets.motifs import warm_up

    warm_up(lambda words: tell(0.0, words))


def _pairs(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, positions: tuple[int, int]
) -> PairMutagenesisResult:
    from demo_widgets.interpret import pair_mutagenesis

    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} pairs")

    return pair_mutagenesis(model, [sequence], positions, on_progress=progress, cancel=cancel)


def _class_optimization(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> OptimizationResult:
    from demo_widgets.interpret import optimize_class

    def progress(done: int, total: int, scores: np.ndarray) -> None:
        best = float(scores.max())
        tell(done / total, f"iteration {done:,} of {total:,}, best class score {best:+.2f}")

    return optimize_class(model, on_progress=progress, cancel=cancel, **settings)


def _greedy_design(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> DesignResult:
    from demo_widgets.interpret import greedy_design

    def progress(done: int, total: int, score: float) -> None:
        tell(done / total, f"{done} of {total} substitutions, S {score:+.2f}")

    return greedy_design(model, sequence, on_progress=progress, cancel=cancel, **settings)


def _repair(
    model: SequenceModel,
    sequence: str,
    tell: Tell,
    cancel: Cancel,
    constraints: DesignConstraints,
) -> DesignResult:
    from demo_widgets.interpret.design.repair import repair

    tell(0.0, "repairing the optimum …")
    return repair(model, sequence, constraints, cancel=cancel)


def _motif_search(
    models: Models,
    sequence: str,
    tell: Tell,
    cancel: threading.Event,
    search: MotifSearch,
    dataset: SequenceDataset,
) -> FoundMotifs:
    from demo_widgets.dashboard.engine.motif_search import search_motifs

    return search_motifs(search, models, dataset, cancel, tell)


def _motif_names(
    models: Models, sequence: str, tell: Tell, cancel: Cancel, found: FoundMotifs, **names: Any
) -> FoundMotifs:
    from demo_widgets.dashboard.engine.motif_search import name_motifs

    return name_motifs(found, tell=tell, **names)


def _localisation(
    models: Models, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> pd.DataFrame:
    from demo_widgets.motifs import localisation_table
    from demo_widgets.motifs.attribution import ATTRIBUTIONS

    def progress(done: int, total: int, line: str) -> None:
        tell(done / total, f"Scoring {done + 1} of {total}: {line} …")

    return localisation_table(
        models, methods=ATTRIBUTIONS, on_progress=progress, cancel=cancel, **settings
    )


def _of_one(run: Callable[..., Any]) -> Callable[..., Any]:
    """``run`` of many sequences as a computation of one that can be stopped."""
    return lambda model, sequence, tell, cancel, **options: run(
        model, [sequence], cancel=cancel, **options
    )


COMPUTATIONS: dict[str, Computation] = {
    PREDICTION: Computation(
        lambda model, sequence, **options: _score(model, [sequence], **options)[0],
        together=lambda model, sequences, cancel, **options: _score(model, sequences, **options),
    ),
    SALIENCY: Computation(_of_one(_attributions), reports=True, together=_attributions),
    TEMPORAL: Computation(_of_one(_temporal), reports=True, together=_temporal),
    MUTAGENESIS: Computation(_mutagenesis, reports=True),
    STRAND_GAP: Computation(_strand_gap),
    KNOWN_MOTIF_HITS: Computation(_known_motif_hits),
    SCANNING_WARM_UP: Computation(_scanning_warm_up, reports=True, is_kept=False),
    PAIRS: Computation(_pairs, reports=True, is_kept=False),
    CLASS_OPTIMIZATION: Computation(_class_optimization, reports=True, is_kept=False),
    GREEDY_DESIGN: Computation(_greedy_design, reports=True, is_kept=False),
    REPAIR: Computation(_repair, reports=True, is_kept=False),
    MOTIF_SEARCH: Computation(_motif_search, True, is_kept=False, of_all_models=True),
    MOTIF_NAMES: Computation(_motif_names, True, is_kept=False, of_all_models=True),
    LOCALISATION: Computation(_localisation, True, is_kept=False, of_all_models=True),
}
"""Everything that is computed for the dashboard, by the kind that requests name."""


def compute(
    request: Request[Result],
    models: Models,
    *,
    tell: Tell = lambda share, words: None,
    cancel: Cancel = None,
) -> Result:
    """Run the computation that ``request`` names and return its result.

    Raises
    ------
    ModelError
        A number of the result is NaN or infinite.
    """
    entry = COMPUTATIONS[request.kind]
    model = models if entry.of_all_models else models.get(request.model)
    running = {"tell": tell, "cancel": cancel} if entry.reports else {}
    result: Result = entry.run(model, request.sequence, **dict(request.options), **running)
    check_finite(result, request.model)
    return result


def compute_together(
    requests: Sequence[Request[Any]], models: Models, cancel: Cancel = None
) -> list[Any]:
    """Results of requests that differ in their sequences alone, from one call over all of them.

    Parameters
    ----------
    requests
        Of one kind, model and options, over sequences of one length; see :func:`can_go_together`.
    models
        Name -> model.
    cancel
        Stops the call, where it can be stopped.
    """
    first, sequences = requests[0], [request.sequence for request in requests]
    together = COMPUTATIONS[first.kind].together
    assert together is not None, first  # only what can go together is asked for here
    results = together(models[first.model], sequences, cancel=cancel, **dict(first.options))
    if isinstance(results, list):
        return results
    return [_part(results, i) for i in range(len(sequences))]


def can_go_together(request: Request[Any]) -> bool:
    """Whether one call over many sequences gives what each alone would give.

    Shuffled references are drawn from one seed for all sequences of a call, so they are not.
    """
    shuffled = ("reference", "dinucleotide") in request.options
    return COMPUTATIONS[request.kind].together is not None and not shuffled


def _part(result: Any, i: int) -> Any:
    """The ``i``-th sequence of a result, as a result of one sequence."""
    arrays = {
        field.name: getattr(result, field.name)[i : i + 1]
        for field in fields(result)
        if isinstance(getattr(result, field.name), np.ndarray)
    }
    return replace(result, **arrays)


def good_results(results: Mapping[Key, Result | Exception]) -> dict[Key, Result]:
    """Return the results that are not errors."""
    return {key: r for key, r in results.items() if not isinstance(r, Exception)}
