"""Serve a :class:`DashboardPage` with Voila, with a separate kernel for each visitor."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import demo_widgets
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.serve.folder import own_folder
from demo_widgets.serve.gate import Gate, is_this_machine
from demo_widgets.serve.page import DashboardPage, Summary

__all__ = ["serve"]

TEMPLATE = Path(__file__).resolve().parent.parent / "assets" / "voila"


def serve(
    page: DashboardPage,
    *,
    ip: str = "127.0.0.1",
    port: int = 8866,
    open_browser: bool = True,
    theme: str = "light",
    allow_hosts: Sequence[str] = (),
    max_visitors: int = 8,
) -> None:
    """Serve ``page`` until interrupted, then stop its kernels.

    Settings of Voila and Jupyter in the folder where this starts, or among the user's own, are
    not read.

    Parameters
    ----------
    page
        The page.
    ip
        Address to listen on; a warning is given unless it is local to this machine.
    port
        Port to listen on; 0 picks a free one.
    open_browser
        Open the page in this machine's browser.
    theme
        ``"light"`` or ``"dark"``.
    allow_hosts
        Names by which browsers may ask for the page, in addition to the address it listens on and
        the names of this machine: ``"lab.example.org"``, or ``"localhost:9000"`` for a tunnel.
    max_visitors
        Pages at one time; the next visitor gets a page that says so. Each has its own Python
        process, which takes 0.3 to 0.6 GB: eight fit a machine of 8 GB.

    Raises
    ------
    DemoWidgetsError
        Voila is missing, the port is in use, a name in ``allow_hosts`` is none, or the page cannot
        be shown. Nothing is served then.
    """
    if max_visitors < 1:
        raise DemoWidgetsError(f"max_visitors is {max_visitors}; expected 1 or more")
    with _without_start_folder():
        _require_voila()
        port = _checked_port(ip, port)
        gate = Gate(ip, port, tuple(allow_hosts))
        page.model_files()
        summary = _checked_in_own_process(page)
        for remark in summary.remarks:
            print(f"demo-widgets: warning: {remark}", file=sys.stderr)
        if not is_this_machine(ip):
            print(f"demo-widgets: warning: {_who_can_see(ip, port)}", file=sys.stderr)
        with _folder(page, summary.title) as folder:
            print(
                f"Serving {', '.join(summary.models)} on {summary.n_sequences:,} sequences of "
                f"{summary.title} at {_url(ip, port)} (Ctrl-C stops)",
                flush=True,
            )
            notebook = folder / "page" / "dashboard.ipynb"
            _run_voila(notebook, ip, port, open_browser, theme, gate, max_visitors)


@contextmanager
def _without_start_folder() -> Iterator[None]:
    """Import nothing from the folder where this starts, which ``python -m`` puts first.

    A ``voila.py`` there would be run in place of Voila.
    """
    before = list(sys.path)
    here = os.getcwd()
    if Path(demo_widgets.__file__).resolve().parent.parent == Path(here).resolve():
        yield  # the package itself is run from its folder
        return
    if sys.path and sys.path[0] in ("", here):
        del sys.path[0]
    try:
        with _environment(PYTHONSAFEPATH="1"):
            yield
    finally:
        sys.path[:] = before


@contextmanager
def _environment(**values: str | None) -> Iterator[None]:
    """Set these environment variables for a while; None leaves one out."""
    before = {name: os.environ.get(name) for name in values}
    _set_environment(values)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _require_voila() -> None:
    try:
        import voila.app  # noqa: F401
    except ImportError as error:
        raise DemoWidgetsError(
            "Voila is not installed; install it with: pip install voila"
        ) from error


def _checked_port(ip: str, port: int) -> int:
    """Return a port that is free at this time."""
    try:
        family, *_, address = socket.getaddrinfo(ip, None, type=socket.SOCK_STREAM)[0]
        with socket.create_server((address[0], port), family=family) as probe:
            return probe.getsockname()[1]
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DemoWidgetsError(
            f"cannot listen on {ip} port {port}: {reason}; choose another with --port or --ip"
        ) from error


def _checked_in_own_process(page: DashboardPage) -> Summary:
    """Check the page in a subprocess, so that TensorFlow's memory is released afterwards."""
    spawn = multiprocessing.get_context("spawn")
    ignored = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(
        1, mp_context=spawn, initializer=signal.signal, initargs=ignored
    ) as pool:
        try:
            return pool.submit(page.check).result()
        except BrokenProcessPool as error:
            raise DemoWidgetsError(
                "the process that loaded the models was killed, probably out of memory"
            ) from error


def _who_can_see(ip: str, port: int) -> str:
    return (
        f"listening on {ip}: everyone who can reach port {port} of this machine can open the "
        "page, without a password or encryption, and sees the sequences and predictions. "
        "Visitors run no code of their own, but each visit starts a Python process with the "
        "models"
    )


def _url(ip: str, port: int) -> str:
    host = socket.gethostname() if ip in ("", "0.0.0.0", "::") else ip
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def _folder(page: DashboardPage, title: str) -> Iterator[Path]:
    """Return a folder with the notebook, and the page's template where Voila finds it.

    The notebook is the same for every page: paths are data in a file, never code. Settings of
    Jupyter and IPython are looked for here alone.
    """
    import nbformat

    with own_folder() as folder:
        (folder / "page").mkdir()
        page.save(folder / "page" / "page.json")
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(
                    "from demo_widgets.serve.page import show\n\nshow('page.json')"
                )
            ],
            metadata={
                # A file name may contain bytes that are not text.
                "title": f"Deep Motif Dashboard: {title}".encode(errors="replace").decode(),
                "kernelspec": {
                    "name": "python3",
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                },
            },
        )
        nbformat.write(notebook, folder / "page" / "dashboard.ipynb")
        shutil.copytree(TEMPLATE, folder / "voila" / "templates" / "demo-widgets")
        with _environment(
            JUPYTER_PATH=os.pathsep.join(
                filter(None, [str(folder), os.environ.get("JUPYTER_PATH")])
            ),
            JUPYTER_CONFIG_DIR=str(folder / "config"),
            JUPYTER_CONFIG_PATH=None,
            IPYTHONDIR=str(folder / "ipython"),
        ):
            yield folder


def _run_voila(
    notebook: Path, ip: str, port: int, open_browser: bool, theme: str, gate: Gate, visitors: int
) -> None:
    """Run Voila in this process until SIGINT or SIGTERM; it stops its kernels on the way out."""
    from demo_widgets.serve import app

    app.run(
        notebook,
        gate,
        url=_url(ip, port),
        open_browser=open_browser,
        theme=theme,
        max_visitors=visitors,
    )
