"""What the dashboard can ask of the compute packages, each as one cached request."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Cache", "Request", "compute", "implied"]


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


def _prediction(model, sequence: str, **options) -> Prediction:
    from demo_widgets.models.class_score import ClassScore
    from demo_widgets.sequences import as_one_hot

    score, probability = ClassScore.of(model, **options).score_numpy(as_one_hot([sequence]))
    return Prediction(float(probability[0]), float(score[0]))


def _saliency(model, sequence: str, **options):
    from demo_widgets.interpret import attribute

    return attribute(model, [sequence], **options)


def _temporal(model, sequence: str, **options):
    from demo_widgets.interpret import temporal_output_scores

    # Longer, and whoever clicks on would wait for it: the tab then says how long it would take.
    return temporal_output_scores(model, [sequence], **{"max_minutes": 1, **options})


def _mutagenesis(model, sequence: str, **options):
    from demo_widgets.interpret import in_silico_mutagenesis

    return in_silico_mutagenesis(model, [sequence], **options)


def _strand_gap(model, sequence: str, **options):
    from demo_widgets.interpret import strand_gap

    return strand_gap(model, [sequence], **options)


def _known_motif_hits(model, sequence: str, *, names: tuple[str, ...], release: str):
    from demo_widgets.motifs import jaspar, scan_sequences

    motifs = []
    for name in names:
        is_id = re.fullmatch(r"MA\d{4}(\.\d+)?", name, flags=re.IGNORECASE)
        chosen = {"matrix_id": name.upper()} if is_id else {"tf_name": name}
        motifs += list(jaspar(release, **chosen))
    return scan_sequences(motifs, [sequence])


_COMPUTATIONS: dict[str, Callable[..., Any]] = {
    "prediction": _prediction,
    "saliency": _saliency,
    "temporal": _temporal,
    "mutagenesis": _mutagenesis,
    "strand_gap": _strand_gap,
    "known_motif_hits": _known_motif_hits,
}


def compute(request: Request, models: Mapping[str, Any]) -> Any:
    """Run the computation that ``request`` names and return its result."""
    return _COMPUTATIONS[request.kind](
        models.get(request.model), request.sequence, **dict(request.options)
    )


def implied(request: Request, result: Any) -> dict[Request, Any]:
    """Results that ``result`` holds besides its own: an attribution knows the prediction."""
    from demo_widgets.interpret.results import SaliencyResult

    if not isinstance(result, SaliencyResult):
        return {}
    prediction = Prediction(float(result.probabilities[0]), float(result.scores[0]))
    return {Request.of("prediction", request.model, request.sequence): prediction}


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
