"""Import TensorFlow without its start-up messages.

``TF_CPP_MIN_LOG_LEVEL`` limits output to warnings and errors, but TensorFlow 2.2x prints a few
informational lines, and on machines without a GPU the failure to find one, before it reads that
setting. These known lines are dropped here; all others reach stderr.

Neither library has type annotations: to mypy, ``keras.Model`` and ``tf.Tensor`` are ``Any``, and
stand in annotations for the reader.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_CHATTER = re.compile(
    rb"^(I\d{4} |WARNING: All log messages before absl::InitializeLog|To enable the following "
    rb"instructions|E\d{4} .*failed call to cuInit)"
)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Capture stderr at the level of the operating system, then print the relevant lines."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        real = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
            held.seek(0)
            kept = b"".join(line for line in held if not _CHATTER.match(line))
            if kept:
                os.write(2, kept)


if "tensorflow" not in sys.modules:
    with _without_chatter():
        import tensorflow as tf

        tf.config.list_physical_devices()  # searches for GPUs now, while stderr is captured

import keras  # noqa: E402  (after TensorFlow, whose messages are captured above)
import tensorflow as tf  # noqa: E402, F811
from keras import layers  # noqa: E402

__all__ = ["keras", "layers", "tf"]
