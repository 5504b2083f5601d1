"""Benchmark of attribution methods on planted sites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import Cancelled, ModelError, MotifError
from demo_widgets.motifs.attribution import attribution_label, attributions, base_importance
from demo_widgets.motifs.windows import best_windows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOCALISATION_COLUMNS", "localisation_table", "truth_mask"]

LOCALISATION_COLUMNS = [
    "model",
    "method",
    "auroc",
    "precision",
    "chance_precision",
    "window_hits",
    "n_sequences",
    "reason",
]


def localisation_table(
    models: Mapping[str, Any] | Any,
    dataset: Any,
    methods: Sequence[str] = ("saliency", "input_x_gradient", "temporal"),
    *,
    target: int | None = None,
    max_sequences: int = 500,
    on_progress: Callable[[int, int, str], None] | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """Score each model's attributions against the planted sites of a simulated dataset.

    Parameters
    ----------
    models
        Models by name, or one model.
    dataset
        A ``SequenceDataset`` with ``truth`` (and labels: only bound sequences are scored).
    methods
        Any of :func:`~demo_widgets.motifs.attribution.attributions`.
    target
        Class to explain; default "bound".
    max_sequences
        Score only the first bound sequences with a planted site, up to this number.
    on_progress
        Called as ``on_progress(done, total, "model, method")`` before each model and method.
    cancel
        Setting this event stops the comparison.

    Returns
    -------
    pandas.DataFrame
        One row per model and method:

        - ``auroc``: chance that a base inside a planted site is more important than one
          outside, averaged over sequences (0.5 = no better than chance; ties count half);
        - ``precision``: of each sequence's k most important bases, k being the number of planted
          bases, the fraction that is planted; ``chance_precision`` is that of random bases;
        - ``window_hits``: fraction of sequences whose best 9-to-20-base window lies at least half
          inside a planted site or covers half of one;
        - ``reason``: why a method does not apply to a model (the values are then missing).

    Raises
    ------
    MotifError
        A dataset without planted truth, or an unknown method.
    Cancelled
        ``cancel`` was set.
    """
    import pandas as pd

    unknown = sorted(set(methods) - set(attributions()))
    if unknown:
        raise MotifError(
            f"methods {', '.join(unknown)} are not known; use {', '.join(attributions())}"
        )
    scored, planted = _bound_with_truth(dataset, max_sequences)
    X = scored.one_hot
    named = models if isinstance(models, Mapping) else {getattr(models, "name", "model"): models}
    table: list[dict[str, Any]] = []
    for name, model in named.items():
        for method in methods:
            if cancel is not None and cancel.is_set():
                raise Cancelled("the comparison with the planted sites was cancelled")
            if on_progress is not None:
                line = f"{name}, {attribution_label(method)}"
                on_progress(len(table), len(named) * len(methods), line)
            row: dict[str, Any] = dict.fromkeys(LOCALISATION_COLUMNS, np.nan)
            row |= {"model": name, "method": method, "n_sequences": len(X), "reason": ""}
            try:
                importance = base_importance(model, X, method, target=target, cancel=cancel)
                row |= _localisation(importance, planted, scored.truth)
            except ModelError as error:
                row["reason"] = str(error)
            table.append(row)
    return pd.DataFrame(table, columns=LOCALISATION_COLUMNS)


def truth_mask(dataset: Any) -> np.ndarray:
    """Return which bases are planted, bool ``(n, L)``.

    Raises
    ------
    MotifError
        If the dataset has no planted truth.
    """
    truth = getattr(dataset, "truth", None)
    if truth is None or len(truth) == 0:
        raise MotifError(
            f"{getattr(dataset, 'name', 'dataset')!r} has no planted sites (truth is empty); use "
            "simulated data, as simulate_motif_dataset makes it"
        )
    mask = np.zeros((len(dataset), dataset.length), dtype=bool)
    for site in truth.itertuples():
        mask[site.sequence_index, site.start : site.end] = True
    return mask


def _bound_with_truth(dataset: Any, max_sequences: int) -> tuple[Any, np.ndarray]:
    """Return the sequences to score, and a mask of their planted bases."""
    mask = truth_mask(dataset)
    kept = mask.any(axis=1) & ~mask.all(axis=1)
    if dataset.labels is not None:
        kept &= np.asarray(dataset.labels) == 1
    rows = np.flatnonzero(kept)[:max_sequences]
    if len(rows) == 0:
        raise MotifError(f"{dataset.name!r} has no bound sequence with a planted site")
    return dataset[rows], mask[rows]


def _localisation(
    importance: np.ndarray, planted: np.ndarray, sites: pd.DataFrame
) -> dict[str, float]:
    from scipy.stats import rankdata

    inside = planted.sum(axis=1)
    outside = planted.shape[1] - inside
    ranks = rankdata(importance, axis=1)
    auroc = ((ranks * planted).sum(axis=1) - inside * (inside + 1) / 2) / (inside * outside)
    order = np.argsort(-importance, axis=1, kind="stable")
    top = np.arange(planted.shape[1]) < inside[:, None]
    precision = (np.take_along_axis(planted, order, axis=1) & top).sum(axis=1) / inside
    return {
        "auroc": float(auroc.mean()),
        "precision": float(precision.mean()),
        "chance_precision": float((inside / planted.shape[1]).mean()),
        "window_hits": _window_hits(importance, sites),
    }


def _window_hits(importance: np.ndarray, sites: pd.DataFrame) -> float:
    """Return the fraction of sequences whose best window overlaps one of their sites."""
    import pandas as pd

    windows = pd.DataFrame(best_windows(importance))
    pairs = sites.merge(windows, on="sequence_index", suffixes=("", "_of_window"))
    left, right = pairs["start_of_window"], pairs["end_of_window"]
    shared = np.minimum(pairs["end"], right) - np.maximum(pairs["start"], left)
    smaller = np.minimum(pairs["end"] - pairs["start"], right - left)
    met = pd.Series(shared >= smaller / 2)
    return float(met.groupby(pairs["sequence_index"]).any().mean())
