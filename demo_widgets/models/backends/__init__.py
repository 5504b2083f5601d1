"""Backends that create a :class:`SequenceModel`: one file and one table entry each.

:func:`register_backend` adds a backend from outside the package.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from demo_widgets.errors import ModelError

if TYPE_CHECKING:
    from demo_widgets.models.backends.keras_backend import KerasModel
    from demo_widgets.models.score import SequenceModel

__all__ = ["BACKENDS", "Backend", "backend_of", "is_keras", "register_backend"]


@dataclass(frozen=True)
class Backend:
    """A kind of model.

    Attributes
    ----------
    name
        Name for people.
    recognises
        Whether an object is of this kind; must not import the framework.
    location
        ``"module:class"`` of its subclass of ``SequenceModel``, imported when first needed.
    """

    name: str
    recognises: Callable[[Any], bool]
    location: str

    def load(self) -> type[SequenceModel]:
        """Import and return the class."""
        module, name = self.location.split(":")
        return getattr(importlib.import_module(module), name)


def _is_of(package: str) -> Callable[[Any], bool]:
    def recognises(model: Any) -> bool:
        return any(base.__module__.split(".")[0] == package for base in type(model).__mro__)

    return recognises


BACKENDS: list[Backend] = [
    Backend("keras", _is_of("keras"), "demo_widgets.models.backends.keras_backend:KerasModel"),
    Backend("function", callable, "demo_widgets.models.backends.function_backend:FunctionModel"),
]
"""Kinds of models, in the order in which they are tried."""


def register_backend(backend: Backend) -> None:
    """Add a kind of model; it is tried before the existing ones."""
    BACKENDS.insert(0, backend)


def is_keras(model: SequenceModel) -> TypeGuard[KerasModel]:
    """Whether ``model`` is a Keras model; loads no framework to find out."""
    return model.backend == "keras"


def backend_of(model: Any) -> type[SequenceModel]:
    """Return the class that wraps ``model``.

    Raises
    ------
    ModelError
        No backend recognises it.
    """
    for backend in BACKENDS:
        if backend.recognises(model):
            return backend.load()
    raise ModelError(
        f"expected a Keras 3 model or a function of one-hot DNA, got "
        f"{type(model).__module__}.{type(model).__name__}; load or rebuild it with "
        "keras.saving.load_model or keras.Model"
    )
