"""``demo-widgets demo``: the quickstart notebook in JupyterLab, or its report as a file."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

from ..errors import DemoWidgetsError
from ..files import check_output, replacing
from .arguments import add_command

__all__ = ["add_parser", "quickstart_notebook", "run"]

PACKAGE = Path(__file__).resolve().parent.parent
QUICKSTART = "01_quickstart.ipynb"


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "demo",
        help="open the quickstart notebook in JupyterLab, or write its report",
        description="Open the quickstart notebook in JupyterLab on this machine (127.0.0.1), or, "
        "with --report, write the dashboard of the demo models to a file and exit.",
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
        _open_in_lab(quickstart_notebook(Path.cwd()), options.port, options.no_browser)
    return 0


def _write_demo_report(path: Path) -> None:
    check_output(path)
    with replacing(path) as unfinished:
        from .. import MotifDashboard, load_demo

        models, data = load_demo()
        first_bound = int(data.labels.argmax())
        MotifDashboard(models, data, sequence_index=first_bound).save_html(unfinished)
    print(f"Wrote {path}")


def quickstart_notebook(directory: Path) -> Path:
    """Return the quickstart notebook: the checkout's own, else a copy of the shipped one.

    An installed package's files are not the user's to edit, so the copy goes to
    ``directory``; a notebook of that name there is kept as it is.

    Raises
    ------
    DemoWidgetsError
        Neither the checkout nor the package holds the notebook, or ``directory`` cannot be
        written.
    """
    in_checkout = PACKAGE.parent / "notebooks" / QUICKSTART
    if in_checkout.is_file() and (PACKAGE.parent / "setup.py").is_file():
        return in_checkout
    shipped = PACKAGE / "assets" / "notebooks" / QUICKSTART
    if not shipped.is_file():
        raise DemoWidgetsError(
            f"the quickstart notebook is not at {shipped}; reinstall the package demo_widgets"
        )
    copy = directory / QUICKSTART
    if not copy.exists():
        check_output(copy)
        with replacing(copy) as unfinished:
            shutil.copyfile(shipped, unfinished)
    return copy


def _open_in_lab(notebook: Path, port: int, no_browser: bool) -> None:
    """Run JupyterLab until it is stopped, its printed URL pointing at ``notebook``."""
    try:
        from jupyterlab import labapp
    except ImportError as error:
        raise DemoWidgetsError(
            "JupyterLab is not installed; install it with: pip install 'demo_widgets[lab]'"
        ) from error
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={notebook.parent}",
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
    ]
    if no_browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers often have no other user; the server listens on this machine alone and
        # asks for its token.
        options.append("--allow-root")
    labapp.main(argv=options)
