"""Compile the recurrent kernels ahead of the first click; until then TensorFlow does their work.

The first time in an environment this takes about ten seconds. numba keeps the machine code on
disk, beside the package or, where that cannot be written, in the user's cache folder
(``NUMBA_CACHE_DIR`` names another one); later processes load it in less than a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from demo_widgets.warmup import WarmUp

__all__ = ["is_warm", "ready_kernels", "warm_up", "warm_up_in_background"]


def _steps() -> Iterator[str]:
    yield "Preparing recurrent networks (compiles for some seconds the first time) ..."
    from demo_widgets.interpret.exact import recurrent_kernels

    for _ in recurrent_kernels.compile_all():
        yield "Preparing recurrent networks ..."


_WARM_UP = WarmUp(_steps)

is_warm = _WARM_UP.is_done
warm_up = _WARM_UP.run
warm_up_in_background = _WARM_UP.start


def ready_kernels() -> ModuleType | None:
    """Return :mod:`recurrent_kernels` once it is compiled; until then ``None``, and see to it."""
    if not is_warm():
        warm_up_in_background()
        return None
    from demo_widgets.interpret.exact import recurrent_kernels

    return recurrent_kernels
