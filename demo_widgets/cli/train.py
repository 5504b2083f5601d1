"""``demo-widgets train``: one network on labelled sequences, to a ``.keras`` file."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import DemoWidgetsError
from ..files import check_output, replacing
from ..network_table import NETWORKS
from .arguments import add_command, add_output, add_sequences, at_least, positive_number
from .console import shows_progress, tell
from .inputs import dataset_of

__all__ = ["add_parser", "run"]

STATE = "training_state.npz"
"""File that :class:`demo_widgets.models.checkpoint.Checkpoint` keeps."""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "train",
        help="train one of the three networks on labelled sequences",
        description="Train a network and keep the weights of the epoch with the best validation "
        "AUROC. Writes the model, and the history of the epochs beside it as CSV. The state after "
        "each epoch is kept in a folder beside the model until the training is done, and --resume "
        "goes on from there with the history of a run that was never stopped.",
        examples="""
            demo-widgets train --sequences train.fa.gz --out gata1.keras
            demo-widgets train --sequences train.fa.gz --test test.fa.gz --network cnn-rnn \
--epochs 30 --out gata1.keras
            demo-widgets train --sequences peaks.narrowPeak --genome hg19.fa \
--negatives dinucleotide --out peaks.keras
            """,
    )
    add_sequences(parser, several=True)
    group = parser.add_argument_group("training")
    group.add_argument(
        "--network", choices=tuple(NETWORKS), default="cnn", help="default: %(default)s"
    )
    group.add_argument(
        "--epochs", type=at_least(1), default=40, help="at most (default: %(default)s)"
    )
    group.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        help="of weights, split, batches and shuffles (default: %(default)s)",
    )
    group.add_argument(
        "--learning-rate",
        type=positive_number,
        metavar="RATE",
        help="Adam's in the first epoch (default: measured for each network)",
    )
    group.add_argument(
        "--batch-size", type=at_least(1), default=128, metavar="N", help="default: %(default)s"
    )
    group.add_argument(
        "--patience",
        type=at_least(1),
        default=15,
        metavar="EPOCHS",
        help="stop after so many without a better one (default: %(default)s)",
    )
    group.add_argument(
        "--validation",
        default="0.1",
        metavar="SHARE|FILE",
        help="share of the sequences to hold out, or a file (default: %(default)s)",
    )
    group.add_argument(
        "--one-strand",
        action="store_true",
        help="never show a sequence as its reverse complement",
    )
    group.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
        default="float32",
        help="16 bits are faster on some GPUs (default: %(default)s)",
    )
    group.add_argument(
        "--devices", nargs="+", metavar="DEVICE", help="such as GPU:0 GPU:1 (default: all GPUs)"
    )
    group.add_argument(
        "--test", type=Path, metavar="FILE", help="labelled sequences to evaluate on afterwards"
    )
    output = add_output(parser)
    output.add_argument(
        "--out", type=Path, required=True, metavar="FILE.keras", help="the model to write"
    )
    output.add_argument(
        "--history",
        type=Path,
        metavar="FILE.csv",
        help="a line an epoch (default: beside the model, .history.csv)",
    )
    existing = output.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="go on with a training that was stopped, or begin"
    )
    existing.add_argument(
        "--overwrite", action="store_true", help="forget a training that was stopped"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, write the model and its history, and evaluate."""
    history_file = options.history or options.out.with_suffix(".history.csv")
    check_output(options.out, ".keras")
    check_output(history_file)
    unfinished = options.out.with_suffix(".training")
    _check_unfinished(unfinished, options)
    dataset = dataset_of(options.sequences, options)
    validation = _validation(options)
    test = None if options.test is None else dataset_of(options.test, options)
    from .. import evaluate, models, save_model
    from ..models.evaluation import labelled_two_ways

    if test is not None:
        labelled_two_ways(test, "test")
    model = getattr(models, NETWORKS[options.network].builder)(seed=options.seed)
    if options.overwrite:
        _forget(unfinished)
    try:
        history = models.train(
            model,
            dataset,
            epochs=options.epochs,
            validation=validation,
            learning_rate=options.learning_rate,
            batch_size=options.batch_size,
            augment_reverse_complement=not options.one_strand,
            patience=options.patience,
            seed=options.seed,
            precision=options.precision,
            devices=options.devices,
            checkpoint=unfinished,
            progress=shows_progress(options),
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command with --resume goes on") from None
    scores = None if test is None else evaluate(model, test)
    save_model(model, options.out, info=None if scores is None else {"test": scores})
    with replacing(history_file) as temporary:
        history.to_frame().to_csv(temporary)
    _forget(unfinished)
    facts = {
        "model": str(options.out),
        "history": str(history_file),
        "epochs": len(history.epochs),
        "best_epoch": history.best_epoch,
        "validation_auroc": history.best_auroc,
        "n_train": history.recipe["n_train"],
        "n_validation": history.recipe["n_validation"],
        "test": scores,
    }
    tell(options, _words(facts), facts)
    return 0


def _check_unfinished(folder: Path, options: argparse.Namespace) -> None:
    if (folder / STATE).exists() and not (options.resume or options.overwrite):
        raise DemoWidgetsError(
            f"{folder} holds a training that was stopped; go on with --resume, or begin again with "
            "--overwrite"
        )


def _forget(folder: Path) -> None:
    """Remove the state of a training, and its folder if nothing else is in it."""
    (folder / STATE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _validation(options: argparse.Namespace) -> Any:
    try:
        share = float(options.validation)
    except ValueError:
        return dataset_of(Path(options.validation), options)
    if not 0 < share < 1:
        raise DemoWidgetsError(
            f"--validation: got {options.validation}, expected a share between 0 and 1, or a file "
            "of labelled sequences"
        )
    return share


def _words(facts: dict[str, Any]) -> str:
    words = (
        f"Wrote {facts['model']}: validation AUROC {facts['validation_auroc']:.4f} in epoch "
        f"{facts['best_epoch']} of {facts['epochs']} ({facts['n_train']:,} sequences, "
        f"{facts['n_validation']:,} held out)\nWrote {facts['history']}"
    )
    if facts["test"] is not None:
        test = facts["test"]
        words += (
            f"\nTest: AUROC {test['auroc']:.4f}, AUPRC {test['auprc']:.4f}, "
            f"accuracy {test['accuracy']:.4f} on {test['n']:,} sequences"
        )
    return words
