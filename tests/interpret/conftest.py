"""Recurrent kernels ready before the first test, so that none depends on how long that takes."""

from __future__ import annotations

import pytest

from demo_widgets.interpret.exact.kernel_warmup import warm_up


@pytest.fixture(autouse=True, scope="session")
def recurrent_kernels() -> None:
    """Compile the kernels, or load them from numba's cache."""
    warm_up()
