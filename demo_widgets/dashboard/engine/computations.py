"""The computations of the dashboard, in a table by kind of request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from demo_widgets import interpret, motifs
from demo_widgets.dashboard.engine import motif_search
from demo_widgets.dashboard.engine.finite import check_finite
from demo_widgets.dashboard.engine.known_motif_hits import find_known_motifs
from demo_widgets.dashboard.engine.request import (
    CLASS_OPTIMIZATION,
    GREEDY_DESIGN,
    KNOWN_MOTIF_HITS,
    LOCALISATION,
    MOTIF_NAMES,
    MOTIF_SEARCH,
    MUTAGENESIS,
    PAIRS,
    PREDICTION,
    REPAIR,
    SALIENCY,
    SCANNING_WARM_UP,
    STRAND_GAP,
    TEMPORAL,
    Prediction,
    Request,
    Result,
    Tell,
)
from demo_widgets.interpret.results import (
    DesignResult,
    MutagenesisResult,
    OptimizationResult,
    PairMutagenesisResult,
    SaliencyResult,
    TemporalResult,
)
from demo_widgets.models.score import SequenceModel, sequence_model
from demo_widgets.sequences import as_one_hot

__all__ = ["COMPUTATIONS", "Computation", "can_go_together", "compute", "compute_together"]

Cancel = threading.Event | None
Models = Mapping[str, SequenceModel]


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
        sequences, equal to those of separate calls; None if there is no such function.
    is_kept
        Whether its results are cached.
    of_all_models
        Whether it takes all models by name instead of one model.
    """

    run: Callable[..., Any]
    reports: bool = False
    together: Callable[..., Any] | None = None
    is_kept: bool = True
    of_all_models: bool = False


_MOST_MINUTES = 1
"""Temporal scores that would take longer are refused, with an estimate of the time: they would
block the computations of the next clicks."""


def _score(
    model: SequenceModel, sequences: Sequence[str], cancel: Cancel = None
) -> list[Prediction]:
    scores, probabilities = sequence_model(model).score_and_predict(as_one_hot(sequences))
    pairs = zip(probabilities, scores, strict=True)
    return [Prediction(float(probability), float(score)) for probability, score in pairs]


def _attributions(
    model: SequenceModel, sequences: Sequence[str], cancel: Cancel = None, **options: Any
) -> SaliencyResult:
    return interpret.attribute(model, sequences, cancel=cancel, **options)


def _temporal(
    model: SequenceModel, sequences: Sequence[str], cancel: Cancel = None, **options: Any
) -> TemporalResult:
    return interpret.temporal_output_scores(
        model, sequences, max_minutes=_MOST_MINUTES, cancel=cancel, **options
    )


def _mutagenesis(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **options: Any
) -> MutagenesisResult:
    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} mutants scored")

    return interpret.in_silico_mutagenesis(
        model, [sequence], on_progress=progress, cancel=cancel, **options
    )


def _pairs(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, positions: tuple[int, int]
) -> PairMutagenesisResult:
    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} pairs")

    return interpret.pair_mutagenesis(
        model, [sequence], positions, on_progress=progress, cancel=cancel
    )


def _class_optimization(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> OptimizationResult:
    def progress(done: int, total: int, scores: np.ndarray) -> None:
        best = float(scores.max())
        tell(done / total, f"iteration {done:,} of {total:,}, best class score {best:+.2f}")

    return interpret.optimize_class(model, on_progress=progress, cancel=cancel, **settings)


def _greedy_design(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> DesignResult:
    def progress(done: int, total: int, score: float) -> None:
        tell(done / total, f"{done} of {total} substitutions, S {score:+.2f}")

    return interpret.greedy_design(model, sequence, on_progress=progress, cancel=cancel, **settings)


def _repair(
    model: SequenceModel, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> DesignResult:
    tell(0.0, "repairing the optimum …")
    return interpret.repair(model, sequence, cancel=cancel, **settings)


def _localisation(
    models: Models, sequence: str, tell: Tell, cancel: Cancel, **settings: Any
) -> pd.DataFrame:
    from demo_widgets.motifs.attribution import ATTRIBUTIONS

    def progress(done: int, total: int, line: str) -> None:
        tell(done / total, f"Scoring {done + 1} of {total}: {line} …")

    return motifs.localisation_table(
        models, methods=ATTRIBUTIONS, on_progress=progress, cancel=cancel, **settings
    )


def _of_one(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a cancellable ``run`` for one sequence from a ``run`` for many."""
    return lambda model, sequence, tell, **options: run(model, [sequence], **options)


COMPUTATIONS: dict[str, Computation] = {
    PREDICTION: Computation(lambda model, sequence: _score(model, [sequence])[0], together=_score),
    SALIENCY: Computation(_of_one(_attributions), reports=True, together=_attributions),
    TEMPORAL: Computation(_of_one(_temporal), reports=True, together=_temporal),
    MUTAGENESIS: Computation(_mutagenesis, reports=True),
    STRAND_GAP: Computation(
        lambda model, sequence, **options: interpret.strand_gap(model, [sequence], **options)
    ),
    KNOWN_MOTIF_HITS: Computation(
        lambda _, sequence, **names: find_known_motifs(sequence, **names)
    ),
    SCANNING_WARM_UP: Computation(
        lambda *_, tell, cancel: motifs.warm_up(lambda words: tell(0.0, words)), True, is_kept=False
    ),
    PAIRS: Computation(_pairs, reports=True, is_kept=False),
    CLASS_OPTIMIZATION: Computation(_class_optimization, reports=True, is_kept=False),
    GREEDY_DESIGN: Computation(_greedy_design, reports=True, is_kept=False),
    REPAIR: Computation(_repair, reports=True, is_kept=False),
    MOTIF_SEARCH: Computation(
        lambda models, _, **asked: motif_search.search_motifs(models=models, **asked),
        reports=True,
        is_kept=False,
        of_all_models=True,
    ),
    MOTIF_NAMES: Computation(
        lambda *_, cancel, **asked: motif_search.name_motifs(**asked),
        reports=True,
        is_kept=False,
        of_all_models=True,
    ),
    LOCALISATION: Computation(_localisation, True, is_kept=False, of_all_models=True),
}
"""The dashboard's computations by the ``kind`` of their requests."""


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
    """Compute requests that differ only in their sequences, in one call.

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
    """Whether one call over many sequences gives the same results as separate calls.

    It does not with shuffled references, which are drawn from one seed for all sequences of a call.
    """
    shuffled = ("reference", "dinucleotide") in request.options
    return COMPUTATIONS[request.kind].together is not None and not shuffled


def _part(result: Any, i: int) -> Any:
    """Return the result of the ``i``-th sequence."""
    arrays = {
        field.name: getattr(result, field.name)[i : i + 1]
        for field in fields(result)
        if isinstance(getattr(result, field.name), np.ndarray)
    }
    return replace(result, **arrays)
