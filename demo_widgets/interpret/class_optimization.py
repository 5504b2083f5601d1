"""Class optimization: the input that a model scores highest, found by gradient ascent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.exact.self_check import compare
from demo_widgets.interpret.results import OptimizationResult
from demo_widgets.interpret.settings import checked_whole
from demo_widgets.models.backends import is_keras
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import Check, SequenceModel, sequence_model

if TYPE_CHECKING:
    from demo_widgets.interpret.exact.compiled_ascent import Ascend

__all__ = ["optimize_class", "to_pwm"]

PARAMETRIZATIONS = ("clamp", "softmax", "straight_through")

RHO, EPSILON = 0.9, 1e-7  # Keras' defaults of RMSprop
_SNAPSHOTS = 50
_BASES = np.array(list("ACGT"))


def optimize_class(
    model: Any,
    *,
    length: int = 101,
    iterations: int = 1000,
    restarts: int = 1,
    seed: int = 0,
    regularization: float = 0.009,
    learning_rate: float = 0.05,
    parametrization: str = "clamp",
    keep: str = "best",
    target: int | None = None,
    on_progress: Callable[[int, int, FloatArray], None] | None = None,
    cancel: threading.Event | None = None,
) -> OptimizationResult:
    """Find the inputs that maximise the class score (Lanchantin et al., PSB 2017).

    ``argmax_X  S(X) - regularization * ||X||^2`` by RMSprop from a uniform start in [0, 1].

    - ``"clamp"`` (the paper): ``X`` is unconstrained during optimization; the result is clamped to
      [0, 1], divided by its maximum, raised by 0.01 and normalised at each position.
    - ``"softmax"``: ``X = softmax(theta)`` and ``theta`` is optimised, so every position is a
      distribution over the bases throughout, and is the PWM itself.
    - ``"straight_through"`` (Linder and Seelig, BMC Bioinformatics 22:510, 2021): the score is that
      of the DNA derived from ``softmax(theta)``, with the gradient passed through as if it were
      ``softmax(theta)``, so the network sees only DNA.

    The relaxed score is ``S`` of the optimised ``X`` (in ``"clamp"`` before clamping): its value is
    not meaningful for a network that was trained on one-hot input. The discrete score is ``S`` of
    the sequence with the largest base of ``X`` at each position; report this one.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    length
        Length of the input in bases (paper: 101).
    iterations, learning_rate
        RMSprop updates and step (paper: 1000 and 0.05).
    restarts
        Independent random starts, run together as one batch.
    seed
        Seed of the starts; restart ``i`` does not depend on the number of restarts.
    regularization
        Weight of ``||X||^2`` (paper: 0.009).
    parametrization
        ``"clamp"``, ``"softmax"`` or ``"straight_through"``.
    keep
        Input to return for each restart: ``"best"``, the one whose DNA scored highest at the
        checkpoints (about every 20 iterations), or ``"last"``, the final one, as in the paper. The
        relaxed score keeps rising after that of the DNA has fallen.
    target
        Class to maximise; default 1, "bound".
    on_progress
        Called about every 20 iterations with (done, total, class scores ``(restarts,)``).
    cancel
        Checked at the same points; the result so far is returned with ``cancelled=True``.

    Returns
    -------
    OptimizationResult
        ``.pwm`` ``(restarts, length, 4)``, ``.sequences``, ``.discrete_scores``, ``.history``.

    Raises
    ------
    ModelError
        A setting out of range, a model that cannot be used, or a score that became NaN.

    Examples
    --------
    >>> result = optimize_class(model, length=101, restarts=4, seed=0)
    >>> result.pwm.shape
    (4, 101, 4)
    """
    length, restarts = checked_whole("length", length, 1), checked_whole("restarts", restarts, 1)
    iterations, seed = checked_whole("iterations", iterations, 0), checked_whole("seed", seed, 0)
    _check_steps(regularization, learning_rate)
    _check_choices(parametrization, keep)
    explained = sequence_model(model, target)
    explained.require("gradient")
    explained.check_length(length)
    ascend = _ascent(explained, length, parametrization)
    theta = np.random.default_rng(seed).random((restarts, length, 4)).astype(np.float32)
    velocity = np.zeros_like(theta)
    chunk = min(25, max(1, -(-iterations // _SNAPSHOTS)))
    keep_every = -(-iterations // (chunk * _SNAPSHOTS))

    history, snapshots, taken_at = [], [], []
    done, cancelled = 0, False
    x, scores = _relax(theta, parametrization), None
    kept = _Kept(explained, keep)
    while True:
        steps = min(chunk, iterations - done)
        kept.look(x, done)
        if (done // chunk) % keep_every == 0 or steps == 0:
            snapshots.append(to_pwm(x, parametrization))
            taken_at.append(done)
        cancelled = steps > 0 and cancel is not None and cancel.is_set()
        if steps == 0 or cancelled:
            break
        theta, velocity, path, scores = ascend(
            theta, velocity, steps, float(learning_rate), float(regularization)
        )
        x = _relax(theta, parametrization)
        history.append(path)
        done += steps
        _check_finite(scores, explained.name, done)
        if on_progress is not None:
            on_progress(done, iterations, scores)

    last = explained.score(_scored(x, parametrization), restarts)
    relaxed = explained.score_and_predict(kept.x, restarts)
    letters = kept.x.argmax(axis=-1)
    discrete = explained.score_and_predict(_as_dna(kept.x), restarts)
    return OptimizationResult(
        pwm=to_pwm(kept.x, parametrization),
        sequences=["".join(row) for row in _BASES[letters]],
        relaxed_scores=relaxed[0],
        relaxed_probabilities=relaxed[1],
        discrete_scores=discrete[0],
        discrete_probabilities=discrete[1],
        history=np.concatenate([*history, last[None]]),
        snapshots=np.stack(snapshots),
        snapshot_iterations=np.array(taken_at),
        kept_iterations=kept.iterations,
        iterations_done=done,
        cancelled=cancelled,
        regularization=regularization,
        learning_rate=learning_rate,
        parametrization=parametrization,
        seed=seed,
        model_name=explained.name,
        target=explained.target,
        score_kind=explained.kind,
    )


class _Kept:
    """Keeps the input of each restart to return: the best as DNA so far, or the last."""

    def __init__(self, model: SequenceModel, keep: str) -> None:
        self._model, self._keep = model, keep
        self._best: FloatArray | None = None

    def look(self, x: FloatArray, iteration: int) -> None:
        """Copy the restarts to keep from ``x`` ``(r, L, 4)``."""
        discrete = self._model.score(_as_dna(x), len(x))
        if self._best is None:
            self.x, self._best = x.copy(), discrete
            self.iterations = np.full(len(x), iteration)
            return
        better = (discrete >= self._best) | (self._keep == "last")
        self.x[better], self._best[better] = x[better], discrete[better]
        self.iterations[better] = iteration


def _as_dna(x: FloatArray) -> FloatArray:
    """Return the one-hot array of the largest entry at each position."""
    return np.eye(4, dtype=np.float32)[x.argmax(axis=-1)]


def to_pwm(x: FloatArray, parametrization: str = "clamp") -> FloatArray:
    """Turn optimised inputs ``(r, L, 4)`` into PWMs whose positions sum to 1.

    ``"clamp"``: clamp to [0, 1], divide each input by its maximum, add 0.01, normalise.
    ``"softmax"``: the input is a PWM already.
    """
    if parametrization != "clamp":
        return x
    x = np.clip(x, 0, 1)
    peak = x.max(axis=(1, 2), keepdims=True)
    x = np.divide(x, np.where(peak > 0, peak, 1))
    x += 0.01
    return x / x.sum(axis=-1, keepdims=True)


def _climb(
    model: SequenceModel,
    parametrization: str,
    theta: FloatArray,
    velocity: FloatArray,
    steps: int,
    learning_rate: float,
    regularization: float,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Take ``steps`` updates of RMSprop ascent on the score of any model with a gradient.

    Returns
    -------
    theta, velocity
        ``(restarts, L, 4)``.
    path
        ``(steps, restarts)`` scores before each update.
    scores
        ``(restarts,)`` after the last.
    """
    path = []
    for _ in range(steps):
        x = _relax(theta, parametrization)
        climbed = _scored(x, parametrization)
        ascent, scores = model.gradient(climbed, len(climbed))
        path.append(scores)
        gradient = 2 * regularization * x - ascent
        if parametrization != "clamp":  # back through the softmax
            gradient = x * (gradient - (gradient * x).sum(axis=-1, keepdims=True))
        velocity = RHO * velocity + (1 - RHO) * gradient * gradient
        theta = theta - learning_rate * gradient / np.sqrt(velocity + EPSILON)
    scores = model.score(_scored(_relax(theta, parametrization), parametrization))
    return theta, velocity, np.array(path), scores


def _ascent(model: SequenceModel, length: int, parametrization: str) -> Ascend:
    """Return the fastest ascent that agrees with the direct computation."""
    plain = partial(_climb, model, parametrization)
    if not is_keras(model):
        return plain
    from demo_widgets.interpret.exact.compiled_ascent import compiled_ascent

    model.refresh()
    compiled = compiled_ascent(model, length, parametrization)

    def tried() -> Check:
        start = np.random.default_rng(length).random((1, length, 4), np.float32)
        given = start, np.zeros_like(start), 2, 0.05, 0.009
        expected, found = plain(*given), compiled(*given)
        what = f"compiled ascent ({parametrization}) at {length:,} bases"
        return compare(what, expected[2:], found[2:], expected[3])

    return compiled if model.admits((f"ascent {parametrization}", length), tried) else plain


def _relax(theta: FloatArray, parametrization: str) -> FloatArray:
    """Return the relaxed input of ``theta``, which becomes the PWM."""
    if parametrization == "clamp":
        return theta
    powers = np.exp(theta - theta.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _scored(x: FloatArray, parametrization: str) -> FloatArray:
    """Return the input whose score is maximised; DNA for ``"straight_through"``."""
    return _as_dna(x) if parametrization == "straight_through" else x


def _check_finite(scores: FloatArray, name: str, done: int) -> None:
    if not np.isfinite(scores).all():
        raise ModelError(
            f"the class score of model {name!r} became NaN or infinite after {done} iterations: "
            "use a smaller learning_rate or more regularization"
        )


def _check_steps(regularization: float, learning_rate: float) -> None:
    if not regularization >= 0:
        raise ModelError(f"regularization must be 0 or more, got {regularization!r}")
    if not learning_rate > 0:
        raise ModelError(f"learning_rate must be above 0, got {learning_rate!r}")


def _check_choices(parametrization: str, keep: str) -> None:
    if parametrization not in PARAMETRIZATIONS:
        raise ModelError(
            f"unknown parametrization {parametrization!r}; expected one of "
            f"{', '.join(map(repr, PARAMETRIZATIONS))}"
        )
    if keep not in ("best", "last"):
        raise ModelError(f"keep must be 'best' or 'last', got {keep!r}")
