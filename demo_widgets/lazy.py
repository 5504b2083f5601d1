"""Packages whose public names load on first use (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

__all__ = ["lazy_names", "named_function"]


class _LazyPackage(ModuleType):
    """A package in which submodules do not hide functions of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Python sets each imported submodule as an attribute of its package.
        if isinstance(value, ModuleType) and name in vars(self).get("__all__", ()):
            return
        super().__setattr__(name, value)


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` for a package.

    Parameters
    ----------
    package
        The package's ``__name__``.
    homes
        Module, relative to the package -> the public names it defines.

    Examples
    --------
    >>> __getattr__, __dir__, __all__ = lazy_names(__name__, {"prediction": ["predict"]})
    """
    home = {name: module for module, names in homes.items() for name in names}
    module = sys.modules[package]
    module.__class__ = _LazyPackage

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        setattr(module, name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(module), *home})

    return load, names, sorted(home)


def named_function(function: Callable[..., Any] | str) -> Callable[..., Any]:
    """Return the function, imported now if it is given as ``"module:function"``.

    Tables of methods and formats refer to functions by name, so that the tables load quickly.

    Examples
    --------
    >>> named_function("math:hypot")(3, 4)
    5.0
    """
    if not isinstance(function, str):
        return function
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)
