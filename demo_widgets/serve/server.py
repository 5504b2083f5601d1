"""Serve a :class:`DashboardPage` with Voila, with a separate kernel for each visitor."""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.serve.page import DashboardPage, Summary

__all__ = ["serve"]

TEMPLATE = Path(__file__).resolve().parent.parent / "assets" / "voila"
UNWANTED_EXTENSIONS = ("@jupyter-notebook/lab-extension",)
"""JupyterLab extensions that fail in Voila."""
IDLE_SECONDS = 1800
"""Time after which the kernel of a closed page is stopped."""


def serve(
    page: DashboardPage,
    *,
    ip: str = "127.0.0.1",
    port: int = 8866,
    open_browser: bool = True,
    theme: str = "light",
) -> None:
    """Serve ``page`` until interrupted, then stop its kernels.

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

    Raises
    ------
    DemoWidgetsError
        Voila is missing, the port is in use, or the page cannot be shown.
    """
    _require_voila()
    port = _checked_port(ip, port)
    page.model_files()
    summary = _checked_in_own_process(page)
    for remark in summary.remarks:
        print(f"demo-widgets: warning: {remark}", file=sys.stderr)
    if not _is_this_machine(ip):
        print(f"demo-widgets: warning: {_who_can_see(ip, port)}", file=sys.stderr)
    with _folder(page, summary.title) as folder:
        print(
            f"Serving {', '.join(summary.models)} on {summary.n_sequences:,} sequences of "
            f"{summary.title} at {_url(ip, port)} (Ctrl-C stops)",
            flush=True,
        )
        _run_voila(folder / "page" / "dashboard.ipynb", ip, port, open_browser, theme)


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


def _is_this_machine(ip: str) -> bool:
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return ip == "localhost"


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

    The notebook is the same for every page: paths are data in a file, not code.
    """
    import nbformat

    with tempfile.TemporaryDirectory(prefix="demo-widgets-") as name:
        folder = Path(name)
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
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), before]))
        try:
            yield folder
        finally:
            if before is None:
                del os.environ["JUPYTER_PATH"]
            else:
                os.environ["JUPYTER_PATH"] = before


def _run_voila(notebook: Path, ip: str, port: int, open_browser: bool, theme: str) -> None:
    """Run Voila in this process until SIGINT or SIGTERM, then stop its kernels."""
    from voila.app import Voila

    options = {
        "Voila.ip": ip,
        "Voila.port": port,
        "Voila.port_retries": 0,
        "Voila.open_browser": open_browser,
        "Voila.log_level": "ERROR",
        # A closing page sends a request to stop its kernel, but Voila gives it no token. Such
        # requests need a kernel's id, which only its own page knows.
        "Voila.tornado_settings": "disable_check_xsrf=True",
        "VoilaConfiguration.template": "demo-widgets",
        "VoilaConfiguration.theme": theme,
        "VoilaConfiguration.strip_sources": True,
        "MappingKernelManager.cull_idle_timeout": IDLE_SECONDS,
        "MappingKernelManager.cull_interval": 60,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    arguments += [f"--VoilaConfiguration.extension_denylist={name}" for name in UNWANTED_EXTENSIONS]
    Voila.launch_instance(argv=[*arguments, str(notebook)])
