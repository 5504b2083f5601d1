"""``demo-widgets report``: write the dashboard of selected sequences as one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import add_command, add_models, add_output, add_sequences, at_least
from demo_widgets.cli.console import Progress, tell
from demo_widgets.cli.inputs import dataset_of, load_models
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import check_output

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "report",
        help="write the dashboard of selected sequences as one HTML file",
        description="Write predictions, saliency, temporal scores and known motifs of selected "
        "sequences as one HTML file that needs no network and no notebook.",
        examples="""
            demo-widgets report --models models/ --sequences test.fa.gz --out report.html
            demo-widgets report --models models/ --sequences test.fa.gz --rows 1,5,9-12 \
--out report.html
            demo-widgets report --models models/ --sequences test.csv --names "site 12" \
--out report.html
            """,
    )
    add_models(parser)
    add_sequences(parser, several=True)
    group = parser.add_argument_group("which sequences").add_mutually_exclusive_group()
    group.add_argument(
        "--top",
        type=at_least(1),
        default=5,
        metavar="N",
        help="the N of highest mean probability over the models (default: %(default)s)",
    )
    group.add_argument(
        "--rows", type=_rows, metavar="ROWS", help="rows of the file, counted from 1: 1,5,9-12"
    )
    group.add_argument("--names", nargs="+", metavar="NAME", help="sequences with these names")
    output = add_output(parser)
    output.add_argument(
        "--out", type=Path, required=True, metavar="FILE.html", help="the report to write"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the report."""
    check_output(options.out, ".html", ".htm")
    dataset = dataset_of(options.sequences, options)
    rows = _given_rows(options, dataset)
    models = load_models(options.models, options.target)
    if rows is None:
        rows = _top_rows(models, dataset, options)
    from demo_widgets.dashboard.report import save_report
    from demo_widgets.dashboard.report.source import ReportSource
    from demo_widgets.dashboard.report.subjects import row_subjects

    source = ReportSource.of_models(models, dataset, options.target)
    with Progress(options, "Report", "seq") as progress:
        progress(0, len(rows))
        save_report(options.out, source, row_subjects(dataset, rows), progress)
    facts = {
        "report": str(options.out),
        "models": list(models),
        "rows": [row + 1 for row in rows],
        "names": [dataset.names[row] for row in rows],
    }
    many = f"{len(rows):,} sequence{'' if len(rows) == 1 else 's'}"
    tell(options, f"Wrote {options.out}: {many}", facts)
    return 0


def _rows(text: str) -> list[range]:
    """Argument type: ``1,5,9-12``, counted from 1 with both ends; 0-based ranges."""
    ranges = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        try:
            start, stop = int(first), int(last if dash else first)
        except ValueError:
            start = stop = 0
        if not 1 <= start <= stop:
            raise argparse.ArgumentTypeError(
                f"{part.strip()!r} is not a row number; expected numbers from 1, such as 1,5,9-12"
            )
        ranges.append(range(start - 1, stop))
    return ranges


def _given_rows(options: argparse.Namespace, dataset: Any) -> list[int] | None:
    """Return the selected 0-based rows, each once; ``None`` if none were given."""
    if options.rows is not None:
        last = max(rows.stop for rows in options.rows)
        if last > len(dataset):
            raise DemoWidgetsError(
                f"--rows: there is no row {last:,}; {dataset.source or dataset.name} has "
                f"{len(dataset):,} sequences"
            )
        return list(dict.fromkeys(row for rows in options.rows for row in rows))
    if options.names is None:
        return None
    place = {name: row for row, name in enumerate(dataset.names)}
    missing = [name for name in options.names if name not in place]
    if missing:
        raise DemoWidgetsError(
            f"--names: no sequence is called {', '.join(map(repr, missing[:3]))}; the first is "
            f"called {dataset.names[0]!r}"
        )
    return list(dict.fromkeys(place[name] for name in options.names))


def _top_rows(models: dict[str, Any], dataset: Any, options: argparse.Namespace) -> list[int]:
    import numpy as np

    from demo_widgets import predict

    mean = np.mean([predict(m, dataset, target=options.target) for m in models.values()], axis=0)
    return np.argsort(-mean, kind="stable")[: options.top].tolist()
