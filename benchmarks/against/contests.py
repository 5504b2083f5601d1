"""The contests of each part, with the goals set for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from demo_widgets.interpret import (
    in_silico_mutagenesis,
    optimize_class,
    saliency_map,
    temporal_output_scores,
)
from demo_widgets.motifs import discover_motifs

from ..inputs import random_one_hot
from . import prefix_loop, with_captum, with_crested, with_modisco, with_tangermeme
from . import with_tf_keras_vis as tf_keras_vis
from .contest import Contest
from .subject import Subject

__all__ = ["CONTESTS"]

LENGTHS = (50, 101, 300)
ITERATIONS, COMPARED_ITERATIONS = 20, 5


def saliency(subjects: Sequence[Subject]) -> Iterator[Contest]:
    """The gradient of the class score, one sequence and 500."""
    goals = {"CNN": {1: 8, 500: 2.5}, "RNN": {1: 35, 500: 12}, "CNN-RNN": {1: 35, 500: 12}}
    for subject in subjects:
        for n in (1, 500):
            yield Contest(
                "saliency",
                subject,
                _sequences(n),
                subject.X[:n],
                saliency_map,
                (
                    with_crested.SALIENCY,
                    tf_keras_vis.SALIENCY,
                    with_captum.SALIENCY,
                    with_tangermeme.SALIENCY,
                ),
                {"CREsted": goals[subject.name][n]},
            )


def mutagenesis(subjects: Sequence[Subject]) -> Iterator[Contest]:
    """Every single-base substitution, of one sequence and of 100."""
    for subject in subjects:
        for n in (1, 100):
            yield Contest(
                "mutagenesis",
                subject,
                _sequences(n),
                subject.X[:n],
                in_silico_mutagenesis,
                (with_crested.MUTAGENESIS, with_tangermeme.MUTAGENESIS),
                {"CREsted": 10},
                check=subject.X[:2] if n > 2 else None,
            )


def temporal(subjects: Sequence[Subject]) -> Iterator[Contest]:
    """Temporal output scores of one sequence; the longer, the more calls the loop makes."""
    for subject in subjects:
        if subject.name == "CNN":
            continue
        for length in LENGTHS:
            short = length <= 101
            yield Contest(
                "temporal",
                subject,
                f"{length} bases",
                random_one_hot(1, length),
                temporal_output_scores,
                (prefix_loop.COMPILED, prefix_loop.EAGER) if short else (prefix_loop.COMPILED,),
                {"prefix loop, compiled": 60} if length == 101 else {},
            )


def class_optimization(subjects: Sequence[Subject]) -> Iterator[Contest]:
    """One iteration of the paper's class optimization, from the same start.

    The paths are compared after some iterations: later, rounding errors drive them apart.
    """

    def ours(model, ascent: tf_keras_vis.Ascent):
        length = ascent.start.shape[1]
        return optimize_class(
            model, length=length, iterations=ascent.iterations, seed=0, keep="last"
        )

    start = np.random.default_rng(0).random((1, 101, 4)).astype(np.float32)
    for subject in subjects:
        yield Contest(
            "class_optimization",
            subject,
            f"one of {ITERATIONS} iterations",
            tf_keras_vis.Ascent(start, ITERATIONS),
            ours,
            (tf_keras_vis.CLASS_OPTIMIZATION,),
            check=tf_keras_vis.Ascent(start, COMPARED_ITERATIONS),
            work=ITERATIONS,
        )


def motifs(subjects: Sequence[Subject]) -> Iterator[Contest]:
    """Motif discovery in the demo's 250 bound sequences."""
    for subject in subjects:
        yield Contest(
            "motifs",
            subject,
            f"{int((subject.data.labels == 1).sum())} bound sequences",
            subject.data,
            discover_motifs,
            (with_modisco.MOTIFS,),
        )


def _sequences(n: int) -> str:
    return "1 sequence" if n == 1 else f"{n} sequences"


CONTESTS: dict[str, Callable[[Sequence[Subject]], Iterator[Contest]]] = {
    "saliency": saliency,
    "mutagenesis": mutagenesis,
    "temporal": temporal,
    "class_optimization": class_optimization,
    "motifs": motifs,
}
"""Part -> the contests in it."""
