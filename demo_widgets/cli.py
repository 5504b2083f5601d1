"""The ``demo-widgets`` command.

Each command is a module-level pair: ``_add_<name>`` declares its arguments, ``_run_<name>``
does the work. Heavy imports stay inside ``_run_<name>``, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import __version__
from .errors import DemoWidgetsError

PACKAGE = Path(__file__).resolve().parent
QUICKSTART = "01_quickstart.ipynb"


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``demo-widgets``; return the exit code.

    Parameters
    ----------
    argv
        Arguments after the program's name; default ``sys.argv[1:]``.

    Returns
    -------
    int
        0 when done; 2 for a wrong argument or input, told in one line on stderr; 130 when
        interrupted from the keyboard.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except DemoWidgetsError as error:
        print(f"demo-widgets: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("demo-widgets: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="demo-widgets",
        description="Deep Motif Dashboard: see which bases made a network call DNA bound.",
    )
    parser.add_argument("--version", action="version", version=f"demo-widgets {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_serve(commands)
    return parser


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="open the quickstart notebook in JupyterLab, or write its report",
        description="Open the quickstart notebook in JupyterLab on this machine (127.0.0.1), or, "
        "with --report, write the dashboard of the demo models to a file and exit.",
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
    parser.set_defaults(run=_run_demo)


def _run_demo(arguments: argparse.Namespace) -> None:
    if arguments.report is not None:
        _write_demo_report(arguments.report)
    else:
        _open_in_lab(quickstart_notebook(Path.cwd()), arguments.port, arguments.no_browser)


def _write_demo_report(path: Path) -> None:
    with atomic_output(path) as unfinished:
        from . import MotifDashboard, load_demo

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
        with atomic_output(copy) as unfinished:
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


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="give labmates a page with the dashboard of your models",
        description="Serve a page with the dashboard of the models in a folder, on the sequences "
        "of a file. Visitors need a browser, nothing else; they see no code and run none.",
        epilog="example: demo-widgets serve --models models/ --sequences test.fa.gz --tab Saliency",
    )
    parser.add_argument(
        "--models",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of .keras files; a model's name is its file's name without .keras",
    )
    parser.add_argument(
        "--sequences",
        type=Path,
        required=True,
        metavar="FILE",
        help="FASTA, DeepBind .seq, CSV, TSV, BED or narrowPeak, plain or gzip",
    )
    parser.add_argument(
        "--genome", type=Path, metavar="FA", help="genome FASTA, for BED and narrowPeak"
    )
    parser.add_argument("--tab", metavar="NAME", help="tab to open first, e.g. Saliency")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="default: %(default)s"
    )
    parser.add_argument(
        "--port", type=int, default=8866, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--ip",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 lets other machines in (default: %(default)s)",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the URL")
    parser.set_defaults(run=_run_serve)


def _run_serve(arguments: argparse.Namespace) -> None:
    from .serve import DashboardPage, serve

    genome = arguments.genome
    page = DashboardPage(
        models=str(arguments.models.resolve()),
        sequences=str(arguments.sequences.resolve()),
        genome=None if genome is None else str(genome.resolve()),
        tab=arguments.tab,
    )
    serve(
        page,
        ip=arguments.ip,
        port=arguments.port,
        open_browser=not arguments.no_browser,
        theme=arguments.theme,
    )


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path``, which becomes ``path`` only if no error is raised.

    Raises
    ------
    DemoWidgetsError
        ``path`` is a folder, or its folder is missing or cannot be written.
    """
    if path.is_dir():
        raise DemoWidgetsError(f"cannot write {path}: it is a folder; name a file in it")
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
    except OSError as error:
        raise DemoWidgetsError(f"cannot write {path}: {error.strerror}: {path.parent}") from error
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        # mkstemp's files are private; the finished one gets the user's usual permissions.
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
