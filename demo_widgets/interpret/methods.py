"""The attribution methods, each declared once.

:func:`attribute`, the dashboard's controls, the command line's options, the store on disk,
motif discovery and the report all read :data:`METHODS`; :func:`register_method` adds to it. The
table imports nothing heavy: the functions are imported when needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import ModelError
from demo_widgets.interpret.progress import Progress
from demo_widgets.interpret.stored.stored_array import (
    EFFECTS,
    GAPS,
    IMPORTANCE,
    StoredArray,
)
from demo_widgets.lazy import named_function

if TYPE_CHECKING:
    from demo_widgets.interpret.results import MutagenesisResult, SaliencyResult

__all__ = [
    "METHODS",
    "AttributionMethod",
    "MethodOption",
    "attribute",
    "checked_options",
    "mutagenesis_attribution",
    "register_method",
]


@dataclass(frozen=True)
class MethodOption:
    """A setting of a method.

    Attributes
    ----------
    key, label, default
        Keyword of :func:`attribute`, its label, and its default value.
    choices
        The allowed values, or empty for a whole number.
    minimum, maximum
        Range of a whole number, for a slider.
    flag
        Option of the command line; default ``--`` and the key.
    """

    key: str
    label: str
    default: Any
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    flag: str = ""


@dataclass(frozen=True)
class AttributionMethod:
    """An attribution method.

    Attributes
    ----------
    key, label
        Name in code and label.
    signed
        Whether values below 0 are evidence against the class; otherwise values are unsigned.
    shows, misleads
        A sentence each: the meaning of the values, and a caution.
    function
        ``function(model, X, *, target, on_progress, cancel, **options) -> SaliencyResult`` for
        one-hot ``X`` ``(n, L, 4)``; ``batch_size`` is optional. May be given as
        ``"module:function"``.
    options
        Settings that :func:`attribute` takes for this method.
    arrays
        Arrays of its results stored on disk, besides scores and predictions.
    keeps_gradient
        Whether its result's ``gradient`` can be stored as well.
    block
        Sequences computed and written together: at most some seconds of work.

    Examples
    --------
    >>> def random_importance(model, X, *, target=None, on_progress=None, cancel=None):
    ...     ...
    >>> register_method(AttributionMethod("random", "Random", True, "Nothing.", "Always.",
    ...     random_importance))   # doctest: +SKIP
    """

    key: str
    label: str
    signed: bool
    shows: str
    misleads: str
    function: Callable[..., SaliencyResult] | str
    options: tuple[MethodOption, ...] = ()
    arrays: tuple[StoredArray, ...] = field(default=(IMPORTANCE,))
    keeps_gradient: bool = False
    block: int = 128


_HERE = "demo_widgets.interpret.methods"

METHODS: dict[str, AttributionMethod] = {
    method.key: method
    for method in (
        AttributionMethod(
            key="saliency",
            label="Saliency",
            signed=False,
            shows="How strongly the score changes with a small change at the observed base.",
            misleads="It has no sign, and it is small where the score is saturated, even at "
            "bases that matter.",
            function=f"{_HERE}:_saliency",
            keeps_gradient=True,
            block=1024,
        ),
        AttributionMethod(
            key="input_x_gradient",
            label="Input x gradient (centred)",
            signed=True,
            shows="Whether the observed base supports (above 0) or opposes the class, relative "
            "to the mean of the four bases, from the slope of the score.",
            misleads="A gradient is a local slope, not a substitution: where the score is not "
            "linear between two bases, its size and even its sign can be wrong.",
            function=f"{_HERE}:_input_x_gradient",
            keeps_gradient=True,
            block=1024,
        ),
        AttributionMethod(
            key="integrated_gradients",
            label="Integrated gradients",
            signed=True,
            shows="Each base's share of the difference in score between the sequence and a "
            "reference; the shares sum to that difference.",
            misleads="The result depends on the reference, the path from it passes through "
            "non-DNA inputs, and a large completeness gap means that the shares do not "
            "add up.",
            options=(
                MethodOption("steps", "Steps", 32, minimum=8, maximum=256),
                MethodOption("reference", "Reference", "zeros", choices=("zeros", "dinucleotide")),
                MethodOption(
                    "n_references", "Shuffles", 10, minimum=1, maximum=100, flag="--references"
                ),
                MethodOption("seed", "Seed of the shuffles", 0, minimum=0),
            ),
            function="demo_widgets.interpret.integrated_gradients:integrated_gradients",
            arrays=(IMPORTANCE, *GAPS),
            keeps_gradient=True,
            block=128,
        ),
        AttributionMethod(
            key="in_silico_mutagenesis",
            label="In-silico mutagenesis",
            signed=True,
            shows="How much the score falls, on average over the three other bases, when this "
            "base is replaced.",
            misleads="It changes one base at a time: where two sites are redundant, neither "
            "seems to matter.",
            function=f"{_HERE}:_mutagenesis",
            arrays=(IMPORTANCE, EFFECTS),
            block=64,
        ),
    )
}
"""The methods by key, in the order in which they are listed."""


def attribute(
    model: Any,
    X: Any,
    *,
    method: str = "saliency",
    target: int | None = None,
    batch_size: int | None = None,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
    **options: Any,
) -> SaliencyResult:
    """Compute the importance of each base by any method of :data:`METHODS`.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    method
        Key of :data:`METHODS`.
    target
        Class to explain; default 1, "bound".
    batch_size
        Sequences per model call; default the method's own.
    on_progress, cancel
        As in the method's function. The two gradient methods are too fast to use them.
    **options
        Settings of the method, see its ``options``.

    Returns
    -------
    SaliencyResult
        ``.importance`` ``(n, L)``. An :class:`IntegratedGradientsResult` for that method.

    Raises
    ------
    ModelError
        An unknown method or option, or an unusable model.
    SequenceError
        ``X`` is not DNA of one length.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> attribute(model, ["ACGTTGATAAGCA"], method="integrated_gradients", steps=64).importance
    """
    known = METHODS.get(method)
    if known is None:
        raise ModelError(f"unknown method {method!r}; expected one of {', '.join(METHODS)}")
    checked_options(method, options)
    from demo_widgets.sequences import as_one_hot

    if batch_size is not None:
        options["batch_size"] = batch_size
    return named_function(known.function)(
        model, as_one_hot(X), target=target, on_progress=on_progress, cancel=cancel, **options
    )


def checked_options(method: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings of ``method``: those given, and the defaults of the others.

    Raises
    ------
    ModelError
        The method has no such setting.
    """
    known = METHODS[method].options if method in METHODS else ()
    settings = {option.key: option.default for option in known}
    for key in options:
        if key not in settings:
            raise ModelError(
                f"method {method!r} has no option {key!r}; it takes {', '.join(settings) or 'none'}"
            )
    return {**settings, **options}


def register_method(method: AttributionMethod) -> None:
    """Add a method to :func:`attribute`, the dashboard, the commands, the store and the report.

    Raises
    ------
    ModelError
        Another method has its key.
    """
    if method.key in METHODS:
        raise ModelError(f"there is a method {method.key!r} already; choose another key")
    METHODS[method.key] = method


def _saliency(model: Any, X: Any, *, on_progress: Any, cancel: Any, **options: Any) -> Any:
    from demo_widgets.interpret.saliency import saliency_map

    return saliency_map(model, X, **options)  # too fast to be cancelled


def _input_x_gradient(model: Any, X: Any, **options: Any) -> Any:
    return _saliency(model, X, method="input_x_gradient", **options)


def _mutagenesis(model: Any, X: Any, **options: Any) -> SaliencyResult:
    from demo_widgets.interpret.mutagenesis import in_silico_mutagenesis

    return mutagenesis_attribution(in_silico_mutagenesis(model, X, **options), X)


def mutagenesis_attribution(result: MutagenesisResult, X: Any) -> SaliencyResult:
    """Convert the effects of all substitutions of ``X`` into one importance per base.

    The importance of the observed base is minus the mean effect of its three substitutions: above 0
    if replacing it lowers the score. At N it is 0.
    """
    from demo_widgets.interpret.results import SaliencyResult
    from demo_widgets.sequences import as_one_hot

    X = as_one_hot(X)
    importance = -result.effects.sum(axis=-1) / 3 * X.sum(axis=-1)
    return SaliencyResult(
        importance=importance,
        contributions=importance[..., None] * X,
        gradient=result.effects,
        scores=result.reference_scores,
        probabilities=result.probabilities,
        model_name=result.model_name,
        method="in_silico_mutagenesis",
        target=result.target,
        score_kind=result.score_kind,
    )
