"""A server that really runs, started where somebody has laid out bait, and what attacks it."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from websockets.sync.client import ClientConnection, connect

import demo_widgets
from tests.browser.server import PageServer

DEMO = Path(demo_widgets.__file__).parent / "assets" / "demo"
PROTOCOL = "v1.kernel.websocket.jupyter.org"
SOON = 120
"""Seconds that a loaded machine may take for what takes a moment."""
FULL = 2
"""Visitors of the server under attack."""
BAIT = "open({mark!r}, 'w').close()\n"


def wait_until(holds: Callable[[], bool], told: Callable[[], object] = lambda: None) -> None:
    """Return when ``holds()``; fail after ``SOON``."""
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)


class Answer:
    """A response that was read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def kernel(self) -> str:
        """Kernel of the page."""
        return re.search(r'"kernelId": ?"([^"]+)"', self.text).group(1)


class Target:
    """A running server: requests as an attacker or a page sends them, and what it costs."""

    def __init__(self, server: PageServer) -> None:
        self.server = server
        self.host = urlsplit(server.url).netloc
        self.process = psutil.Process(server.process.pid)

    @property
    def port(self) -> int:
        return int(self.host.rpartition(":")[2])

    def request(
        self, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        """Send a request; ``Sec_Fetch_Site=...`` is the header with hyphens."""
        connection = http.client.HTTPConnection(self.host, timeout=SOON)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=named)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def connect(self, kernel: str, **options) -> ClientConnection:
        """Open a websocket to a kernel, as the page does it."""
        options.setdefault("subprotocols", [PROTOCOL])
        return connect(
            f"ws://{self.host}/api/kernels/{kernel}/channels",
            open_timeout=SOON,
            close_timeout=1,
            ping_interval=None,
            max_size=None,
            **options,
        )

    def close_page(self, kernel: str) -> None:
        """Say goodbye as the page does it."""
        answer = self.request(f"/voila/api/shutdown/{kernel}", "POST", Origin=f"http://{self.host}")
        assert answer.status == 204

    @contextmanager
    def page(self) -> Iterator[str]:
        """A page, by the identity of its kernel."""
        answer = self.request()
        assert answer.status == 200, answer.text
        try:
            yield answer.kernel
        finally:
            self.close_page(answer.kernel)
            wait_until(lambda: not self.server.kernels(), self.server.kernels)

    def still_answers(self) -> bool:
        """Whether the server answers a simple question."""
        return self.request("/nothing").status == 404

    def memory(self) -> int:
        """Bytes that the server itself takes."""
        return self.process.memory_info().rss


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> list[str]:
    """Arguments of ``serve`` for one model on three sequences."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "models").mkdir()
    shutil.copy(DEMO / "rnn.keras", folder / "models" / "RNN.keras")
    (folder / "three.fa").write_text(">a\nACGTTGCA\n>b\nGATAAGAT\n>c\nTTTTTTTT\n")
    return ["--models", str(folder / "models"), "--sequences", str(folder / "three.fa")]


@pytest.fixture(scope="session")
def baited(tmp_path_factory) -> Path:
    """A folder to start in with settings that open every door, and code that leaves a mark."""
    folder = tmp_path_factory.mktemp("start")
    opened = json.dumps(
        {
            "VoilaConfiguration": {
                "file_allowlist": [".*"],
                "file_denylist": [],
                "show_tracebacks": True,
                "allow_template_override": "YES",
                "template": "lab",
            },
            "Voila": {"root_dir": str(folder)},
        }
    )
    for place in (folder, folder / "config", folder / "ipython" / "profile_default" / "startup"):
        place.mkdir(parents=True, exist_ok=True)
        for name in ("voila", "jupyter_config", "jupyter_server_config", "ipython_kernel_config"):
            mark = str(folder / f"pwned by {name}.py of {place.name}")
            (place / f"{name}.py").write_text(BAIT.format(mark=mark))
            (place / f"{name}.json").write_text(opened)
    (folder / "secret.png").write_bytes(b"secret")
    (folder / "secret.txt").write_bytes(b"secret")
    return folder


@pytest.fixture(scope="session")
def own_tmp(tmp_path_factory) -> Iterator[Path]:
    """The folder for temporary files of the servers of these tests."""
    folder = tmp_path_factory.mktemp("tmp")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def target(baited, own_tmp, files) -> Iterator[Target]:
    """The server under attack."""
    server = PageServer(baited, *files, "--max-visitors", str(FULL))
    yield Target(server)
    server.stop()
