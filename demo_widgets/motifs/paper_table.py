"""The paper's table: how often a network's motifs match the factor's own JASPAR motif."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import ModelError, MotifError
from demo_widgets.motifs.attribution import attributions, base_importance
from demo_widgets.motifs.discovery import METHODS, discover_motifs, method_options
from demo_widgets.motifs.jaspar import MotifDatabase, jaspar
from demo_widgets.motifs.matching import match_motifs, tomtom_p_values
from demo_widgets.motifs.motif import Motif
from demo_widgets.motifs.windows import best_windows, random_windows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLE_COLUMNS", "paper_table"]

_SHARED_OPTIONS = ("max_motifs", "min_sites", "on_progress", "cancel")
"""Arguments of ``discover_motifs`` that ``options`` cannot set."""

TABLE_COLUMNS = [
    "tf",
    "model",
    "method",
    "unit",
    "n",
    "p_hits",
    "q_hits",
    "random_p_hits",
    "random_q_hits",
    "best_p",
    "best_q",
    "own_motif",
    "release",
    "reason",
]


def paper_table(
    models: Mapping[str, Any] | Any,
    dataset: Any,
    tf_name: str,
    release: str = "JASPAR2016",
    *,
    methods: Sequence[str] = ("saliency", "temporal", "class_optimization"),
    matrix_id: str | Sequence[str] | None = None,
    tax_group: str = "vertebrates",
    alpha: float = 0.05,
    max_sequences: int = 500,
    seed: int = 0,
    target: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Count how often each model and method finds a factor's own motif (Lanchantin et al. 2017).

    For attribution methods the unit is a sequence: the best 9-to-20-base window of each bound
    sequence, as a one-hot matrix, is compared with the release by Tomtom. The table also gives the
    count for a random window of the same width in the same sequence: bound sequences contain the
    motif independently of the network, so only the difference is due to the network. For class
    optimization and filters the unit is a motif.

    Parameters
    ----------
    models
        Models by name, or one model.
    dataset
        Test sequences; with labels, only the bound ones are used.
    tf_name
        The factor, as JASPAR names it; any case.
    release
        JASPAR release to search. Releases differ in a factor's matrix: GATA1 is MA0035.3 in
        JASPAR2016, and MA0035.5 with another core in JASPAR2024.
    methods
        Attribution methods (``"saliency"``, ``"input_x_gradient"``, ``"temporal"``,
        ``"in_silico_mutagenesis"``, ...) and methods of ``discover_motifs``
        (``"class_optimization"``, ``"filters"``, ...); a name shared by both means the attribution
        method.
    matrix_id
        The factor's matrices, if its name does not identify them (an ETS family for ELK1).
    tax_group
        Taxonomic group of the database.
    alpha
        Bound on p and on q (Benjamini-Hochberg over the database, window by window).
    max_sequences
        Use only the first bound sequences, up to this number.
    seed
        Seed of random windows and random starts.
    target
        Class to explain; default "bound".
    options
        Settings of a method: ``{"class_optimization": {"restarts": 8}}``. Those of
        ``discover_motifs`` for class optimization and filters; attribution methods have none.
    on_progress
        Called as ``on_progress(done, total, message)`` before each model and method.

    Returns
    -------
    pandas.DataFrame
        One row per model and method: ``n`` windows (or motifs); ``p_hits`` and ``q_hits``, the
        number that match one of the factor's motifs at ``alpha``; ``random_p_hits`` and
        ``random_q_hits`` of the random windows (missing where the unit is a motif); the smallest p
        and q; ``own_motif`` and ``release``; ``reason`` where a method does not apply.

    Raises
    ------
    MotifError
        An unknown factor, release, method or option, or no bound sequence.
    """
    import pandas as pd

    known = _known_methods()
    unknown = sorted(set(methods) - set(known))
    if unknown:
        raise MotifError(f"methods {', '.join(unknown)} are not known; use {', '.join(known)}")
    options = _checked_options(options)
    database = jaspar(release, tax_group=tax_group)
    if matrix_id is None:
        matrix_id = [m.matrix_id for m in jaspar(release, tf_name=tf_name, tax_group=tax_group)]
    own = _own_motifs(database, matrix_id)
    used = _first_bound(dataset, max_sequences)
    X = _bound(used)
    named = models if isinstance(models, Mapping) else {getattr(models, "name", "model"): models}
    pairs = [(name, model, method) for name, model in named.items() for method in methods]
    rows = []
    for done, (name, model, method) in enumerate(pairs):
        if on_progress is not None:
            on_progress(done, len(pairs), f"{name}, {method}")
        row: dict[str, Any] = dict.fromkeys(TABLE_COLUMNS, np.nan)
        row |= {"tf": tf_name, "model": name, "method": method, "release": release, "reason": ""}
        row["own_motif"] = ", ".join(database[i].label for i in own)
        try:
            if method in attributions():
                windows = best_windows(base_importance(model, X, method, target=target))
                row |= _count_windows(X, windows, database, own, alpha, seed)
            else:
                settings = options.get(method, {})
                motifs = discover_motifs(model, used, method, target=target, seed=seed, **settings)
                row |= _count_motifs(motifs, database, own, alpha)
        except ModelError as error:
            row["reason"] = str(error)
        rows.append(row)
    counts = ["n", "p_hits", "q_hits", "random_p_hits", "random_q_hits"]
    return pd.DataFrame(rows, columns=TABLE_COLUMNS).astype(dict.fromkeys(counts, "Int64"))


def _known_methods() -> tuple[str, ...]:
    """Return attribution methods, whose unit is a sequence, then discovery methods (a motif)."""
    return tuple(dict.fromkeys((*attributions(), *METHODS)))


def _checked_options(
    options: Mapping[str, Mapping[str, Any]] | None,
) -> Mapping[str, Mapping[str, Any]]:
    """Refuse unknown options before hours of work."""
    options = options or {}
    known = _known_methods()
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise MotifError(
            f"options are for methods {', '.join(unknown)}, which are not known; use "
            f"{', '.join(known)}"
        )
    for method, given in options.items():
        taken = [] if method in attributions() else [*method_options(method), *_SHARED_OPTIONS]
        wrong = [name for name in given if name not in taken]
        if wrong:
            raise MotifError(
                f"method {method!r} has no option {', '.join(map(repr, wrong))} here; it has "
                f"{', '.join(dict.fromkeys(taken)) or 'none'}"
            )
    return options


def _own_motifs(database: MotifDatabase, matrix_id: str | Sequence[str]) -> list[int]:
    """Return the places of the matrices (with or without version) in the database."""
    wanted = {matrix_id} if isinstance(matrix_id, str) else set(matrix_id)
    own = [i for i, m in enumerate(database) if wanted & {m.matrix_id, m.matrix_id.split(".")[0]}]
    if not own:
        raise MotifError(
            f"{database.title} does not hold {', '.join(sorted(wanted))}; it may hold another "
            "version"
        )
    return own


def _first_bound(dataset: Any, max_sequences: int) -> Any:
    """Return the dataset with the first bound sequences and all unbound ones, the controls."""
    from demo_widgets.sequences import as_one_hot

    labels = getattr(dataset, "labels", None)
    if labels is None:
        return as_one_hot(dataset, name="dataset")[:max_sequences]
    bound = np.asarray(labels) == 1
    return dataset[~bound | (bound.cumsum() <= max_sequences)]


def _bound(dataset: Any) -> np.ndarray:
    from demo_widgets.sequences import as_one_hot

    X = as_one_hot(dataset, name="dataset")
    labels = getattr(dataset, "labels", None)
    X = X if labels is None else X[np.asarray(labels) == 1]
    if len(X) == 0:
        raise MotifError("dataset has no bound sequence (label 1)")
    return X


def _count_windows(
    X: np.ndarray,
    windows: dict[str, np.ndarray],
    database: MotifDatabase,
    own: list[int],
    alpha: float,
    seed: int,
) -> dict[str, Any]:
    p, q = _own_p_and_q(X, windows, database, own)
    chance = random_windows(windows, X.shape[1], seed)
    random_p, random_q = _own_p_and_q(X, chance, database, own)
    return {
        "unit": "sequence",
        "n": len(p),
        "p_hits": int((p < alpha).sum()),
        "q_hits": int((q < alpha).sum()),
        "random_p_hits": int((random_p < alpha).sum()),
        "random_q_hits": int((random_q < alpha).sum()),
        "best_p": float(p.min()),
        "best_q": float(q.min()),
    }


def _own_p_and_q(
    X: np.ndarray, windows: dict[str, np.ndarray], database: MotifDatabase, own: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest p and q of each window over the factor's motifs; 1 for a window of N."""
    queries = [
        X[i, start:end]
        for i, start, end in zip(
            windows["sequence_index"], windows["start"], windows["end"], strict=True
        )
    ]
    p, q = np.ones(len(queries)), np.ones(len(queries))
    whole = np.array([bool((query.sum(axis=1) > 0).all()) for query in queries])
    usable = np.flatnonzero(whole)
    if len(usable):
        all_p, all_q = tomtom_p_values([queries[i] for i in usable], database)
        p[usable], q[usable] = all_p[:, own].min(axis=1), all_q[:, own].min(axis=1)
    return p, q


def _count_motifs(
    motifs: list[Motif], database: MotifDatabase, own: list[int], alpha: float
) -> dict[str, Any]:
    matches = match_motifs(motifs, database)
    ids = [database[i].matrix_id for i in own]
    best = matches[matches["target"].isin(ids)].groupby("query")[["p_value", "q_value"]].min()
    return {
        "unit": "motif",
        "n": len(motifs),
        "p_hits": int((best["p_value"] < alpha).sum()),
        "q_hits": int((best["q_value"] < alpha).sum()),
        "best_p": float(best["p_value"].min()) if len(best) else np.nan,
        "best_q": float(best["q_value"].min()) if len(best) else np.nan,
    }
