"""The programs behind the browser tests: a Chromium, and servers of this Python.

JupyterLab, Jupyter Notebook 7, and the page of ``demo-widgets serve``.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    # Nothing but the Lab server resolves: a page that needs the network fails here as it
    # would on a machine without one.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def find_chromium() -> Path | None:
    """Return the Chromium to drive: ``DEMO_WIDGETS_CHROMIUM``, else the first one installed.

    Raises
    ------
    FileNotFoundError
        ``DEMO_WIDGETS_CHROMIUM`` names no program.
    """
    chosen = os.environ.get("DEMO_WIDGETS_CHROMIUM")
    for name in [chosen] if chosen else CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    if chosen:
        raise FileNotFoundError(f"DEMO_WIDGETS_CHROMIUM={chosen!r} is not a program")
    return None


class Server:
    """A program of this Python that serves on 127.0.0.1, with folders of its own.

    The user's own Jupyter settings, kernels and workspaces are neither read nor written.

    Attributes
    ----------
    url : str
        Where it answers, without a slash at the end.
    """

    def __init__(self, folder: Path, arguments: list[str], cwd: Path) -> None:
        self.log = folder / "server.log"
        self.runtime = folder / "runtime"
        self.runtime.mkdir(parents=True)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
            "JUPYTER_PATH": str(folder / "path"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=cwd,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_hear_ctrl_c,
            )
        try:
            self.url = self._wait_until_up(timeout=240)
        except BaseException:
            self.stop()
            raise

    def _find_url(self) -> str:
        """Where the server says it is; an ``OSError`` or ``ValueError`` until it knows."""
        raise NotImplementedError

    def _wait_until_up(self, timeout: float) -> str:
        """Return the server's URL once it answers there."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return self._find_url()
            except (OSError, ValueError):
                time.sleep(0.1)
        log = self.log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"{type(self).__name__} did not come up within {timeout:.0f} s:\n{log}")

    def stop(self) -> None:
        """Stop the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class JupyterServer(Server):
    """What JupyterLab and Notebook 7 have in common: a Jupyter server with notebooks."""

    module = ""
    app = ""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.settings = folder / "settings"
        self.token = secrets.token_hex(16)
        for path in (self.root, self.settings):
            path.mkdir(parents=True)
        self.write_setting(
            "@jupyterlab/apputils-extension/notification",
            {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
        )
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": _free_port(),
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "ServerApp.root_dir": self.root,
            "ServerApp.terminals_enabled": False,
            "IdentityProvider.token": self.token,
            "LabApp.news_url": "",
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LabApp.extension_manager": "readonly",
            f"{self.app}.expose_app_in_browser": True,
            f"{self.app}.user_settings_dir": self.settings,
            f"{self.app}.workspaces_dir": folder / "workspaces",
        }
        arguments = [self.module, *(f"--{k}={v}" for k, v in options.items())]
        super().__init__(folder, arguments, cwd=self.root)

    def _find_url(self) -> str:
        info = self.runtime / f"jpserver-{self.process.pid}.json"
        url = json.loads(info.read_text())["url"].rstrip("/")
        urllib.request.urlopen(f"{url}/api", timeout=5).close()
        return url

    def notebook_url(self, notebook: str, *, whole: bool) -> str:
        """Address of a notebook (its path below the root folder), in a new workspace.

        ``whole`` asks for side bars and tabs too, where there are any.
        """
        raise NotImplementedError

    def write_setting(self, plugin: str, values: dict[str, Any]) -> None:
        """Set a user setting, read by every page opened from now on."""
        path = self.settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def shut_down_kernels(self, notebook: str) -> None:
        """Stop every kernel of one notebook (its path below the root folder)."""
        for session in json.loads(self._request("GET", "/api/sessions")):
            if session["path"] == notebook:
                self._request("DELETE", f"/api/sessions/{session['id']}")

    def _request(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()


class LabServer(JupyterServer):
    """JupyterLab."""

    module, app = "jupyterlab", "LabApp"

    def notebook_url(self, notebook: str, *, whole: bool) -> str:
        mode, workspace = "lab" if whole else "doc", secrets.token_hex(4)
        return f"{self.url}/{mode}/workspaces/{workspace}/tree/{notebook}?token={self.token}"


class NotebookServer(JupyterServer):
    """Jupyter Notebook 7."""

    module, app = "notebook", "JupyterNotebookApp"

    def notebook_url(self, notebook: str, *, whole: bool) -> str:
        return f"{self.url}/notebooks/{notebook}?token={self.token}"


class PageServer(Server):
    """``demo-widgets serve`` with these arguments.

    Its log holds what the server said; what its kernels did is in ``kernels.log``.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        kernel = folder / "path" / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        start = 'exec "$0" -m ipykernel_launcher -f "$1" 2>> "$2"'
        log = str(folder / "kernels.log")
        argv = ["sh", "-c", start, sys.executable, "{connection_file}", log]
        spec = {"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"}
        kernel.write_text(json.dumps(spec))
        command = ["demo_widgets", "serve", "--port", "0", "--no-browser", *arguments]
        super().__init__(folder, command, cwd=folder)

    def _find_url(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
        if not found:
            raise ValueError("no URL was printed yet")
        with socket.create_connection(found.group()[7:].split(":"), timeout=5):
            return found.group()

    def kernels(self) -> set[psutil.Process]:
        """The kernels of the visitors, one each; a kernel may end while this looks."""
        return {
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if "ipykernel_launcher" in " ".join(_command_of(child))
        }


def _command_of(process: psutil.Process) -> list[str]:
    """Command line of a process; empty when the process has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # ZombieProcess, ended and not yet reaped, is one of these
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _hear_ctrl_c() -> None:
    """Start a program as a terminal does; a background job of a shell would ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
