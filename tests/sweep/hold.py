"""A Dask worker that does not get past the first epoch of a training: it says so, and waits.

A worker loads this with ``--preload``. It touches a file named after its process in the folder
``DEMO_WIDGETS_HOLD``, so that a test knows that this worker is inside a training, and goes on
once the file ``go`` is there.
"""

import os
import time
from pathlib import Path

from demo_widgets import models
from demo_widgets.models.training.train import train


def _held(model, dataset, *, on_epoch, **options):
    folder = Path(os.environ["DEMO_WIDGETS_HOLD"])

    def hold(row):
        (folder / str(os.getpid())).touch()
        while not (folder / "go").exists():
            time.sleep(0.05)
        on_epoch(row)

    return train(model, dataset, on_epoch=hold, **options)


models.train = _held
