"""Pictures, pages, sweeps, reports and logos need no widget library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import demo_widgets

PACKAGE = Path(demo_widgets.__file__).parent
DEMO = PACKAGE / "assets" / "demo"
BLOCK = """
import sys
for name in ("ipywidgets", "bqplot", "bqscales", "anywidget", "traitlets"):
    sys.modules[name] = None  # importing it fails
"""


def run_without_widgets(program: str, *arguments: object) -> str:
    """Run ``program`` in a fresh interpreter in which no widget library can be imported."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCK + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def modules_of(*rooms: str) -> list[str]:
    files = (path for room in rooms for path in PACKAGE.joinpath(room).rglob("*.py"))
    dotted = (path.relative_to(PACKAGE.parent).with_suffix("").parts for path in files)
    return sorted(".".join(parts).removesuffix(".__init__") for parts in dotted)


def test_the_widgets_are_really_blocked():
    with pytest.raises(AssertionError, match="ipywidgets"):
        run_without_widgets("import demo_widgets.dashboard.motif_dashboard")


def test_every_module_of_the_rooms_below_the_dashboard_loads():
    rooms = ["sequences", "models", "interpret", "motifs", "pictures", "sweep", "dashboard/report"]
    names = modules_of(*rooms)
    assert "demo_widgets.pictures.svg" in names and "demo_widgets.sweep.factor_page" in names
    program = "import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"
    run_without_widgets(program, *names)


def test_the_command_draws_logos_of_motifs(tmp_path):
    logos = tmp_path / "logos"
    run_without_widgets(
        "from demo_widgets.cli import main\nsys.exit(main(sys.argv[1:]))",
        *("motifs", "--models", DEMO / "cnn.keras", "--sequences", DEMO / "sequences.csv.gz"),
        *("--out", tmp_path / "m.meme", "--max-motifs", 1, "--top", 1, "--logos", logos),
    )
    (logo,) = logos.iterdir()
    assert logo.read_text().startswith("<svg")


def test_the_command_writes_a_report(tmp_path):
    page = tmp_path / "report.html"
    run_without_widgets(
        "from demo_widgets.cli import main\nsys.exit(main(sys.argv[1:]))",
        *("report", "--models", DEMO / "rnn.keras", "--sequences", DEMO / "sequences.csv.gz"),
        *("--rows", 1, "--out", page),
    )
    assert 'id="sequence-1"' in page.read_text()
