"""The Dask cluster of a sweep: a local one, or an existing one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import DemoWidgetsError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["check_address", "cluster_client", "default_workers", "require_dask", "usable_cores"]

_CONNECT_SECONDS = 20
_FIRST_WORKER_SECONDS = 120
_LOOPBACK = "127.0.0.1"
_HOST_AND_PORT = ("tcp", "tls", "ws", "wss")
"""Protocols whose addresses are a host and a port."""


def require_dask() -> None:
    """Raise an error if Dask is not installed.

    Raises
    ------
    DemoWidgetsError
        The message includes the command that installs it.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise DemoWidgetsError(
            "a sweep runs on Dask, which is not installed; install it with: "
            "pip install dask distributed"
        ) from error


def check_address(scheduler: str) -> None:
    """Refuse an invalid scheduler address before anything is written.

    Dask also reports this, but waits 40 s first.

    Raises
    ------
    DemoWidgetsError
        The protocol is unknown, or host or port is missing.
    """
    from distributed.comm.addressing import get_address_host_port, parse_address
    from distributed.comm.registry import get_backend

    try:
        protocol, _ = parse_address(scheduler)
        get_backend(protocol)
        if protocol in _HOST_AND_PORT:
            get_address_host_port(scheduler)
    except ValueError as error:
        raise DemoWidgetsError(
            f"scheduler: {scheduler!r} is not an address ({error}); expected one such as "
            "tcp://10.0.0.5:8786"
        ) from error


@contextmanager
def cluster_client(
    scheduler: str | None, workers: int, threads: int, retries: int, dashboard: int | None
) -> Iterator[Client]:
    """Yield a client of the scheduler at ``scheduler``, or of a cluster on this machine.

    The local cluster listens only on 127.0.0.1, and ends with the block.

    Parameters
    ----------
    scheduler
        Address such as ``"tcp://host:8786"``; ``None`` starts ``workers`` processes here.
    workers, threads
        Worker processes, and threads of each, of the local cluster.
    retries
        Number of workers that may die during one training before it counts as failed.
    dashboard
        Port for Dask's own dashboard on this machine; ``None`` for none.

    Raises
    ------
    DemoWidgetsError
        The scheduler cannot be reached, or has no worker.
    """
    if scheduler is None:
        with _local_cluster(workers, threads, retries, dashboard) as client:
            yield client
    else:
        with _connected(scheduler) as client:
            yield client


@contextmanager
def _local_cluster(
    workers: int, threads: int, retries: int, dashboard: int | None
) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    numbers = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NUMBA_NUM_THREADS")
    settings: dict[str, Any] = {"distributed.scheduler.allowed-failures": retries}
    if dashboard is None:  # the health-check port cannot be disabled; it serves nothing
        settings |= {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            processes=True,
            threads_per_worker=1,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:{dashboard or 0}",
            scheduler_kwargs={"dashboard": dashboard is not None},
            worker_dashboard_address=None,
            # Dask must not kill workers for TensorFlow's memory.
            memory_limit=0,
            env=dict.fromkeys(numbers, str(threads)),
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DemoWidgetsError(
            f"cannot reach a Dask scheduler at {scheduler!r} ({error}); start one with 'dask "
            f"scheduler' and workers with 'dask worker {scheduler}', or leave the scheduler out "
            "to run on this machine"
        ) from error
    with _without_tracebacks(), client:
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER_SECONDS)
        except TimeoutError as error:
            raise DemoWidgetsError(
                f"the Dask scheduler at {scheduler} has no worker after {_FIRST_WORKER_SECONDS} s; "
                f"start some with: dask worker {scheduler} --nthreads 1"
            ) from error
        yield client


@contextmanager
def _without_tracebacks() -> Iterator[None]:
    """Suppress Dask's tracebacks about a lost scheduler, which the sweep reports in one line."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def default_workers(jobs: int) -> int:
    """Return one worker for every core of this process, at most one per job."""
    return max(1, min(jobs, usable_cores()))


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
