"""Compile the recurrent kernels before the first click; until then TensorFlow is used.

The first compilation in an environment takes about ten seconds. numba caches the machine code on
disk, next to the package or, if that is not writable, in the user's cache folder (set
``NUMBA_CACHE_DIR`` for another one); later processes load it in less than a second.
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
    """Return :mod:`recurrent_kernels` if compiled; otherwise start that and return ``None``."""
    if not is_warm():
        warm_up_in_background()
        return None
    from demo_widgets.interpret.exact import recurrent_kernels

    return recurrent_kernels
