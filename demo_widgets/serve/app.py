"""Voila's application as this package runs it: one page, behind a gate, without local settings."""

from __future__ import annotations

import logging
import threading
import webbrowser
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.ioloop import IOLoop
from traitlets import Instance
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from demo_widgets.serve.gate import Gate
from demo_widgets.serve.handlers import (
    ChannelsHandler,
    KernelConnection,
    NotFound,
    PageHandler,
    guarded,
    with_nonce,
)
from demo_widgets.serve.visitors import VisitorKernels

__all__ = ["run"]

UNWANTED_EXTENSIONS = ["@jupyter-notebook/lab-extension"]
"""Extensions of JupyterLab that may be installed and fail in Voila."""
IDLE_SECONDS = 1800
"""A kernel whose visitor has gone is stopped after this long."""
MAX_MESSAGE_BYTES = 8 * 1024**2
"""Longest message of a page: a pasted sequence of eight million bases."""
MAX_BODY_BYTES = 64 * 1024
"""Longest body of a request; a page sends none but an empty one."""
BODY_SECONDS = 10
"""A body arrives within this time."""
IDLE_CONNECTION_SECONDS = 60
"""A connection that asks for nothing is closed after this long."""

SERVED: dict[type, type] = {
    TornadoVoilaHandler: PageHandler,
    VoilaKernelWebsocketHandler: ChannelsHandler,
    **{
        handler: guarded(handler)
        for handler in (
            KernelHandler,
            VoilaShutdownKernelHandler,
            TemplateStaticFileHandler,
            MultiStaticFileHandler,
            ThemesHandler,
            FileFindHandler,
        )
    },
}
"""What the page needs of Voila; its login pages, and files next to the notebook, are not served."""


class KernelEnded(logging.Filter):
    """Reports a kernel that ended while its page was loading in one line.

    Voila goes on to run the page's cell when the page was closed and its kernel ended with it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a report of this."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RuntimeError) and "kernel died" in str(error).lower():
            record.msg, record.args = "a kernel ended while its page was loading", None
            record.exc_info = record.exc_text = None
        return True


class PageServer(Voila):
    """Voila with one page and no other routes than that page needs."""

    gate = Instance(Gate)

    def init_settings(self) -> dict[str, Any]:
        """Return Tornado's settings."""
        return {
            **super().init_settings(),
            "gate": self.gate,
            "default_handler_class": NotFound,
            "websocket_max_message_size": MAX_MESSAGE_BYTES,
            # A page that closes asks to stop its kernel, but Voila gave it no token to ask with.
            # The gate refuses what other sites ask for.
            "disable_check_xsrf": True,
        }

    def init_handlers(self) -> list[Any]:
        """Return the routes that the page needs, each behind the gate."""
        routes = []
        for pattern, handler, *options in super().init_handlers():
            if handler is TornadoVoilaHandler:
                pattern = "/"  # Voila sends every other path on to its files
            elif handler is TemplateStaticFileHandler:
                pattern = r"/voila/templates/(demo-widgets/static/.+)"
            if handler in SERVED:
                routes.append((pattern, SERVED[handler], *options))
        return routes

    def listen(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        for log in (self.log, logging.getLogger("asyncio")):
            log.addFilter(KernelEnded())
        self.app.listen(
            self.port,
            self.ip,
            max_body_size=MAX_BODY_BYTES,
            body_timeout=BODY_SECONDS,
            idle_connection_timeout=IDLE_CONNECTION_SECONDS,
        )
        if self.open_browser:
            self.launch_browser()
        self.ioloop = IOLoop.current()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def launch_browser(self) -> None:
        """Open the page; by its address, since a page of this machine's files is another site."""
        threading.Thread(target=webbrowser.open, args=(self.display_url,), daemon=True).start()


def run(
    notebook: Path, gate: Gate, *, url: str, open_browser: bool, theme: str, max_visitors: int
) -> None:
    """Serve ``notebook`` until SIGINT or SIGTERM; the kernels are stopped on the way out."""
    options: dict[str, dict[str, Any]] = {
        "Voila": {
            "ip": gate.ip,
            "port": gate.port,
            "custom_display_url": url,
            "open_browser": open_browser,
            "notebook_path": str(notebook),
            "connection_dir_root": str(notebook.parent.parent),
            "config_file_paths": [],
            "kernel_websocket_connection_class": KernelConnection,
            "log_level": "ERROR",
        },
        "VoilaConfiguration": {
            "template": "demo-widgets",
            "theme": theme,
            "allow_template_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "multi_kernel_manager_class": VisitorKernels,
            "prelaunch_hook": with_nonce,
            "extension_denylist": UNWANTED_EXTENSIONS,
        },
        "VoilaExecutor": {"cell_error_instruction": "The server's log says why."},
        "MappingKernelManager": {
            "allow_tracebacks": False,
            "cull_idle_timeout": IDLE_SECONDS,
            "cull_interval": 60,
        },
        "VisitorKernels": {"max_visitors": max_visitors},
    }
    PageServer.launch_instance(argv=[], config=Config(options), gate=gate)
