"""A run of all tests takes part of these: ``--all-models`` takes every one."""

from __future__ import annotations

from collections import defaultdict

import pytest

MOST = 5
"""Cases of one situation that are tried without ``--all-models``, evenly spread."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all-models"):
        return
    cases = defaultdict(list)
    for item in items:
        if item.path.name == "test_public_situations.py":
            cases[item.originalname].append(item)
    left_out = set()
    for every in cases.values():
        kept = {round(i * (len(every) - 1) / (MOST - 1)) for i in range(MOST)}
        if len(every) > MOST:
            left_out |= {id(item) for i, item in enumerate(every) if i not in kept}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]
