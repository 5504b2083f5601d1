"""Reading sequences must not cost a TensorFlow import."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("tensorflow", "keras", "pandas", "sklearn", "Bio", "pyjaspar", "pyfaidx", "ipywidgets")
CODE = f"""
import sys, time
started = time.process_time()
import demo_widgets.sequences
print(time.process_time() - started)
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_importing_sequences_is_quick_and_loads_nothing_heavy():
    runs = [
        subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    seconds, loaded = zip(*(run.stdout.split("\n")[:2] for run in runs), strict=True)
    assert set(loaded) == {""}
    # Processor time, the best of three: other work on the machine does not count.
    assert min(map(float, seconds)) < 0.3
