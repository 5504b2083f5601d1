"""Fixtures shared by all tests: where the real sequences are, and what must not be skipped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is; all else stays as hypothesis chose it.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_addoption(parser) -> None:
    parser.addoption(
        "--all-models",
        action="store_true",
        help="try all random models of tests/exactness, not only the first ones",
    )


def skip_or_fail(reason: str, required_by: str) -> None:
    """Skip with ``reason``, or fail when the environment variable ``required_by`` is ``1``."""
    if os.environ.get(required_by) == "1":
        pytest.fail(f"{reason} ({required_by}=1 makes this an error)")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def seeded_weights() -> None:
    """Networks that a test builds without a seed get the same weights in every run."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real ENCODE sequences: ``DEMO_WIDGETS_DATA``, default ``../shared/data``."""
    folder = Path(os.environ.get("DEMO_WIDGETS_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "deepmotif_k562").is_dir():
        skip_or_fail(
            f"no real sequences in {folder}; set DEMO_WIDGETS_DATA to the folder that holds them",
            "DEMO_WIDGETS_REQUIRE_DATA",
        )
    return folder


@pytest.fixture(autouse=True, scope="session")
def recurrent_kernels() -> None:
    """Compile the kernels first, or load them from numba's cache: no test waits for them."""
    from demo_widgets.interpret.exact.kernel_warmup import warm_up

    warm_up()
