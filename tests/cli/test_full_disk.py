"""No room for a file is a failure of the work: exit code 1, the file named, nothing half there.

A limit on the size of files stands for a full disk: the system refuses to write either way.
"""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import resource, sys
from pathlib import Path
import keras, pandas, zarr
from demo_widgets.cli import main

models, data, out = map(Path, sys.argv[1:])
here = ["--models", f"{models}/small_cnn.keras", "--sequences", str(data)]
for size, line in [
    (2_000, ["evaluate", *here]),
    (2_000, ["train", "--sequences", str(data), "--epochs", "1", "--out", f"{out}/t.keras"]),
    (25_000, ["report", *here, "--rows", "1-60", "--out", f"{out}/r.html"]),
    (25_000, ["interpret", *here, "--out", f"{out}/o", "--method", "in_silico_mutagenesis"]),
    (None, ["interpret", *here, "--out", f"{out}/o", "--resume", "--method",
            "in_silico_mutagenesis"]),
]:
    size = resource.RLIM_INFINITY if size is None else size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    print("code", main([*line, "--quiet"]), file=sys.stderr, flush=True)
"""


def test_no_room_is_exit_code_1_with_the_file_named(tmp_path, models, planted):
    command = [sys.executable, "-c", SCRIPT, str(models), str(planted), str(tmp_path)]
    done = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    told = [line for line in done.stderr.splitlines() if line.startswith(("demo-widgets", "code"))]
    files = ["a temporary copy of", "t.training/training_state.npz", "r.html", "o/arrays.zarr"]
    assert len(told) == 9, done.stderr
    for number, file in enumerate(files):
        assert told[2 * number].startswith("demo-widgets: error: cannot write "), told
        assert f"{file}" in told[2 * number] and "File too large" in told[2 * number]
        assert told[2 * number + 1] == "code 1"
    assert told[-1] == "code 0"
    left = {name for name in os.listdir(tmp_path) if not name.startswith("t.training")}
    assert left == {"o"}
