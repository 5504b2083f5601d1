"""Sweeps: every network on many TFs, trained, scored, interpreted and tabulated on Dask.

Dask is an optional package (``pip install '.[sweep]'``) and is imported only for training.
"""

from demo_widgets.sweep.factors import Factor, find_factors
from demo_widgets.sweep.run import run_sweep

__all__ = ["Factor", "find_factors", "run_sweep"]
