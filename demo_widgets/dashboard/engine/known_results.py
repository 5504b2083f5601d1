"""Results of a dashboard: cached, and computed if missing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Container, Mapping, Sequence
from typing import Any

from demo_widgets.dashboard.engine.computations import (
    COMPUTATIONS,
    can_go_together,
    compute,
    compute_together,
)
from demo_widgets.dashboard.engine.finite import check_finite
from demo_widgets.dashboard.engine.request import (
    MUTAGENESIS,
    PREDICTION,
    SALIENCY,
    Answers,
    Prediction,
    Request,
    Result,
)
from demo_widgets.errors import Cancelled, DemoWidgetsError, ModelError
from demo_widgets.interpret.methods import mutagenesis_attribution
from demo_widgets.interpret.results import MutagenesisResult, SaliencyResult, TemporalResult
from demo_widgets.models.score import SequenceModel

__all__ = ["Cache", "Results"]


class Cache:
    """Least-recently-used cache of ``size`` results; thread-safe.

    Threads may share one cache.
    """

    def __init__(self, size: int = 512) -> None:
        self.size = size
        self._results: OrderedDict[Request[Any], Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, request: Request[Result]) -> Result | Exception | None:
        """Return the stored result, or None."""
        with self._lock:
            if request in self._results:
                self._results.move_to_end(request)
            return self._results.get(request)

    def drop(self, models: Container[str]) -> None:
        """Remove the results of these models, and those of all models together."""
        with self._lock:
            for request in [r for r in self._results if not r.model or r.model in models]:
                del self._results[request]

    def put(self, request: Request[Result], result: Result | Exception) -> None:
        """Store ``result``."""
        with self._lock:
            self._results[request] = result
            self._results.move_to_end(request)
            while len(self._results) > self.size:
                self._results.popitem(last=False)


class Results:
    """Results of requests, or the errors they ended in; thread-safe.

    Parameters
    ----------
    models
        Name -> model, as the requests name them.
    """

    def __init__(self, models: Mapping[str, SequenceModel]) -> None:
        self._models = models
        self._cache = Cache()

    def known(self, request: Request[Result]) -> Result | Exception | None:
        """Return the cached result, or error, of a request; None if it is not cached."""
        return self._cache.get(request)

    def forget(self, models: Container[str]) -> None:
        """Drop the results of these models."""
        self._cache.drop(models)

    def keep(self, request: Request[Result], result: Result | Exception) -> None:
        """Cache a result, or an error, and the further results it contains."""
        for other, same in {request: result, **_implied(request, result)}.items():
            self._cache.put(other, same)

    def compute(self, request: Request[Result], **running: Any) -> Result | Exception:
        """Compute a request in this thread; keep and return its result, or its error.

        Errors not caused by the input (out of memory, for example) are not cached. ``running`` is
        passed to the computation: ``tell`` and ``cancel``.

        Raises
        ------
        Cancelled
            ``cancel`` was set; nothing is kept.
        """
        result: Result | Exception
        try:
            result = compute(request, self._models, **running)
        except Cancelled:
            raise
        except DemoWidgetsError as error:
            result = error
        except Exception as error:
            return error
        if COMPUTATIONS[request.kind].is_kept:
            self.keep(request, result)
        return result

    def all_of(
        self, requests: Sequence[Request[Result]], cancel: threading.Event | None = None
    ) -> Answers[Request[Result], Result]:
        """Return the result, or error, of each request, computed in this thread if not cached.

        Raises
        ------
        Cancelled
            ``cancel`` was set.
        """
        found = {}
        for request in requests:
            known = self.known(request)
            found[request] = self.compute(request, cancel=cancel) if known is None else known
        return found

    def compute_ahead(
        self, requests: Sequence[Request[Any]], cancel: threading.Event | None = None
    ) -> None:
        """Cache the results of many sequences, with one call per model where possible.

        Request at most as many as the cache can hold. Failures are not cached: they are reported
        when the single request is computed.

        Raises
        ------
        Cancelled
            ``cancel`` was set; what was computed by then is kept.
        """
        groups: dict[tuple[Any, ...], list[Request[Any]]] = {}
        for request in requests:
            if can_go_together(request) and self._cache.get(request) is None:
                alike = (request.kind, request.model, request.options, len(request.sequence))
                groups.setdefault(alike, []).append(request)
        for group in groups.values():
            if cancel is not None and cancel.is_set():
                raise Cancelled("the computation was cancelled")
            try:
                results = compute_together(group, self._models, cancel)
            except Cancelled:
                raise
            except Exception:
                continue
            for request, result in zip(group, results, strict=True):
                if _is_finite(result, request.model):
                    self.keep(request, result)


def _is_finite(result: Any, name: str) -> bool:
    try:
        check_finite(result, name)
    except ModelError:
        return False
    return True


def _implied(request: Request[Any], result: Any) -> dict[Request[Any], Any]:
    """Return the further results that ``result`` contains.

    Most contain the prediction; the map of all substitutions and the importance by mutagenesis are
    one computation.
    """
    others: dict[Request[Any], Any] = {}
    same: Request[Any]
    if isinstance(result, SaliencyResult):
        probability, score = result.probabilities[0], result.scores[0]
        if result.method == "in_silico_mutagenesis":
            same = Request.of(MUTAGENESIS, request.model, request.sequence)
            others[same] = _map_of(result)
    elif isinstance(result, TemporalResult):
        probability, score = result.prediction[0], result.forward_scores[0, -1]
    elif isinstance(result, MutagenesisResult):
        probability, score = result.probabilities[0], result.reference_scores[0]
        if not request.options:  # of all positions
            same = Request.of(SALIENCY, request.model, request.sequence, method=result.method)
            others[same] = mutagenesis_attribution(result, [request.sequence])
    else:
        return {}
    prediction = Prediction(float(probability), float(score))
    return {Request.of(PREDICTION, request.model, request.sequence): prediction, **others}


def _map_of(result: SaliencyResult) -> MutagenesisResult:
    """The effects of all substitutions that an importance by mutagenesis is the mean of."""
    return MutagenesisResult(
        effects=result.gradient,
        reference_scores=result.scores,
        probabilities=result.probabilities,
        model_name=result.model_name,
        target=result.target,
        score_kind=result.score_kind,
    )
