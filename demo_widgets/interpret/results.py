"""Results of the interpretation methods: arrays, and the settings to reproduce them.

Shapes: ``n`` sequences (``r`` restarts) of ``L`` positions and 4 bases in the order A, C,
G, T. All arrays are NumPy, so results can be cached, pickled and drawn without TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo_widgets.models.model_facts import FloatArray, IntArray

__all__ = [
    "AgreementResult",
    "DesignResult",
    "DesignStep",
    "IntegratedGradientsResult",
    "MutagenesisResult",
    "OptimizationResult",
    "PairMutagenesisResult",
    "RestartClusters",
    "SaliencyResult",
    "StrandGapResult",
    "TemporalResult",
]


@dataclass(frozen=True, eq=False)
class SaliencyResult:
    """Importance of each base for the class score.

    Attributes
    ----------
    importance
        ``(n, L)`` value of each position at the observed base; 0 at N.
    contributions
        ``(n, L, 4)`` the same, in the column of the observed base.
    gradient
        ``(n, L, 4)`` raw gradient of the class score; for in-silico mutagenesis, the effects of the
        substitutions.
    scores, probabilities
        ``(n,)`` class score and probability of the target class.
    score_kind
        ``Output.score_kind``: what the score is.
    """

    importance: FloatArray
    contributions: FloatArray
    gradient: FloatArray
    scores: FloatArray
    probabilities: FloatArray
    model_name: str
    method: str
    target: int
    score_kind: str


@dataclass(frozen=True, eq=False)
class IntegratedGradientsResult(SaliencyResult):
    """Integrated gradients: a :class:`SaliencyResult` with the error of its sum.

    ``gradient`` is the mean gradient over all paths and steps.

    Attributes
    ----------
    completeness_gap
        ``(n,)`` sum of the attributions minus ``S(x) - S(reference)``, in units of the class
        score; 0 for an exact integral.
    relative_gap
        ``(n,)`` absolute gap divided by ``|S(x) - S(reference)|``; NaN where that is 0.
    reference_scores
        ``(n,)`` class score of the reference, the mean over a sequence's references.
    reference
        ``"zeros"``, ``"dinucleotide"`` or ``"array"``.
    n_references, steps, seed
        References per sequence, points of each integral, and seed of the shuffles.
    """

    completeness_gap: npt.NDArray[np.float64]
    relative_gap: npt.NDArray[np.float64]
    reference_scores: FloatArray
    reference: str
    n_references: int
    steps: int
    seed: int


@dataclass(frozen=True, eq=False)
class TemporalResult:
    """Temporal output scores: predictions for parts of the sequence.

    Attributes
    ----------
    forward
        ``(n, L)`` probability after the prefix that ends at each position.
    backward
        ``(n, L)`` probability after the suffix that starts at each position.
    forward_scores, backward_scores
        ``(n, L)`` class scores of the same prefixes and suffixes.
    prediction
        ``(n,)`` probability of the whole sequence: the last forward and first backward value.
    algorithm
        A sentence on the computation and on one step of reading.
    """

    forward: FloatArray
    backward: FloatArray
    forward_scores: FloatArray
    backward_scores: FloatArray
    prediction: FloatArray
    model_name: str
    target: int
    score_kind: str
    algorithm: str = ""
    method: str = "temporal"


@dataclass(frozen=True, eq=False)
class MutagenesisResult:
    """Effect of every single-base substitution on the class score.

    Attributes
    ----------
    effects
        ``(n, L, 4)`` class score of the mutant minus that of the sequence; 0 for the observed base.
    reference_scores, probabilities
        ``(n,)`` class score and probability of the unchanged sequences.
    """

    effects: FloatArray
    reference_scores: FloatArray
    probabilities: FloatArray
    model_name: str
    target: int
    score_kind: str
    method: str = "in_silico_mutagenesis"


@dataclass(frozen=True, eq=False)
class PairMutagenesisResult:
    """Interactions of two substitutions beyond the sum of their single effects.

    Shapes: ``w`` positions of the window ``[start, end)`` of one sequence.

    Attributes
    ----------
    interactions
        ``(w, w, 4, 4)`` ``delta_ij - delta_i - delta_j`` for base ``a`` at window position ``i``
        and base ``b`` at ``j``; 0 where ``a`` or ``b`` is the observed base, and for ``i = j``.
        ``interactions[i, j, a, b] == interactions[j, i, b, a]``.
    summary
        ``(w, w)`` signed value of largest magnitude of each pair of positions; symmetric.
    effects
        ``(w, 4)`` the single effects ``delta_i``, as in :class:`MutagenesisResult`.
    reference_score, probability
        Of the unchanged sequence.
    """

    interactions: FloatArray
    summary: FloatArray
    effects: FloatArray
    reference_score: float
    probability: float
    start: int
    end: int
    model_name: str
    target: int
    score_kind: str
    method: str = "pair_mutagenesis"


@dataclass(frozen=True, eq=False)
class AgreementResult:
    """Agreement of two attributions of the same sequences.

    Attributes
    ----------
    rank_correlation
        ``(n,)`` Spearman correlation over the positions; NaN where either is constant.
    same_sign
        ``(n, L)`` 1 where the signs agree, -1 where they differ, 0 where either is 0 or has no
        sign.
    sign_agreement
        ``(n,)`` fraction of the positions with two signs where they agree; NaN if there are none.
    signed
        Whether signed values were ranked (both attributions are signed) or absolute values.
    """

    rank_correlation: npt.NDArray[np.float64]
    same_sign: IntArray
    sign_agreement: npt.NDArray[np.float64]
    signed: bool


@dataclass(frozen=True, eq=False)
class StrandGapResult:
    """Predictions for sequences and for their reverse complements.

    Attributes
    ----------
    scores, reverse_scores
        ``(n,)`` class scores of the two strands.
    probabilities, reverse_probabilities
        ``(n,)`` probabilities of the two strands.
    score_gap, probability_gap
        ``(n,)`` reverse complement minus forward; 0 for a model that treats both strands equally.
    """

    scores: FloatArray
    reverse_scores: FloatArray
    probabilities: FloatArray
    reverse_probabilities: FloatArray
    score_gap: FloatArray
    probability_gap: FloatArray
    model_name: str
    target: int
    score_kind: str


@dataclass(frozen=True)
class DesignStep:
    """One substitution of a design, and the class score and probability after it."""

    step: int
    position: int
    from_base: str
    to_base: str
    score: float
    probability: float


@dataclass(frozen=True, eq=False)
class DesignResult:
    """A sequence changed base by base.

    Attributes
    ----------
    start, sequence
        The sequence before and after.
    path
        The substitutions in order; positions are 0-based.
    start_score, start_probability, score, probability
        Class score and probability before and after.
    at_optimum
        Whether no single allowed substitution raises the score (greedy design only).
    cancelled
        Whether the caller stopped it.
    method
        ``"greedy_design"`` or ``"repair"``.
    """

    start: str
    sequence: str
    path: tuple[DesignStep, ...]
    start_score: float
    start_probability: float
    score: float
    probability: float
    at_optimum: bool
    cancelled: bool
    model_name: str
    target: int
    score_kind: str
    method: str


@dataclass(frozen=True, eq=False)
class RestartClusters:
    """Clusters of class-optimization restarts that found the same pattern.

    Shapes: ``r`` restarts, ``k`` clusters.

    Attributes
    ----------
    clusters
        ``(r,)`` cluster of each restart; 0 is the largest.
    representatives
        ``(k,)`` the restart that each cluster is aligned to: its highest discrete score.
    shifts
        ``(r,)`` columns by which the restart, on its strand, is shifted right to align with its
        representative.
    strands
        ``r`` strings, ``"-"`` where the restart is reverse-complemented.
    similarities
        ``(r, r)`` best similarity of each two restarts over all shifts and both strands.
    aligned
        ``(r, L, 4)`` the aligned PWMs, filled with 0.25.
    threshold
        Similarity at which two restarts are the same.
    """

    clusters: IntArray
    representatives: IntArray
    shifts: IntArray
    strands: list[str]
    similarities: npt.NDArray[np.float64]
    aligned: FloatArray
    threshold: float


@dataclass(frozen=True, eq=False)
class OptimizationResult:
    """Inputs that a model scores highest for its target class.

    Attributes
    ----------
    pwm
        ``(r, L, 4)`` position weight matrix of each restart; every position sums to 1.
    sequences
        ``r`` strings: the largest entry of the optimised input at each position.
    relaxed_scores, relaxed_probabilities
        ``(r,)`` of the optimised real-valued input, before its conversion to a PWM.
    discrete_scores, discrete_probabilities
        ``(r,)`` of ``sequences``, which are real DNA.
    history
        ``(iterations_done + 1, r)`` class score of the input after each update.
    snapshots, snapshot_iterations
        ``(k, r, L, 4)`` intermediate PWMs (at most about 50) and their iterations.
    kept_iterations
        ``(r,)`` iteration of the input returned of each restart.
    cancelled
        Whether the caller stopped it before all iterations were done.
    """

    pwm: FloatArray
    sequences: list[str]
    relaxed_scores: FloatArray
    relaxed_probabilities: FloatArray
    discrete_scores: FloatArray
    discrete_probabilities: FloatArray
    history: FloatArray
    snapshots: FloatArray
    snapshot_iterations: IntArray
    kept_iterations: IntArray
    iterations_done: int
    cancelled: bool
    regularization: float
    learning_rate: float
    parametrization: str
    seed: int
    model_name: str
    target: int
    score_kind: str
    method: str = "class_optimization"

    @property
    def best_first(self) -> IntArray:
        """``(r,)`` restarts in the order of their discrete scores, the best first."""
        return np.argsort(-self.discrete_scores, kind="stable")

    def rank(self, restart: int) -> int:
        """Place of a restart in :attr:`best_first`, counted from 1."""
        return int(np.flatnonzero(self.best_first == restart)[0]) + 1
