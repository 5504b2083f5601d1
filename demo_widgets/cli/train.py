"""``demo-widgets train``: train one network on labelled sequences and write a ``.keras`` file."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import (
    add_command,
    add_output,
    add_sequences,
    at_least,
    positive_number,
)
from demo_widgets.cli.console import how_to_resume, shows_progress, tell
from demo_widgets.cli.inputs import dataset_beside, dataset_of
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import check_output, replacing
from demo_widgets.models.network_table import NETWORKS

__all__ = ["add_parser", "run"]

STATE = "training_state.npz"
"""File that :class:`demo_widgets.models.training.checkpoint.Checkpoint` keeps."""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "train",
        help="train one of the three networks on labelled sequences",
        description="Train a network and keep the weights of the epoch with the best validation "
        "AUROC. Writes the model, and the history of the epochs next to it as CSV. The state after "
        "each epoch is kept in a folder next to the model until the training is done; --resume "
        "continues from it and gives the history of an uninterrupted run. An existing model is "
        "replaced only with --overwrite.",
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
        "--network",
        choices=tuple(NETWORKS),
        default="cnn",
        help="network to train (default: %(default)s)",
    )
    group.add_argument(
        "--epochs",
        type=at_least(1),
        default=40,
        help="maximum number of epochs (default: %(default)s)",
    )
    group.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        help="seed of weights, split, batches and shuffles (default: %(default)s)",
    )
    group.add_argument(
        "--learning-rate",
        type=positive_number,
        metavar="RATE",
        help="Adam's learning rate in the first epoch (default: tuned for each network)",
    )
    group.add_argument(
        "--batch-size",
        type=at_least(1),
        default=128,
        metavar="N",
        help="sequences per training step (default: %(default)s)",
    )
    group.add_argument(
        "--patience",
        type=at_least(1),
        default=15,
        metavar="EPOCHS",
        help="stop after this many epochs without improvement (default: %(default)s)",
    )
    group.add_argument(
        "--validation",
        default="0.1",
        metavar="SHARE|FILE",
        help="fraction of the sequences to hold out, or a file, read like --test (default: "
        "%(default)s)",
    )
    group.add_argument(
        "--one-strand",
        action="store_true",
        help="do not augment with reverse complements",
    )
    group.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
        default="float32",
        help="16 bits are faster on some GPUs (default: %(default)s)",
    )
    group.add_argument(
        "--devices",
        nargs="+",
        metavar="DEVICE",
        help="devices to train on, such as GPU:0 GPU:1 (default: all GPUs)",
    )
    group.add_argument(
        "--test",
        type=Path,
        metavar="FILE",
        help="sequences to evaluate on afterwards, in any format: --genome, --length and the "
        "columns are used where they apply, --negatives where no sequence is labelled unbound",
    )
    output = add_output(parser)
    output.add_argument(
        "--out", type=Path, required=True, metavar="FILE.keras", help="the model to write"
    )
    output.add_argument(
        "--history",
        type=Path,
        metavar="FILE.csv",
        help="one line per epoch (default: next to the model, .history.csv)",
    )
    existing = output.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="resume a stopped training, or start a new one"
    )
    existing.add_argument(
        "--overwrite",
        action="store_true",
        help="replace an existing model, and discard a stopped training",
    )
    parser.set_defaults(run=run, also_writes=_also_writes)


def _also_writes(options: argparse.Namespace) -> dict[str, Path]:
    """What is written under a name that follows from ``--out``."""
    if not options.out.name:
        return {}  # a folder, which is refused anyway
    files = {"the state of the training, next to --out,": _unfinished(options) / STATE}
    if options.history is None:
        files["the history, next to --out,"] = _history_file(options)
    return files


def _history_file(options: argparse.Namespace) -> Path:
    return options.history or options.out.with_suffix(".history.csv")


def _unfinished(options: argparse.Namespace) -> Path:
    return options.out.with_suffix(".training")


def run(options: argparse.Namespace) -> int:
    """Train, write the model and its history, and evaluate; or report a finished model."""
    check_output(options.out, ".keras")
    history_file, unfinished = _history_file(options), _unfinished(options)
    check_output(history_file)
    _refuse_existing(options, history_file, unfinished)
    dataset = dataset_of(options.sequences, options)
    settings = {
        "epochs": options.epochs,
        "validation": _validation(options),
        "learning_rate": options.learning_rate,
        "batch_size": options.batch_size,
        "augment_reverse_complement": not options.one_strand,
        "patience": options.patience,
        "seed": options.seed,
        "precision": options.precision,
    }
    test = None if options.test is None else dataset_beside(options.test, options)
    from demo_widgets import evaluate, load_model, models, save_model
    from demo_widgets.models.evaluation import labelled_two_ways

    if test is not None:
        labelled_two_ways(test, "test")
    model = getattr(models, NETWORKS[options.network].builder)(seed=options.seed)
    finished_before = options.resume and options.out.exists() and not (unfinished / STATE).exists()
    if finished_before:
        trained = _finished_training(options.out, model, dataset, settings)
        scores = None if test is None else evaluate(load_model(options.out), test)
    else:
        history = _train(model, dataset, settings, unfinished, options)
        trained = history.summary()
        scores = None if test is None else evaluate(model, test)
        save_model(model, options.out, info=None if scores is None else {"test": scores})
        with replacing(history_file) as temporary:
            history.to_frame().to_csv(temporary)
        _forget(unfinished)
    facts = {
        "model": str(options.out),
        "finished_before": finished_before,
        "history": str(history_file),
        "epochs": trained["epochs_run"],
        "best_epoch": trained["best_epoch"],
        "validation_auroc": trained["validation_auroc"],
        "n_train": trained["n_train"],
        "n_validation": trained["n_validation"],
        "test": scores,
    }
    tell(options, _words(facts), facts)
    return 0


def _refuse_existing(options: argparse.Namespace, history_file: Path, unfinished: Path) -> None:
    """Refuse to replace a finished model or a stopped training without ``--overwrite``."""
    if options.overwrite:
        return
    if (unfinished / STATE).exists():
        if not options.resume:
            raise DemoWidgetsError(
                f"{unfinished} holds a stopped training; continue with --resume, or start "
                "again with --overwrite"
            )
    elif not (options.resume and options.out.exists()):
        for path in (options.out, history_file):
            if path.exists():
                raise DemoWidgetsError(
                    f"{path} exists already; replace it with --overwrite, or name another file"
                )


def _finished_training(
    out: Path, model: Any, dataset: Any, settings: dict[str, Any]
) -> dict[str, Any]:
    """Return how the model in ``out`` was trained, if its settings match the command line."""
    from demo_widgets.models import read_metadata
    from demo_widgets.models.training.preparation import prepare
    from demo_widgets.models.training.recipe import recipe_differences

    metadata = read_metadata(out)
    there = {"network": metadata.get("name"), **(metadata.get("training") or {})}
    now = {"network": model.name, **prepare(model, dataset, **settings).recipe}
    if "epochs_run" not in there:
        problem = "holds no record of how it was trained"
    elif differences := recipe_differences(there, now):
        problem = f"was trained with other settings ({differences})"
    else:
        return there
    raise DemoWidgetsError(f"{out} {problem}; replace it with --overwrite, or name another file")


def _train(
    model: Any, dataset: Any, settings: dict[str, Any], unfinished: Path, options: Any
) -> Any:
    """Train ``model`` or resume; the state after each epoch is kept in ``unfinished``."""
    from demo_widgets import models
    from demo_widgets.models.training.checkpoint import CheckpointError

    if options.overwrite:
        _forget(unfinished)
    try:
        return models.train(
            model,
            dataset,
            **settings,
            devices=options.devices,
            checkpoint=unfinished,
            progress=shows_progress(options),
        )
    except CheckpointError as error:
        raise DemoWidgetsError(
            f"{error.args[0]}; start again with --overwrite, or name another --out file"
        ) from error
    except KeyboardInterrupt:
        begun = (unfinished / STATE).exists()
        raise KeyboardInterrupt(how_to_resume(options) if begun else "") from None


def _forget(folder: Path) -> None:
    """Remove the state of a training, and its folder if nothing else is in it."""
    (folder / STATE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _validation(options: argparse.Namespace) -> Any:
    try:
        share = float(options.validation)
    except ValueError:
        return dataset_beside(Path(options.validation), options)
    if not 0 < share < 1:
        raise DemoWidgetsError(
            f"--validation: got {options.validation}, expected a share between 0 and 1, or a file "
            "of labelled sequences"
        )
    return share


def _words(facts: dict[str, Any]) -> str:
    training = (
        f"validation AUROC {facts['validation_auroc']:.4f} in epoch {facts['best_epoch']} of "
        f"{facts['epochs']} ({facts['n_train']:,} sequences, {facts['n_validation']:,} held out)"
    )
    if facts["finished_before"]:
        words = f"{facts['model']} was finished already; nothing was trained: {training}"
    else:
        words = f"Wrote {facts['model']}: {training}\nWrote {facts['history']}"
    if facts["test"] is not None:
        test = facts["test"]
        words += (
            f"\nTest: AUROC {test['auroc']:.4f}, AUPRC {test['auprc']:.4f}, "
            f"accuracy {test['accuracy']:.4f} on {test['n']:,} sequences"
        )
    return words
