"""Motifs of first-layer filters: what excites each over half its maximum.

As in DeepBind and Basset (Alipanahi et al. 2015, Nat Biotechnol 33:831; Kelley et al. 2016,
Genome Res 26:990): every sub-sequence that drives a filter above half of its maximum is a
site, and the sites are averaged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import DemoWidgetsError, ModelError
from demo_widgets.motifs.alignment import merge_similar
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest as Request
from demo_widgets.motifs.motif import TRIM_BITS, Motif

__all__ = ["filter_motifs", "first_convolution", "site_starts"]

BATCH = 512
SAME_FILTER = 0.9
"""Filters are short: only nearly equal ones are the same motif."""


def filter_motifs(
    request: Request, *, share: float = 0.5, merge: bool = True, max_motifs: int | None = None
) -> list[Motif]:
    """One motif a filter, those alike merged, most telling of bound sequences first.

    Filters are ranked by how well their strongest response tells bound sequences from
    controls (AUROC, in ``notes["auroc"]``, the best one of filters that are merged;
    ``notes["filter"]`` is the number of the filter, or of the merged one with most sites).

    Parameters
    ----------
    request
        A network that begins with a one-dimensional convolution, and sequences.
    share
        Share of a filter's largest response that makes a site.
    merge
        Merge filters that learnt the same motif; ``notes["merged"]`` then lists them.
    max_motifs
        Keep this many; by default the request's.
    """
    from sklearn.metrics import roc_auc_score

    layer, respond = first_convolution(request.model)
    request.tell(0, 3, f"responses of {layer.filters} filters")
    bound = _batched(respond, request.X)
    request.tell(1, 3, "responses to the controls")
    unbound = _batched(respond, request.controls).max(axis=1)
    labels = np.repeat([1, 0], [len(bound), len(unbound)])
    request.tell(2, 3, "collecting sub-sequences")
    motifs, dead, rare = [], [], []
    for k in range(bound.shape[2]):
        response = bound[:, :, k]
        if response.max() <= 0:
            dead.append(k)
            continue
        motif = _motif_of_filter(request, layer, response, share)
        if motif is None or (motif.n_sites or 0) < request.min_sites or not motif.is_informative:
            rare.append(k)
            continue
        strongest = np.concatenate([response.max(axis=1), unbound[:, k]])
        notes = {"filter": k, "auroc": float(roc_auc_score(labels, strongest))}
        motifs.append(
            motif.trim(TRIM_BITS).renamed(f"{request.model_name} filter {k}", notes=notes)
        )
    _report(request, bound.shape[2], dead, rare)
    motifs.sort(key=lambda motif: -motif.notes["auroc"])
    if merge:
        motifs = _merge(motifs)
    return motifs[: max_motifs or request.max_motifs]


def first_convolution(model: Any) -> tuple[Any, Any]:
    """The first layer that reads bases, and a function from one-hot to its responses.

    Returns
    -------
    layer : keras.layers.Conv1D
    respond : callable
        ``(n, L, 4)`` -> ``(n, positions, filters)``, after the layer's activation and
        before any pooling.

    Raises
    ------
    ModelError
        If no ``Conv1D`` reads the input, so there are no filters over bases.
    """
    from demo_widgets.models import ClassScore
    from demo_widgets.models.quiet_tensorflow import keras

    # Whichever output is explained, the layers are the same ones.
    graph = (model if isinstance(model, ClassScore) else ClassScore.of(model, 0)).graph
    for layer in graph._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Conv1D):
            if layer.kernel.shape[1] != 4 or layer.groups != 1:
                break
            tensor = _output_in(graph, layer)
            return layer, layer if tensor is None else keras.Model(graph.inputs[0], tensor)
    raise ModelError(
        f"{model.name!r} has no one-dimensional convolution over the four bases, so it has no "
        "filters to read; use method='saliency' or, for a recurrent network, 'temporal'"
    )


def _output_in(graph: Any, layer: Any) -> Any:
    """What ``layer`` gives in ``graph``, or ``None`` where it lies in a nested or opaque model."""
    waiting, seen = list(getattr(graph, "outputs", None) or ()), set()
    while waiting:
        operation, node_index, _ = (tensor := waiting.pop())._keras_history
        if operation is layer:
            return tensor
        node = operation._inbound_nodes[node_index]
        if id(node) not in seen:
            seen.add(id(node))
            waiting += node.input_tensors
    return None


def site_starts(layer: Any, positions: np.ndarray, length: int) -> np.ndarray:
    """First input base under a filter at each output position (may be negative).

    ``same`` padding puts half of what is missing before the sequence, the odd base after;
    ``causal`` padding puts all of it before.
    """
    stride, dilation = layer.strides[0], layer.dilation_rate[0]
    reach = (layer.kernel_size[0] - 1) * dilation + 1
    if layer.padding == "causal":
        before = reach - 1
    elif layer.padding == "same":
        before = max((-(-length // stride) - 1) * stride + reach - length, 0) // 2
    else:
        before = 0
    return np.asarray(positions) * stride - before


def _batched(respond: Any, X: np.ndarray) -> np.ndarray:
    parts = [respond(X[i : i + BATCH], training=False).numpy() for i in range(0, len(X), BATCH)]
    return np.concatenate(parts)


def _motif_of_filter(
    request: Request, layer: Any, response: np.ndarray, share: float
) -> Motif | None:
    """The average of the sub-sequences that lie wholly inside the sequences."""
    import pandas as pd

    length, dilation = request.X.shape[1], layer.dilation_rate[0]
    reach = (layer.kernel_size[0] - 1) * dilation + 1
    rows, positions = np.nonzero(response > share * response.max())
    start = site_starts(layer, positions, length)
    inside = (start >= 0) & (start + reach <= length)
    rows, positions, start = rows[inside], positions[inside], start[inside]
    if len(rows) == 0:
        return None
    columns = start[:, None] + np.arange(reach)
    counts = request.X[rows[:, None], columns].sum(axis=0).astype(float)
    sites = pd.DataFrame(
        {
            "sequence_index": request.index[rows],
            "start": start,
            "end": start + reach,
            "strand": "+",
            "score": response[rows, positions].astype(float),
        }
    ).sort_values("score", ascending=False, ignore_index=True)
    try:
        return Motif.from_counts(
            "filter",
            counts,
            pseudocount=1.0,
            n_sites=len(rows),
            sites=sites,
            model=request.model_name,
            method="filters",
        )
    except DemoWidgetsError:
        return None


def _merge(motifs: list[Motif]) -> list[Motif]:
    """Filters that learnt one motif, joined; ranked by the best of their AUROCs."""
    auroc_of = {motif.name: motif.notes["auroc"] for motif in motifs}
    merged = []
    for motif in merge_similar(motifs, threshold=SAME_FILTER):
        best = max(auroc_of[name] for name in motif.notes.get("merged", [motif.name]))
        merged.append(motif.renamed(motif.name, notes={**motif.notes, "auroc": best}))
    return sorted(merged, key=lambda motif: -motif.notes["auroc"])


def _report(request: Request, total: int, dead: list[int], rare: list[int]) -> None:
    if dead:
        request.report.append(
            f"{len(dead)} of {total} filters of {request.model_name} are dead: no bound sequence "
            f"excites them (filters {', '.join(map(str, dead[:20]))}{', ...' * (len(dead) > 20)})"
        )
    if rare:
        request.report.append(
            f"{len(rare)} of {total} filters of {request.model_name} gave no motif: fewer than "
            f"{request.min_sites} sites, or too little information"
        )
