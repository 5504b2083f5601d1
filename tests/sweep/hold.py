"""A Dask worker that never gets past the first epoch of a training: it says so, and waits.

A worker loads this with ``--preload``. It touches a file named after its process in the folder
``DEMO_WIDGETS_HOLD``, so that a test knows that this worker is inside a training.
"""

import os
import threading
from pathlib import Path

from demo_widgets import models
from demo_widgets.models.training import train


def _held(model, dataset, **options):
    def hold(row):
        Path(os.environ["DEMO_WIDGETS_HOLD"], str(os.getpid())).touch()
        threading.Event().wait()

    return train(model, dataset, on_epoch=hold, **options)


models.train = _held
