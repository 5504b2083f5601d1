"""The attribution methods as a table: what each shows, when it misleads, what can be set.

The dashboard makes its controls from :data:`METHODS`, and :func:`attribute` computes any of
them, so a method is described in one place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from demo_widgets.errors import ModelError
from demo_widgets.interpret.integrated_gradients import integrated_gradients
from demo_widgets.interpret.mutagenesis import in_silico_mutagenesis
from demo_widgets.interpret.results import MutagenesisResult, SaliencyResult
from demo_widgets.interpret.saliency import saliency_map
from demo_widgets.sequences import as_one_hot

__all__ = ["METHODS", "AttributionMethod", "MethodOption", "attribute", "mutagenesis_attribution"]


@dataclass(frozen=True)
class MethodOption:
    """A setting of a method.

    Attributes
    ----------
    key, label, default
        Keyword of :func:`attribute`, what people read, and its value unless given.
    choices
        The values it may take, or empty for a whole number.
    minimum, maximum
        Sensible ends of a whole number, for a slider.
    """

    key: str
    label: str
    default: Any
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class AttributionMethod:
    """One way to share a class score out among the bases.

    Attributes
    ----------
    key, label
        Name in code and for people.
    signed
        Whether values below 0 speak against the class; otherwise only sizes are told.
    shows, misleads
        A sentence each: what the values say, and when they say it wrongly.
    options
        Settings that :func:`attribute` takes for this method.
    """

    key: str
    label: str
    signed: bool
    shows: str
    misleads: str
    options: tuple[MethodOption, ...] = ()


METHODS: Mapping[str, AttributionMethod] = MappingProxyType(
    {
        method.key: method
        for method in (
            AttributionMethod(
                key="saliency",
                label="Saliency",
                signed=False,
                shows="How strongly the score reacts to a small change of the base that is there.",
                misleads="It has no sign, and it is small where the score is already as high as "
                "it gets, however much the base matters.",
            ),
            AttributionMethod(
                key="input_x_gradient",
                label="Input x gradient (centred)",
                signed=True,
                shows="Whether the base that is there speaks for (above 0) or against the class, "
                "compared with the mean of the four bases, by the slope of the score.",
                misleads="A slope is not a substitution: where the score bends between two bases, "
                "its size and even its sign can be wrong.",
            ),
            AttributionMethod(
                key="integrated_gradients",
                label="Integrated gradients",
                signed=True,
                shows="Each base's share of the difference between the score of the sequence and "
                "that of a reference; the shares sum to that difference.",
                misleads="The answer depends on the reference, the path to it leads through "
                "inputs that are no DNA, and a large completeness gap means that the shares do "
                "not add up.",
                options=(
                    MethodOption("steps", "Steps", 32, minimum=8, maximum=256),
                    MethodOption(
                        "reference", "Reference", "zeros", choices=("zeros", "dinucleotide")
                    ),
                    MethodOption("n_references", "Shuffles", 10, minimum=1, maximum=100),
                    MethodOption("seed", "Seed of the shuffles", 0, minimum=0),
                ),
            ),
            AttributionMethod(
                key="in_silico_mutagenesis",
                label="In-silico mutagenesis",
                signed=True,
                shows="How much the score falls, on average over the three other bases, when this "
                "base is replaced.",
                misleads="One base at a time: where two sites stand in for each other, neither "
                "seems to matter.",
            ),
        )
    }
)


def attribute(
    model: Any,
    X,
    *,
    method: str = "saliency",
    target: int | None = None,
    batch_size: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
    **options: Any,
) -> SaliencyResult:
    """Compute the importance of each base by any method of :data:`METHODS`.

    Parameters
    ----------
    model
        :class:`SequenceModel`, or what one is made of: a Keras model or a function.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    method
        Key of :data:`METHODS`.
    target
        Class to explain; default 1, "bound".
    batch_size
        Sequences per model call; default the method's own.
    on_progress, cancel
        As in the method's own function. The two gradient methods take too little time to use them.
    **options
        Settings of the method, see its ``options``.

    Returns
    -------
    SaliencyResult
        ``.importance`` ``(n, L)``. An :class:`IntegratedGradientsResult` for that method.

    Raises
    ------
    ModelError
        An unknown method, an option that the method does not have, or an unusable model.
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
    allowed = [option.key for option in known.options]
    for key in options:
        if key not in allowed:
            raise ModelError(
                f"method {method!r} has no option {key!r}; it takes {', '.join(allowed) or 'none'}"
            )
    shared = {"target": target} | ({} if batch_size is None else {"batch_size": batch_size})
    if method in ("saliency", "input_x_gradient"):
        return saliency_map(model, X, method=method, **shared)
    shared |= {"on_progress": on_progress, "cancel": cancel}
    if method == "integrated_gradients":
        return integrated_gradients(model, X, **shared, **options)
    X = as_one_hot(X)
    return mutagenesis_attribution(in_silico_mutagenesis(model, X, **shared), X)


def mutagenesis_attribution(result: MutagenesisResult, X) -> SaliencyResult:
    """Turn the effects of all substitutions of ``X`` into one importance per base.

    The importance of the base that is there is minus the mean effect of its three
    substitutions: above 0 where replacing it costs score. At N it is 0.
    """
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
