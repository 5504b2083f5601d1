"""The task of a worker: train, score and interpret one network, and write its files."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import Cancelled, DemoWidgetsError, DemoWidgetsWarning
from demo_widgets.models.network_table import NETWORKS
from demo_widgets.sweep.factors import file_fingerprint
from demo_widgets.sweep.jobs import TrainingJob
from demo_widgets.sweep.training_records import (
    INTERPRETATION,
    MODEL,
    TRAINING,
    read_interpretation,
    read_record,
    read_training,
    write_record,
)

if TYPE_CHECKING:
    from demo_widgets.sequences import SequenceDataset

__all__ = ["run_job"]

_ONE_AT_A_TIME = threading.Lock()
"""Held while a job runs: seeded weights use process-wide generators."""

_MAX_ROC_POINTS = 300


def run_job(job: TrainingJob, threads: int) -> str:
    """Do the missing parts of ``job``; return the reason of a failure, or ``""``.

    Failures that a retry cannot fix (a bad file, a diverging training) are returned. Others are
    raised, so that the scheduler retries; so is :class:`~..errors.Cancelled`, at the end of an
    epoch, if the sweep was interrupted.

    Parameters
    ----------
    job
        The training.
    threads
        TensorFlow threads, if this process has not started it yet.
    """
    with _ONE_AT_A_TIME:
        try:
            _stop_if_cancelled(job)
            _check_folder(job)
            sets = _datasets(job)
            from demo_widgets.models.training.devices import limit_threads

            limit_threads(threads)
            if read_training(job) is None:
                _train(job, *sets)
            _stop_if_cancelled(job)
            if job.interpret and read_interpretation(job) is None:
                _interpret(job, sets[1])
        except Cancelled:
            raise
        except DemoWidgetsError as error:
            return str(error)
        return ""


def _stop_if_cancelled(job: TrainingJob) -> None:
    """Raise :class:`Cancelled` if the client has cancelled the job or was lost.

    Dask cannot end a running task; its worker only records the cancellation.
    """
    from distributed import get_worker

    try:
        task = get_worker().state.tasks.get(job.key())
    except ValueError:  # not run by a worker
        return
    if task is not None and task.state == "cancelled":
        raise Cancelled(f"{job.title}: the sweep was interrupted")


def _check_folder(job: TrainingJob) -> None:
    marker = read_record(Path(job.out) / "sweep.json")
    if marker is None or marker.get("id") != job.sweep:
        raise DemoWidgetsError(
            f"the worker on {socket.gethostname()} cannot see the sweep's folder {job.out}; all "
            f"workers need the folders of the sequences and of the results under the same paths"
        )


def _train(
    job: TrainingJob, training: SequenceDataset, test: SequenceDataset, messages: Sequence[str]
) -> None:
    """Train, score, and write the model, then its record."""
    from demo_widgets import models
    from demo_widgets.models.evaluation import labelled_two_ways

    labelled_two_ways(test, "test set")  # before the training, which takes long
    model = getattr(models, NETWORKS[job.network].builder)(seed=job.seed)
    unfinished = job.folder / "unfinished"
    _forget_other(job, unfinished)
    history = models.train(
        model,
        training,
        epochs=job.epochs,
        seed=job.seed,
        checkpoint=unfinished,
        progress=False,
        on_epoch=lambda row: _stop_if_cancelled(job),
    )
    scores = {
        "one_strand": models.evaluate(model, test),
        "both_strands": models.evaluate(model, test, reverse_complement=True),
    }
    info = {"tf": job.factor, "test": scores}
    models.save_model(model, job.folder / MODEL, info=info)
    write_record(
        job.folder / TRAINING,
        job.recipe(),
        {
            "tf": job.factor,
            "scores": scores,
            "roc": _roc(model, test),
            "epochs": list(history.epochs),
            "best_epoch": history.best_epoch,
            "weights_sha256": models.read_metadata(job.folder / MODEL)["weights_sha256"],
            "versions": models.read_metadata(job.folder / MODEL)["versions"],
            "seconds": sum(epoch["seconds"] for epoch in history.epochs),
            "worker": f"{socket.gethostname()}:{os.getpid()}",
            "n_train": len(training),
            "messages": list(messages),
        },
    )
    shutil.rmtree(unfinished, ignore_errors=True)


def _forget_other(job: TrainingJob, unfinished: Path) -> None:
    """Delete the checkpoint of another recipe, and record the recipe of the next one."""
    marker = unfinished / "recipe.json"
    record = read_record(marker)
    if record is None or record["recipe"] != job.recipe():
        shutil.rmtree(unfinished, ignore_errors=True)
        write_record(marker, job.recipe(), {})


def _interpret(job: TrainingJob, test: SequenceDataset) -> None:
    from demo_widgets.models import load_model
    from demo_widgets.sweep.findings import findings_of

    found = findings_of(load_model(job.folder / MODEL), test, job.release, job.seed)
    write_record(job.folder / INTERPRETATION, job.interpretation_recipe(), found)


def _datasets(job: TrainingJob) -> tuple[SequenceDataset, SequenceDataset, tuple[str, ...]]:
    """Return training and test set, and the readers' warnings."""
    return _read(job.train, job.test, job.bound_only, job.train_sha256, job.test_sha256)


@lru_cache(maxsize=1)
def _read(
    train: str, test: str, bound_only: bool, *fingerprints: str
) -> tuple[SequenceDataset, SequenceDataset, tuple[str, ...]]:
    """Read the sets of one TF; cached for the next job, which often has the same TF."""
    from demo_widgets.sequences import read_sequences

    for path, fingerprint in zip((train, test), fingerprints, strict=True):
        try:
            found = file_fingerprint(path)
        except OSError as error:
            raise DemoWidgetsError(
                f"the worker on {socket.gethostname()} cannot read {path}: "
                f"{error.strerror or error}"
            ) from error
        if found != fingerprint:
            raise DemoWidgetsError(
                f"{path} on {socket.gethostname()} has changed since the sweep started; start the "
                "sweep again"
            )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DemoWidgetsWarning)
        negatives = "dinucleotide" if bound_only else None
        sets = read_sequences(train, negatives=negatives, seed=0), read_sequences(test)
    return *sets, tuple(str(w.message) for w in caught if w.category is DemoWidgetsWarning)


def _roc(model: Any, test: SequenceDataset) -> dict[str, list[float]]:
    """Return points of the ROC curve of one strand, at most ``_MAX_ROC_POINTS``."""
    import numpy as np
    from sklearn.metrics import roc_curve

    from demo_widgets.models import predict

    false, true, _ = roc_curve(test.labels, predict(model, test))
    kept = np.unique(np.linspace(0, len(false) - 1, _MAX_ROC_POINTS).round().astype(int))
    return {
        "false_positive_rate": false[kept].round(5).tolist(),
        "true_positive_rate": true[kept].round(5).tolist(),
    }
