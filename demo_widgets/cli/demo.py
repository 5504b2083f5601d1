"""``demo-widgets demo``: the quickstart notebook in JupyterLab, or its report as a file."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import add_command
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import check_output, replacing
from demo_widgets.terminal import say

__all__ = ["add_parser", "jupyterlab_app", "open_in_lab", "quickstart_copy", "run"]

PACKAGE = Path(__file__).resolve().parent.parent
QUICKSTART = "01_quickstart.ipynb"
COPIES = "demo_widgets_notebooks"
"""Folder of the user's copies of the notebooks."""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "demo",
        help="open the quickstart notebook in JupyterLab, or write its report",
        description=f"Copy the notebooks to the folder {COPIES} and open the quickstart in "
        "JupyterLab on this machine (127.0.0.1); existing copies are kept. With "
        "--report, write the dashboard of the demo models to a file and exit.",
        examples="""
            demo-widgets demo
            demo-widgets demo --no-browser --port 9000
            demo-widgets demo --report dashboard.html
            """,
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE.html",
        help="write the dashboard as one HTML file that needs no network, and exit",
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="only print the URL (a machine without a screen)",
    )
    parser.add_argument(
        "--port", type=int, default=8888, help="first port to try (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Open the notebook until JupyterLab is stopped, or write the report."""
    if options.report is not None:
        _write_demo_report(options.report)
    else:
        lab = jupyterlab_app()
        notebook = quickstart_copy(Path.cwd())
        open_in_lab(lab, notebook, options.port, options.no_browser)
    return 0


def _write_demo_report(path: Path) -> None:
    check_output(path)
    with replacing(path) as unfinished:
        from demo_widgets import MotifDashboard, load_demo, predict

        models, data = load_demo()
        bound = data.labels == 1
        for model in models.values():
            bound &= predict(model, data) >= 0.5
        first = int(bound.argmax())  # a sequence for which all models agree with the label
        MotifDashboard(models, data, sequence_index=first).save_html(unfinished)
    say(f"Wrote {path}")


def quickstart_copy(directory: Path) -> Path:
    """Return the user's copy of the quickstart notebook in ``directory``.

    All notebooks are copied to a folder there. An existing copy is never replaced.

    Raises
    ------
    DemoWidgetsError
        Neither the checkout nor the package holds the notebook.
    OSError
        ``directory`` cannot be written.
    """
    copies, kept = directory / COPIES, []
    for notebook in sorted(_notebooks().glob("*.ipynb")):
        copy = copies / notebook.name
        if not copy.exists():
            with replacing(copy) as unfinished:
                shutil.copyfile(notebook, unfinished)
        elif copy.read_bytes() != notebook.read_bytes():
            kept.append(notebook.name)
    if kept:
        say(f"Kept your edited copy in {copies}: {', '.join(kept)} (delete it to get a new one)")
    return copies / QUICKSTART


def _notebooks() -> Path:
    """Return the folder of the notebooks: the checkout's, otherwise the package's."""
    checkout, shipped = PACKAGE.parent / "notebooks", PACKAGE / "assets" / "notebooks"
    if (checkout / QUICKSTART).is_file() and (PACKAGE.parent / "setup.py").is_file():
        return checkout
    if not (shipped / QUICKSTART).is_file():
        raise DemoWidgetsError(
            f"the quickstart notebook is not in {shipped}; reinstall the package demo_widgets"
        )
    return shipped


def jupyterlab_app() -> Any:
    """Return the JupyterLab application class."""
    try:
        from jupyterlab import labapp
    except ImportError as error:
        raise DemoWidgetsError(
            "JupyterLab is not installed; install it with: pip install jupyterlab"
        ) from error
    return labapp


def open_in_lab(lab: Any, notebook: Path, port: int, no_browser: bool) -> None:
    """Run JupyterLab until it is stopped, its printed URL pointing at ``notebook``."""
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={notebook.parent}",
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
    ]
    if no_browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers often have no other user; the server listens only on 127.0.0.1 and requires its
        # token.
        options.append("--allow-root")
    lab.main(argv=options)
