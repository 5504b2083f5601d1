"""Run a sweep: hand out what is left to do, take what comes back, keep the tables current."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import DemoWidgetsError, SchedulerLost, warn
from demo_widgets.models.network_table import NETWORKS
from demo_widgets.sweep.cluster import (
    check_address,
    cluster_client,
    default_workers,
    require_dask,
    usable_cores,
)
from demo_widgets.sweep.jobs import Settings, TrainingJob
from demo_widgets.sweep.plan import Plan, plan_sweep
from demo_widgets.sweep.task import run_job
from demo_widgets.sweep.training_records import is_finished

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

__all__ = ["carry_out", "run_sweep"]


def run_sweep(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    networks: Sequence[str] = tuple(NETWORKS),
    seeds: Sequence[int] = (0,),
    epochs: int = 40,
    interpret: bool = True,
    release: str = "JASPAR2024",
    only: Sequence[str] = (),
    scheduler: str | None = None,
    workers: int | None = None,
    threads: int | None = None,
    retries: int = 2,
    retrain: bool = False,
    progress: bool = True,
) -> pd.DataFrame:
    """Train, score and interpret every network on every TF of a folder, on Dask.

    The experiment of Lanchantin et al. (PSB 2017): 108 TFs, three networks. Each training is
    one task. It leaves its files in ``out`` as soon as it is done, so a sweep that was stopped,
    by whatever, goes on where it was when it is started again with the same arguments, and a
    training that was cut off goes on from its last epoch.

    A script that calls this needs ``if __name__ == "__main__":`` around the call, as worker
    processes import the script.

    Parameters
    ----------
    folder
        Holds the TFs; see :func:`find_factors` for the layout.
    out
        Folder of the results: ``results.csv``, ``summary.csv``, ``index.html``, a page for each
        TF, and each training's model. Made if missing.
    networks
        Of ``"cnn"``, ``"rnn"`` and ``"cnn-rnn"``.
    seeds
        Each TF and network is trained with each of these.
    epochs
        Most epochs of a training.
    interpret
        Pull motifs out of each network (saliency) and look them up in JASPAR.
    release
        JASPAR release to look them up in.
    only
        Names or shell patterns of the TFs to take; all by default.
    scheduler
        Address of a Dask scheduler (``"tcp://host:8786"``) whose workers see ``folder`` and
        ``out`` under the same paths; ``None`` starts workers on this machine.
    workers
        Worker processes on this machine; default one a core.
    threads
        TensorFlow's threads in each worker; by default the cores of this machine are shared out
        among its workers, and one where there is a ``scheduler``.
    retries
        How often a training is tried again after an error that is not its own, and how many
        workers of this machine may die in the middle of it.
    retrain
        Replace results in ``out`` that were made with other settings or sequences; they are
        refused otherwise.
    progress
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        As ``results.csv``: a row for each training. ``auroc``, ``auprc`` and ``accuracy`` are of
        the test set as it is (one strand), those ending in ``_both_strands`` of the mean
        prediction over both strands; ``error`` says why a training failed.

    Raises
    ------
    DemoWidgetsError
        Dask is not installed, nothing usable is in ``folder`` or ``out``, or no scheduler
        answers.

    Warns
    -----
    DemoWidgetsWarning
        TFs that lack a half.

    Examples
    --------
    >>> results = run_sweep("deepmotif_k562", "sweep", seeds=(0, 1, 2))  # doctest: +SKIP
    >>> results.groupby("network")["auroc"].median()  # doctest: +SKIP
    """
    settings = Settings(networks, seeds, epochs, interpret, release)
    plan = plan_sweep(folder, out, settings, only=only)
    for message in plan.warnings:
        warn(message)
    return carry_out(
        plan,
        scheduler=scheduler,
        workers=workers,
        threads=threads,
        retries=retries,
        retrain=retrain,
        progress=progress,
    )


def carry_out(
    plan: Plan,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    threads: int | None = None,
    retries: int = 2,
    retrain: bool = False,
    dashboard: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Do what is left of ``plan``; see :func:`run_sweep`.

    ``dashboard`` is a port on this machine for Dask's own dashboard, where workers run here.
    """
    _check_numbers(workers=(workers, 1), threads=(threads, 1), retries=(retries, 0))
    require_dask()
    if scheduler is not None:
        check_address(scheduler)
    if plan.settings.interpret:
        from demo_widgets.motifs.jaspar import jaspar

        jaspar(plan.settings.release)  # an unknown release is told before hours of training
    plan.refuse_outdated(retrain=retrain)
    waiting = plan.waiting
    if workers is None:
        workers = default_workers(len(waiting))
    if threads is None:
        threads = 1 if scheduler else max(1, usable_cores() // workers)

    from demo_widgets.sweep.result_files import ResultFiles

    with ExitStack() as stack:
        if waiting:
            cluster = cluster_client(scheduler, workers, threads, retries, dashboard)
            client = stack.enter_context(cluster)
        # Nothing is written or deleted before somebody is there to do the work.
        plan = plan.begun(retrain=retrain)
        files = stack.enter_context(closing(ResultFiles(plan)))
        if waiting:
            outcomes = _outcomes(client, plan.waiting, threads, retries)
            stack.enter_context(closing(outcomes))
            for job, reason in _with_bar(outcomes, plan, progress):
                files.add(job, reason)
    return files.results


def _check_numbers(**numbers: tuple[int | None, int]) -> None:
    for argument, (value, least) in numbers.items():
        if value is not None and (not isinstance(value, int) or value < least):
            raise DemoWidgetsError(
                f"{argument}: got {value!r}, expected a whole number of at least {least}"
            )


def _outcomes(
    client: Client, jobs: list[TrainingJob], threads: int, retries: int
) -> Generator[tuple[TrainingJob, str], None, None]:
    """Each job when it ends, with why it failed or ``""``; what is left is cancelled at the end."""
    from distributed import as_completed

    futures = {
        client.submit(run_job, job, threads, key=job.key(), retries=retries, pure=False): job
        for job in jobs
    }
    try:
        for future in as_completed(list(futures), loop=client.loop):
            job = futures.pop(future)
            yield job, _reason(future, job)
    finally:
        if futures:
            client.cancel(list(futures))


def _reason(future: Any, job: TrainingJob) -> str:
    from distributed import KilledWorker

    if future.status == "finished":
        reason = future.result()
        if reason or is_finished(job):
            return reason
        return f"its worker wrote no files to {job.folder}; check that it sees the same folder"
    if future.status == "error":
        error = future.exception()
        if isinstance(error, KilledWorker):
            return "its workers died, probably out of memory; use fewer workers"
        return f"{type(error).__name__}: {error}"
    raise SchedulerLost("the Dask scheduler was lost; run the sweep again to resume")


def _with_bar(
    outcomes: Iterator[tuple[TrainingJob, str]], plan: Plan, progress: bool
) -> Iterator[tuple[TrainingJob, str]]:
    """The same outcomes, counted by a progress bar."""
    from tqdm.auto import tqdm

    done = len(plan.jobs) - len(plan.waiting)
    with tqdm(
        total=len(plan.jobs),
        initial=done,
        desc="sweep",
        unit="training",
        disable=not progress,
    ) as bar:
        for job, reason in outcomes:
            bar.set_postfix_str(f"{job.title}{': failed' if reason else ''}", refresh=False)
            bar.update()
            yield job, reason
