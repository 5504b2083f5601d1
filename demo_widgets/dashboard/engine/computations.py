"""What the dashboard can ask of the compute packages, each as one cached request."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

__all__ = [
    "Cache",
    "Request",
    "can_go_together",
    "compute",
    "compute_together",
    "implied",
    "takes_cancel",
]


@dataclass(frozen=True)
class Request:
    """One result of one model on one sequence; equal requests share a cached result.

    Attributes
    ----------
    kind : str
        A key of the table of computations, such as ``"prediction"`` or ``"saliency"``.
    model : str
        Name of the model in the dashboard; empty where none is asked.
    sequence : str
        The bases themselves, so that an edited sequence is another request.
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


_PATIENT_MINUTES = 1
"""Temporal scores that would take longer are refused, with the time they would take: whoever
clicks on would wait for them."""


def _prediction(model, sequence: str, **options) -> Prediction:
    from demo_widgets.models.score import sequence_model
    from demo_widgets.sequences import as_one_hot

    score, probability = sequence_model(model, **options).score_and_predict(as_one_hot([sequence]))
    return Prediction(float(probability[0]), float(score[0]))


def _saliency(model, sequence: str, **options):
    from demo_widgets.interpret import attribute

    return attribute(model, [sequence], **options)


def _temporal(model, sequence: str, **options):
    from demo_widgets.interpret import temporal_output_scores

    return temporal_output_scores(model, [sequence], max_minutes=_PATIENT_MINUTES, **options)


def _mutagenesis(model, sequence: str, **options):
    from demo_widgets.interpret import in_silico_mutagenesis

    return in_silico_mutagenesis(model, [sequence], **options)


def _strand_gap(model, sequence: str, **options):
    from demo_widgets.interpret import strand_gap

    return strand_gap(model, [sequence], **options)


def _known_motif_hits(model, sequence: str, **options):
    from demo_widgets.dashboard.engine.known_motif_hits import find_known_motifs

    return find_known_motifs(sequence, **options)


_COMPUTATIONS: dict[str, Callable[..., Any]] = {
    "prediction": _prediction,
    "saliency": _saliency,
    "temporal": _temporal,
    "mutagenesis": _mutagenesis,
    "strand_gap": _strand_gap,
    "known_motif_hits": _known_motif_hits,
}


def takes_cancel(request: Request) -> bool:
    """Whether the computation can be stopped on the way."""
    return request.kind in ("saliency", "temporal", "mutagenesis")


def compute(request: Request, models: Mapping[str, Any], **running: Any) -> Any:
    """Run the computation that ``request`` names and return its result.

    ``running`` is what it takes besides its options: ``on_progress``, ``cancel``.
    """
    return _COMPUTATIONS[request.kind](
        models.get(request.model), request.sequence, **dict(request.options), **running
    )


def compute_together(
    requests: Sequence[Request],
    models: Mapping[str, Any],
    cancel: threading.Event | None = None,
) -> list[Any]:
    """Results of requests that differ in their sequences alone, from calls over all of them.

    Parameters
    ----------
    requests
        Of one kind, model and options, over sequences of one length; see :func:`can_go_together`.
    models
        Name -> model.
    cancel
        Stops the call on the way, where it can be.
    """
    first, sequences = requests[0], [request.sequence for request in requests]
    model, options = models[first.model], dict(first.options)
    if first.kind == "prediction":
        from demo_widgets.models.score import sequence_model
        from demo_widgets.sequences import as_one_hot

        scores, probabilities = sequence_model(model, **options).score_and_predict(
            as_one_hot(sequences)
        )
        pairs = zip(probabilities, scores, strict=True)
        return [Prediction(float(probability), float(score)) for probability, score in pairs]
    from demo_widgets.interpret import attribute, temporal_output_scores

    if first.kind == "temporal":
        result = temporal_output_scores(
            model, sequences, max_minutes=_PATIENT_MINUTES, cancel=cancel
        )
    else:
        result = attribute(model, sequences, cancel=cancel, **options)
    return [_part(result, i) for i in range(len(sequences))]


def can_go_together(request: Request) -> bool:
    """Whether one call over many sequences gives what each alone would give.

    Shuffled references are drawn from one seed for all sequences of a call, so they are not.
    """
    shuffled = ("reference", "dinucleotide") in request.options
    return request.kind in ("prediction", "saliency", "temporal") and not shuffled


def _part(result: Any, i: int) -> Any:
    """The ``i``-th sequence of a result, as a result of one sequence."""
    arrays = {
        field.name: getattr(result, field.name)[i : i + 1]
        for field in fields(result)
        if isinstance(getattr(result, field.name), np.ndarray)
    }
    return replace(result, **arrays)


def implied(request: Request, result: Any) -> dict[Request, Any]:
    """Results that ``result`` holds besides its own.

    Most know the prediction; the map of all substitutions and the importance by mutagenesis
    are one computation.
    """
    from demo_widgets.interpret.results import MutagenesisResult, SaliencyResult, TemporalResult

    others = {}
    if isinstance(result, SaliencyResult):
        probability, score = result.probabilities[0], result.scores[0]
        if result.method == "in_silico_mutagenesis":
            others = _map_of(request, result)
    elif isinstance(result, TemporalResult):
        probability, score = result.prediction[0], result.forward_scores[0, -1]
    elif isinstance(result, MutagenesisResult):
        probability, score = result.probabilities[0], result.reference_scores[0]
        if not request.options:  # of all positions
            others = _importance_of(request, result)
    else:
        return {}
    prediction = Prediction(float(probability), float(score))
    return {Request.of("prediction", request.model, request.sequence): prediction, **others}


def _importance_of(request: Request, result: Any) -> dict[Request, Any]:
    from demo_widgets.interpret.methods import mutagenesis_attribution

    same = Request.of("saliency", request.model, request.sequence, method=result.method)
    return {same: mutagenesis_attribution(result, [request.sequence])}


def _map_of(request: Request, result: Any) -> dict[Request, Any]:
    from demo_widgets.interpret.results import MutagenesisResult

    same = Request.of("mutagenesis", request.model, request.sequence)
    effects = MutagenesisResult(
        effects=result.gradient,
        reference_scores=result.scores,
        probabilities=result.probabilities,
        model_name=result.model_name,
        target=result.target,
        score_kind=result.score_kind,
    )
    return {same: effects}


class Cache:
    """Remembers the latest ``size`` results; the one unused for longest goes first.

    Threads may share it.
    """

    def __init__(self, size: int = 512) -> None:
        self.size = size
        self._results: OrderedDict[Request, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, request: Request) -> Any | None:
        """Return the stored result, or None."""
        with self._lock:
            if request in self._results:
                self._results.move_to_end(request)
            return self._results.get(request)

    def put(self, request: Request, result: Any) -> None:
        """Store ``result``."""
        with self._lock:
            self._results[request] = result
            self._results.move_to_end(request)
            while len(self._results) > self.size:
                self._results.popitem(last=False)
