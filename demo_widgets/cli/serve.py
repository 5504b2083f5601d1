"""``demo-widgets serve``: serve a web page with the dashboard of your models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import add_command, add_target, at_least, readable_files

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "serve",
        help="serve a page with the dashboard of your models",
        description="Serve a page with the dashboard of the models in a folder, on the sequences "
        "of a file. Visitors need only a browser; they see no code and run none.",
        examples="""
            demo-widgets serve --models models/ --sequences test.fa.gz
            demo-widgets serve --models models/ --sequences test.fa.gz --tab Saliency --theme dark
            demo-widgets serve --models models/ --sequences peaks.narrowPeak --genome hg19.fa
            demo-widgets serve --models deepsea/ --sequences test.fa.gz --target 3
            demo-widgets serve --models models/ --sequences test.fa.gz --ip 0.0.0.0 \
                --allow-host lab.example.org --max-visitors 20
            """,
    )
    parser.add_argument(
        "--models",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of .keras files; a model is named after its file, without .keras",
    )
    add_target(parser)
    parser.add_argument(
        "--sequences",
        type=Path,
        required=True,
        metavar="FILE",
        help=readable_files(),
    )
    parser.add_argument(
        "--genome", type=Path, metavar="FA", help="genome FASTA, for BED and narrowPeak"
    )
    parser.add_argument("--tab", metavar="NAME", help="tab to open first, e.g. Saliency")
    parser.add_argument(
        "--theme",
        choices=("light", "dark"),
        default="light",
        help="colour theme (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8866,
        help="port to listen on; 0 picks a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--ip",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 admits other machines (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="name by which browsers may ask for the page, in addition to this machine's own: "
        "lab.example.org, or localhost:9000 for a tunnel; may be repeated",
    )
    parser.add_argument(
        "--max-visitors",
        type=at_least(1),
        default=8,
        metavar="N",
        help="pages at one time, 0.3 to 0.6 GB each (default: %(default)s)",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the URL")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from demo_widgets.serve import DashboardPage, serve

    page = DashboardPage(
        models=str(options.models.resolve()),
        sequences=str(options.sequences.resolve()),
        genome=None if options.genome is None else str(options.genome.resolve()),
        tab=options.tab,
        target=options.target,
    )
    serve(
        page,
        ip=options.ip,
        port=options.port,
        open_browser=not options.no_browser,
        theme=options.theme,
        allow_hosts=options.allow_host,
        max_visitors=options.max_visitors,
    )
    return 0
