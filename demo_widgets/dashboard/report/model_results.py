"""Results of all models on one sequence, and messages for models without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic

from demo_widgets.dashboard.engine.request import (
    SALIENCY,
    TEMPORAL,
    Kind,
    Request,
    Result,
    good_results,
)
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.errors import DemoWidgetsError, error_words
from demo_widgets.pictures.page_parts import Message

__all__ = ["ModelResults", "importance_options", "results_of", "results_wanted"]


@dataclass(frozen=True)
class ModelResults(Generic[Result]):
    """Results of one kind.

    Attributes
    ----------
    good
        Model name -> result.
    messages
        Reasons of the other models.
    """

    good: Mapping[str, Result]
    messages: tuple[Message, ...]


def results_of(
    source: ReportSource, kind: Kind[Result], sequence: str, **options: Any
) -> ModelResults[Result]:
    """Return every model's result of one kind, computed in this thread if not cached."""
    requests = {name: Request.of(kind, name, sequence, **options) for name in source.models}
    found = source.results.all_of(list(requests.values()), source.cancel)
    results = {name: found[request] for name, request in requests.items()}
    return ModelResults(
        good_results(results),
        tuple(_message(n, e) for n, e in results.items() if isinstance(e, Exception)),
    )


def results_wanted(source: ReportSource, sequence: str) -> list[Request[Any]]:
    """Return the requests that the pictures of one sequence are drawn from."""
    options = importance_options(source)
    return [
        *(Request.of(SALIENCY, name, sequence, **options) for name in source.models),
        *(Request.of(TEMPORAL, name, sequence) for name in source.models),
    ]


def importance_options(source: ReportSource) -> dict[str, Any]:
    """Return the method of the importance of bases and its settings, as keywords."""
    method, settings = source.attribution
    return {"method": method, **dict(settings)}


def _message(name: str, error: Exception) -> Message:
    if isinstance(error, DemoWidgetsError):
        return Message(f"{name}: {error}")
    return Message(error_words(error), is_error=True, about=name)
