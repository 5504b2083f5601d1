"""``demo-widgets evaluate``: performance of models on labelled sequences."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import add_command, add_models, add_output, add_sequences
from demo_widgets.cli.console import Progress, tell
from demo_widgets.cli.inputs import dataset_of, load_models
from demo_widgets.errors import ModelError
from demo_widgets.files import check_output, replacing
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["add_parser", "run"]

_COLUMNS = ("name", "label")
"""Columns of ``--predictions`` that come before those of the models."""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "evaluate",
        help="compute AUROC, AUPRC and accuracy on labelled sequences",
        description="Print AUROC, AUPRC (average precision) and accuracy (at probability 0.5) of "
        "each model on labelled sequences.",
        examples="""
            demo-widgets evaluate --models gata1.keras --sequences test.fa.gz
            demo-widgets evaluate --models models/ --sequences test.fa.gz --reverse-complement
            demo-widgets evaluate --models models/ --sequences test.fa.gz --json | jq .results
            """,
    )
    add_models(parser)
    add_sequences(parser, several=True)
    parser.add_argument(
        "--reverse-complement",
        action="store_true",
        help="average each prediction over both strands",
    )
    output = add_output(parser)
    output.add_argument("--csv", type=Path, metavar="FILE", help="also write the table to a file")
    output.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE.csv",
        help="write the probability of each sequence, one column per model",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate and print."""
    check_output(options.csv)
    check_output(options.predictions)
    dataset = dataset_of(options.sequences, options)
    models = load_models(options.models, options.target)
    if options.predictions is not None:
        _refuse_taken_names(models)
    import pandas as pd

    from demo_widgets.models.evaluation import binary_metrics, labelled_two_ways
    from demo_widgets.models.prediction import predict

    labelled_two_ways(dataset, "sequences")
    probabilities = {}
    with Progress(options, "Predicting", "model") as progress:
        for done, (name, model) in enumerate(models.items()):
            progress(done, len(models))
            probabilities[name] = predict(
                model,
                dataset,
                target=options.target,
                reverse_complement=options.reverse_complement,
            )
        progress(len(models), len(models))
    results = [
        {"model": name, **binary_metrics(dataset.labels, p)} for name, p in probabilities.items()
    ]
    table = pd.DataFrame(results)
    if options.csv is not None:
        with replacing(options.csv) as unfinished:
            shown_not_run(table).to_csv(unfinished, index=False)
    if options.predictions is not None:
        shared = zip(_COLUMNS, (dataset.names, dataset.labels), strict=True)
        frame = pd.DataFrame({**dict(shared), **probabilities})
        with replacing(options.predictions) as unfinished:
            shown_not_run(frame).to_csv(unfinished, index=False, float_format="%.6g")
    facts = {
        "sequences": [str(path) for path in options.sequences],
        "reverse_complement": options.reverse_complement,
        "results": results,
    }
    tell(options, table.to_string(index=False, float_format="{:.4f}".format), facts)
    return 0


def _refuse_taken_names(models: dict[str, Any]) -> None:
    for name in models:
        if name in _COLUMNS:
            raise ModelError(
                f"--predictions has a column {name!r} already, so no model can be called "
                f"{name!r}; rename {name}.keras"
            )
