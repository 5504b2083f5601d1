"""Evaluation of models on labelled sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import SequenceError
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.prediction import predict
from demo_widgets.sequences.dataset import SequenceDataset

__all__ = ["evaluate"]


def evaluate(
    model: Any,
    dataset: SequenceDataset,
    *,
    reverse_complement: bool = False,
    batch_size: int = 512,
    target: int | None = None,
) -> dict[str, float]:
    """Return AUROC, AUPRC and accuracy of a model on labelled sequences.

    AUROC counts tied predictions as half right; AUPRC is average precision (no
    interpolation between points); accuracy is taken at probability 0.5.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    dataset
        Sequences with labels 0 and 1, both present.
    reverse_complement
        Average the prediction over both strands.
    batch_size
        Sequences per model call.
    target
        Class of label 1; default 1, "bound".

    Returns
    -------
    dict
        ``auroc``, ``auprc``, ``accuracy`` (each 0 to 1), ``n``, ``n_bound``, ``n_unbound``.

    Raises
    ------
    ModelError
        If the model cannot be used.
    SequenceError
        If labels are missing or of one class only, so that the metrics are undefined.

    Examples
    --------
    >>> models, data = load_demo()
    >>> evaluate(models["CNN"], data)["auroc"]
    """
    labels = labelled_two_ways(dataset, "dataset")
    p = predict(
        model,
        dataset,
        batch_size=batch_size,
        target=target,
        reverse_complement=reverse_complement,
    )
    return binary_metrics(labels, p)


def binary_metrics(labels: npt.ArrayLike, p: FloatArray) -> dict[str, float]:
    """Return the metrics of :func:`evaluate` for labels ``(n,)`` and probabilities ``(n,)``."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    labels = np.asarray(labels)
    return {
        "auroc": float(roc_auc_score(labels, p)),
        "auprc": float(average_precision_score(labels, p)),
        "accuracy": float(np.mean((p > 0.5) == labels)),
        "n": len(labels),
        "n_bound": int(np.sum(labels == 1)),
        "n_unbound": int(np.sum(labels == 0)),
    }


def labelled_two_ways(dataset: SequenceDataset, name: str) -> IntArray:
    """Labels of a dataset; anything without bound and unbound sequences is refused by ``name``."""
    if not isinstance(dataset, SequenceDataset):
        raise SequenceError(
            f"{name}: got {type(dataset).__name__}, expected a SequenceDataset with labels"
        )
    if dataset.labels is None:
        raise SequenceError(
            f"{name} {dataset.name!r}: it has no labels; give one 0 or 1 per sequence, as the "
            "header of each FASTA record (>1) or in a column of a table (label_column='...')"
        )
    bound = int(np.sum(dataset.labels == 1))
    if bound in (0, len(dataset)):
        raise SequenceError(
            f"{name} {dataset.name!r}: {bound} of its {len(dataset)} sequences are bound; "
            f"both classes are needed"
        )
    return dataset.labels
