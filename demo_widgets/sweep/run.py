"""Run a sweep: submit the remaining trainings, collect results, and update the tables."""

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

    The experiment of Lanchantin et al. (PSB 2017): 108 TFs, three networks. Each training is one
    task, which writes its files to ``out`` when it is done. A sweep that was stopped for any reason
    resumes when it is started again with the same arguments, and an interrupted training resumes
    from its last epoch.

    A script that calls this needs ``if __name__ == "__main__":`` around the call, as worker
    processes import the script.

    Parameters
    ----------
    folder
        Folder of the TFs; see :func:`find_factors` for the layout.
    out
        Folder of the results: ``results.csv``, ``summary.csv``, ``index.html``, a page for each
        TF, and each training's model. Created if missing.
    networks
        Any of ``"cnn"``, ``"rnn"`` and ``"cnn-rnn"``.
    seeds
        Each TF and network is trained with each of these.
    epochs
        Most epochs of a training.
    interpret
        Extract motifs from each network (saliency) and match them to JASPAR.
    release
        JASPAR release to match them to.
    only
        Names or shell patterns of the TFs to use; all by default.
    scheduler
        Address of a Dask scheduler (``"tcp://host:8786"``) whose workers see ``folder`` and
        ``out`` under the same paths; ``None`` starts workers on this machine.
    workers
        Worker processes on this machine; default one per core.
    threads
        TensorFlow's threads in each worker; by default the cores of this machine divided by its
        workers, or one with a ``scheduler``.
    retries
        Number of retries after a machine error, and of workers of this machine that may die during
        a training.
    retrain
        Replace results in ``out`` that were made with other settings or sequences, which are an
        error otherwise.
    progress
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        As ``results.csv``: a row for each training. ``auroc``, ``auprc`` and ``accuracy`` are of
        the test set as it is (one strand), those ending in ``_both_strands`` of the mean
        prediction over both strands; ``error`` is the reason of a failure.

    Raises
    ------
    DemoWidgetsError
        Dask is not installed, ``folder`` or ``out`` is not usable, or the scheduler cannot be
        reached.

    Warns
    -----
    DemoWidgetsWarning
        TFs without a training or test file.

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
    """Run the remaining trainings of ``plan``; see :func:`run_sweep`.

    ``dashboard`` is a port on this machine for Dask's own dashboard, where workers run here.
    """
    _check_numbers(workers=(workers, 1), threads=(threads, 1), retries=(retries, 0))
    require_dask()
    if scheduler is not None:
        check_address(scheduler)
    if plan.settings.interpret:
        from demo_widgets.motifs.jaspar import jaspar

        jaspar(plan.settings.release)  # reports an unknown release before hours of training
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
        # Nothing is written or deleted before the cluster has started.
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
    """Yield each job when it ends, with its error or ``""``; cancel remaining jobs at the end."""
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
    """Yield the same outcomes with a progress bar."""
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
