"""The computations of the dashboard: a table, and requests that name its entries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from demo_widgets.dashboard.engine.finite import check_finite

__all__ = [
    "COMPUTATIONS",
    "Computation",
    "Prediction",
    "Request",
    "Tell",
    "can_go_together",
    "compute",
    "compute_together",
    "reads_in_time",
]

Tell = Callable[[float, str], None]
"""Progress callback of a long computation: the fraction done, 0 to 1, and a short text."""


@dataclass(frozen=True)
class Request:
    """One result of one model on one sequence; equal requests share a cached result.

    Attributes
    ----------
    kind : str
        A key of :data:`COMPUTATIONS`.
    model : str
        Name of the model in the dashboard; empty if the request concerns no single model.
    sequence : str
        The bases, so that an edited sequence is a different request.
    options : tuple
        Sorted ``(name, value)`` pairs handed to the computation.
    """

    kind: str
    model: str
    sequence: str
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, kind: str, model: str, sequence: str, **options: Any) -> Request:
        """Build a request from keyword options."""
        return cls(kind, model, sequence, tuple(sorted(options.items())))


@dataclass(frozen=True)
class Prediction:
    """Probability of "bound" and class score of one sequence."""

    probability: float
    score: float


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


def _score(model, sequences: Sequence[str], **options) -> list[Prediction]:
    from demo_widgets.models.score import sequence_model
    from demo_widgets.sequences import as_one_hot

    scores, probabilities = sequence_model(model, **options).score_and_predict(
        as_one_hot(sequences)
    )
    pairs = zip(probabilities, scores, strict=True)
    return [Prediction(float(probability), float(score)) for probability, score in pairs]


def _attributions(model, sequences: Sequence[str], cancel=None, **options):
    from demo_widgets.interpret import attribute

    return attribute(model, sequences, cancel=cancel, **options)


def _temporal(model, sequences: Sequence[str], cancel=None, **options):
    from demo_widgets.interpret import temporal_output_scores

    return temporal_output_scores(
        model, sequences, max_minutes=_MOST_MINUTES, cancel=cancel, **options
    )


def _mutagenesis(model, sequence: str, tell: Tell, cancel, **options):
    from demo_widgets.interpret import in_silico_mutagenesis

    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} mutants scored")

    return in_silico_mutagenesis(model, [sequence], on_progress=progress, cancel=cancel, **options)


def _strand_gap(model, sequence: str, **options):
    from demo_widgets.interpret import strand_gap

    return strand_gap(model, [sequence], **options)


def _known_motif_hits(model, sequence: str, **options):
    from demo_widgets.dashboard.engine.known_motif_hits import find_known_motifs

    return find_known_motifs(sequence, **options)


def _scanning_warm_up(model, sequence: str, tell: Tell, cancel):
    from demo_widgets.motifs import warm_up

    warm_up(lambda words: tell(0.0, words))


def _pairs(model, sequence: str, tell: Tell, cancel, positions: tuple[int, int]):
    from demo_widgets.interpret import pair_mutagenesis

    def progress(done: int, total: int) -> None:
        tell(done / total, f"{done:,} of {total:,} pairs")

    return pair_mutagenesis(model, [sequence], positions, on_progress=progress, cancel=cancel)


def _class_optimization(model, sequence: str, tell: Tell, cancel, **settings):
    from demo_widgets.interpret import optimize_class

    def progress(done: int, total: int, scores) -> None:
        best = float(scores.max())
        tell(done / total, f"iteration {done:,} of {total:,}, best class score {best:+.2f}")

    return optimize_class(model, on_progress=progress, cancel=cancel, **settings)


def _greedy_design(model, sequence: str, tell: Tell, cancel, **settings):
    from demo_widgets.interpret import greedy_design

    def progress(done: int, total: int, score: float) -> None:
        tell(done / total, f"{done} of {total} substitutions, S {score:+.2f}")

    return greedy_design(model, sequence, on_progress=progress, cancel=cancel, **settings)


def _repair(model, sequence: str, tell: Tell, cancel, constraints):
    from demo_widgets.interpret.design.repair import repair

    tell(0.0, "repairing the optimum …")
    return repair(model, sequence, constraints, cancel=cancel)


def _motif_search(models, sequence: str, tell: Tell, cancel, search, dataset):
    from demo_widgets.dashboard.engine.motif_search import search_motifs

    return search_motifs(search, models, dataset, cancel, tell)


def _motif_names(models, sequence: str, tell: Tell, cancel, found, release, tax_group):
    from demo_widgets.dashboard.engine.motif_search import name_motifs

    return name_motifs(found, release, tax_group, tell)


def _localisation(models, sequence: str, tell: Tell, cancel, dataset, most_sequences: int):
    from demo_widgets.motifs import localisation_table
    from demo_widgets.motifs.attribution import ATTRIBUTIONS

    def progress(done: int, total: int, line: str) -> None:
        tell(done / total, f"Scoring {done + 1} of {total}: {line} …")

    return localisation_table(
        models,
        dataset,
        ATTRIBUTIONS,
        max_sequences=most_sequences,
        on_progress=progress,
        cancel=cancel,
    )


def _of_one(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a cancellable ``run`` for one sequence from a ``run`` for many."""
    return lambda model, sequence, tell, cancel, **options: run(
        model, [sequence], cancel=cancel, **options
    )


COMPUTATIONS: dict[str, Computation] = {
    "prediction": Computation(
        lambda model, sequence, **options: _score(model, [sequence], **options)[0],
        together=lambda model, sequences, cancel, **options: _score(model, sequences, **options),
    ),
    "saliency": Computation(_of_one(_attributions), reports=True, together=_attributions),
    "temporal": Computation(_of_one(_temporal), reports=True, together=_temporal),
    "mutagenesis": Computation(_mutagenesis, reports=True),
    "strand_gap": Computation(_strand_gap),
    "known_motif_hits": Computation(_known_motif_hits),
    "scanning_warm_up": Computation(_scanning_warm_up, reports=True, is_kept=False),
    "pairs": Computation(_pairs, reports=True, is_kept=False),
    "class_optimization": Computation(_class_optimization, reports=True, is_kept=False),
    "greedy_design": Computation(_greedy_design, reports=True, is_kept=False),
    "repair": Computation(_repair, reports=True, is_kept=False),
    "motif_search": Computation(_motif_search, True, is_kept=False, of_all_models=True),
    "motif_names": Computation(_motif_names, True, is_kept=False, of_all_models=True),
    "localisation": Computation(_localisation, True, is_kept=False, of_all_models=True),
}
"""The dashboard's computations by the ``kind`` of their requests."""


def compute(
    request: Request,
    models: Mapping[str, Any],
    *,
    tell: Tell = lambda share, words: None,
    cancel: threading.Event | None = None,
) -> Any:
    """Run the computation that ``request`` names and return its result.

    Raises
    ------
    ModelError
        A number of the result is NaN or infinite.
    """
    entry = COMPUTATIONS[request.kind]
    model = models if entry.of_all_models else models.get(request.model)
    running = {"tell": tell, "cancel": cancel} if entry.reports else {}
    result = entry.run(model, request.sequence, **dict(request.options), **running)
    check_finite(result, request.model)
    return result


def compute_together(
    requests: Sequence[Request],
    models: Mapping[str, Any],
    cancel: threading.Event | None = None,
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
    results = together(models[first.model], sequences, cancel=cancel, **dict(first.options))
    if isinstance(results, list):
        return results
    return [_part(results, i) for i in range(len(sequences))]


def can_go_together(request: Request) -> bool:
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


def reads_in_time(model: Any) -> bool:
    """Whether a model has a recurrent layer, so that temporal scores are meaningful."""

    return model.can("prefixes")
