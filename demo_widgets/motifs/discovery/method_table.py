"""The table of motif discovery methods.

It imports nothing heavy. The functions of the built-in methods are given as ``"module:function"``
and imported when needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import MotifError
from demo_widgets.lazy import named_function

if TYPE_CHECKING:
    from demo_widgets.motifs.motif import Motif

__all__ = [
    "METHODS",
    "DiscoveryMethod",
    "known_method",
    "method_options",
    "register_discovery_method",
]


@dataclass(frozen=True)
class DiscoveryMethod:
    """A motif discovery method.

    Attributes
    ----------
    key
        Value of ``discover_motifs(method=...)``.
    label
        Label within a sentence: "2 motifs by saliency windows".
    shows
        Short description of the source of its motifs.
    function
        ``function(request, **options) -> list of Motif`` for a
        :class:`~demo_widgets.motifs.discovery.DiscoveryRequest`; its keyword-only parameters
        are the method's options. May be given as ``"module:function"``.

    Examples
    --------
    >>> def longest_runs(request, *, base="A"):
    ...     ...
    >>> register_discovery_method(DiscoveryMethod(
    ...     "runs", "longest runs", "runs of one base", longest_runs))   # doctest: +SKIP
    """

    key: str
    label: str
    shows: str
    function: Callable[..., list[Motif]] | str

    @property
    def options(self) -> dict[str, Any]:
        """Its settings and their defaults."""
        parameters = inspect.signature(named_function(self.function)).parameters.values()
        return {
            parameter.name: parameter.default
            for parameter in parameters
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    def motifs(self, request: Any, **options: Any) -> list[Motif]:
        """Return the motifs that the method finds."""
        return named_function(self.function)(request, **options)


_HERE = "demo_widgets.motifs.discovery"

METHODS: dict[str, DiscoveryMethod] = {
    method.key: method
    for method in (
        DiscoveryMethod(
            "saliency",
            "saliency windows",
            "windows of high saliency",
            f"{_HERE}.from_saliency:saliency_motifs",
        ),
        DiscoveryMethod(
            "class_optimization",
            "class optimization",
            "stretches of the optimised input",
            f"{_HERE}.from_class_optimization:class_optimization_motifs",
        ),
        DiscoveryMethod(
            "temporal",
            "temporal scores",
            "bases read before the score rises; recurrent networks",
            f"{_HERE}.from_temporal:temporal_motifs",
        ),
        DiscoveryMethod(
            "filters",
            "convolution filters",
            "sub-sequences that activate each first-layer filter",
            f"{_HERE}.from_filters:filter_motifs",
        ),
        DiscoveryMethod(
            "modisco",
            "TF-MoDISco",
            "clustered seqlets; optional package modisco-lite",
            f"{_HERE}.from_modisco:modisco_motifs",
        ),
    )
}
"""Methods by key, in the order in which they are listed."""


def register_discovery_method(method: DiscoveryMethod) -> None:
    """Add a method, or replace the one with the same key.

    ``discover_motifs``, the dashboard and ``demo-widgets motifs --method`` then offer it.
    """
    METHODS[method.key] = method


def known_method(key: str) -> DiscoveryMethod:
    """Return the method ``key``.

    Raises
    ------
    MotifError
        There is no such method.
    """
    if key not in METHODS:
        raise MotifError(f"method {key!r} is not known; use one of {', '.join(METHODS)}")
    return METHODS[key]


def method_options(key: str) -> list[str]:
    """Names of the settings of any of :data:`METHODS`."""
    return list(known_method(key).options)
