"""Motif discovery in a network by any method."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest
from demo_widgets.motifs.discovery.method_table import known_method
from demo_widgets.motifs.motif import Motif

__all__ = ["DiscoveredMotifs", "discover_motifs"]

MAX_SEQUENCES = 4000


class DiscoveredMotifs(list[Motif]):
    """A list of :class:`Motif` with ``report``, sentences about what was left out."""

    def __init__(self, motifs: Iterable[Motif], report: list[str]):
        super().__init__(motifs)
        self.report = list(report)


def discover_motifs(
    model: Any,
    data: Any,
    method: str = "saliency",
    *,
    target: int | None = None,
    max_motifs: int = 5,
    min_sites: int = 20,
    seed: int = 0,
    on_progress: Callable[[int, int, str], None] | None = None,
    cancel: threading.Event | None = None,
    **options: Any,
) -> DiscoveredMotifs:
    """Find the motifs that a network has learned.

    Parameters
    ----------
    model
        Keras classifier over one-hot DNA.
    data
        A ``SequenceDataset``, strings or a one-hot array. Bound sequences (label
        1) are searched, the first 4,000 of them; the unbound ones are the controls. Without
        labels all are searched, and without unbound ones their dinucleotide shuffles are
        the controls.
    method
        ``"saliency"`` (windows of high saliency), ``"class_optimization"`` (stretches of the
        optimised input), ``"temporal"`` (bases read before the score rises; recurrent networks),
        ``"filters"`` (sub-sequences that activate each first-layer filter), ``"modisco"``
        (TF-MoDISco; optional package) or a method of your own, see
        :func:`~demo_widgets.motifs.discovery.register_discovery_method`.
    target
        Class to explain; default "bound".
    max_motifs, min_sites
        Maximum number of motifs, and minimum number of sites of each. Class optimization yields few
        stretches and has no minimum.
    seed
        Seed of shuffled controls and random starts; the same seed gives the same motifs.
    on_progress
        Called as ``on_progress(done, total, message)``.
    cancel
        Setting this event stops the search.
    options
        The method's own settings, such as ``windows_per_sequence=3`` for ``"saliency"`` or
        ``restarts=8`` for ``"class_optimization"``; see its file.

    Returns
    -------
    list of Motif
        Trimmed, best first, with ``model``, ``method``, ``n_sites`` and (where the motif
        comes from the sequences) ``sites`` whose ``sequence_index`` points into ``data``.
        Its attribute ``report`` lists what was left out: dead filters, no recurring word.

    Raises
    ------
    MotifError
        An unknown method or option, no bound sequence, or a package that is missing.
    ModelError
        The method does not apply to the network.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> motifs = discover_motifs(model, data, method="saliency")  # doctest: +SKIP
    """
    chosen = known_method(method)
    unknown = sorted(set(options) - set(chosen.options))
    if unknown:
        raise MotifError(
            f"method {method!r} has no option {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(chosen.options) or 'none'}"
        )
    X, index, controls, n_bound = _bound_and_controls(data, seed)
    request = DiscoveryRequest(
        model=model,
        X=X,
        index=index,
        controls=controls,
        model_name=getattr(model, "name", "model"),
        target=target,
        max_motifs=max_motifs,
        min_sites=min_sites,
        seed=seed,
        on_progress=on_progress,
        cancel=cancel,
    )
    if n_bound > len(index):
        request.report.append(
            f"only the first {len(index):,} of {n_bound:,} bound sequences were searched"
        )
    return DiscoveredMotifs(chosen.motifs(request, **options), request.report)


def _bound_and_controls(data: Any, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return bound one-hot sequences, their index in ``data``, controls, and the number bound.

    Only the first ``MAX_SEQUENCES`` of either are used.
    """
    from demo_widgets.sequences import as_one_hot, dinucleotide_shuffle

    X = as_one_hot(data, name="data")
    labels = getattr(data, "labels", None)
    bound = np.arange(len(X)) if labels is None else np.flatnonzero(labels == 1)
    if len(bound) == 0:
        raise MotifError("data has no bound sequence (label 1) to find motifs in")
    n_bound, bound = len(bound), bound[:MAX_SEQUENCES]
    unbound = np.array([], dtype=int) if labels is None else np.flatnonzero(labels == 0)
    if len(unbound):
        return X[bound], bound, X[unbound[:MAX_SEQUENCES]], n_bound
    return X[bound], bound, dinucleotide_shuffle(X[bound], seed=seed), n_bound
