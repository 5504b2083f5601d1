"""Importing the readers and the dataset must not cost a heavy import."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("tensorflow", "keras", "pandas", "sklearn", "Bio", "pyjaspar", "pyfaidx", "ipywidgets")


def loaded_by(statement: str) -> list[str]:
    """Which of the heavy libraries, and NumPy, a statement imports."""
    code = (
        f"import sys; {statement}; print(*[x for x in {(*HEAVY, 'numpy')!r} if x in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_every_public_name_of_sequences_loads_numpy_and_nothing_heavy():
    assert loaded_by("from demo_widgets.sequences import *") == ["numpy"]
    assert loaded_by("from demo_widgets.sequences.reading import *") == ["numpy"]


def test_the_tables_that_help_lists_load_nothing():
    tables = (
        "demo_widgets.sequences.reading.reader_table",
        "demo_widgets.motifs.format_table",
        "demo_widgets.motifs.discovery.method_table",
    )
    assert loaded_by(f"import {', '.join(tables)}") == []
