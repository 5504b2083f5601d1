"""Time of ``import demo_widgets`` in a fresh Python, and whether it imports TensorFlow.

The time until the first saliency track is measured in a browser by
``benchmarks/dashboard_latency.py``.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict

import numpy as np

from ..machine import load_average, version
from .row import OURS, Row

__all__ = ["GOAL_S", "import_time"]

GOAL_S = 0.3
CODE = """
import sys, time
started = time.perf_counter()
import demo_widgets
print(time.perf_counter() - started, "tensorflow" in sys.modules)
"""


def import_time(repeats: int = 7) -> list[dict]:
    """One row: the median over ``repeats`` fresh processes."""
    command = [sys.executable, "-c", CODE]
    lines = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        for _ in range(repeats)
    ]
    seconds = [float(line[0]) for line in lines]
    low, middle, high = np.percentile(seconds, [25, 50, 75])
    with_tensorflow = any(line[1] == "True" for line in lines)
    return [
        asdict(
            Row(
                part="import",
                network="-",
                size="fresh Python",
                program=OURS,
                version=version(OURS) or "",
                seconds=middle,
                first_quartile=low,
                third_quartile=high,
                repetitions=repeats,
                times_slower=1.0,
                difference=np.nan,
                goal=np.nan,
                load_average=load_average(),
                note=f"TensorFlow is {'' if with_tensorflow else 'not '}loaded by it",
            )
        )
    ]
