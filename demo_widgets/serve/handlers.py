"""How requests are answered: Voila's handlers behind the gate, with a page for every refusal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
from html import escape
from http.client import responses
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import IOLoop
from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.web import HTTPError, RequestHandler, authenticated
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from demo_widgets.serve.gate import Gate, Refusal
from demo_widgets.serve.messages import Allowance, is_message
from demo_widgets.serve.visitors import VISIT, Visit, VisitorKernels

__all__ = [
    "ChannelsHandler",
    "KernelConnection",
    "NotFound",
    "PageHandler",
    "guarded",
    "with_nonce",
]

THEMES = ("light", "dark")
MAX_UNREAD_BYTES = 64 * 1024**2
"""What a page may leave unread of what its kernel sent, before its websocket is closed."""
BURST_BYTES = 16 * 1024**2
BYTES_PER_SECOND = 256 * 1024
"""What a page may send: a slider or a brush sends some 10 kB a second."""
MAX_SOCKETS = 4
"""Websockets of one page: it has one, and for a moment two when it connects anew."""

HEARTBEAT = "window.voila_heartbeat()"
"""The one script that Voila writes into a page past the template, on slow pages."""
HEARTBEAT_HASH = base64.b64encode(hashlib.sha256(HEARTBEAT.encode()).digest()).decode()
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would take the Origin from the page's own requests too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def security_policy(nonce: str) -> str:
    """Return the Content-Security-Policy of every answer.

    Scripts are those of Voila and its extensions, and the template's own, which bear the nonce;
    anywidget imports its modules as blobs. Widgets set styles by attribute.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: 'nonce-{nonce}' 'sha256-{HEARTBEAT_HASH}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class Refused(HTTPError):
    """A refusal with its own sentence for the visitor."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, printable(refusal.reason).replace("%", "%%"))
        self.refusal = refusal


class Guarded(RequestHandler):
    """What every handler does first: the gate, the headers, and errors as one plain sentence."""

    @property
    def nonce(self) -> str:
        """What marks the scripts of this answer's template."""
        if not hasattr(self, "_nonce"):
            self._nonce = secrets.token_urlsafe(16)
        return self._nonce

    def set_default_headers(self) -> None:
        """Set the headers that keep the page to itself."""
        super().set_default_headers()
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", security_policy(self.nonce))

    async def prepare(self) -> None:
        """Refuse what the gate refuses."""
        gate: Gate = self.settings["gate"]
        refusal = gate.refusal(self.request)
        if refusal is not None:
            raise Refused(refusal)
        prepared = super().prepare()
        if prepared is not None:
            await prepared

    def check_origin(self, origin: str = "") -> bool:
        """Leave the check to the gate, which knows the server's other names too."""
        return True

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write a page of one sentence; what happened is in the log."""
        if isinstance(self, APIHandler):
            super().write_error(status_code, **kwargs)
            return
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, Refused):
            refusal = error.refusal
        else:
            refusal = Refusal(status_code, f"{responses.get(status_code, 'Unknown error')}.")
        link = '<p><a href="/">Open the dashboard</a></p>' if refusal.may_come_in else ""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f"<title>Deep Motif Dashboard</title></head>"
            f'<body><p role="alert">{escape(refusal.reason)}</p>{link}</body></html>\n'
        )


def guarded(handler: type[RequestHandler]) -> type[RequestHandler]:
    """Return ``handler`` behind the gate."""
    return (
        handler if issubclass(handler, Guarded) else type(handler.__name__, (Guarded, handler), {})
    )


class NotFound(Guarded):
    """Everything that is not part of the page."""

    async def prepare(self) -> None:
        """Refuse, by the gate or because there is nothing."""
        await super().prepare()
        raise HTTPError(404)


class PageHandler(Guarded, TornadoVoilaHandler):
    """Sends the page; each starts a kernel, while there is a place for one more visitor."""

    kernel_manager: VisitorKernels
    visit: Visit | None = None

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page."""
        self._check_arguments()
        self.visit = await self.kernel_manager.enter()
        if self.visit is None:
            raise Refused(
                Refusal(
                    503,
                    f"All {self.kernel_manager.max_visitors} places are taken: each open page "
                    "runs a Python process with the models. Try again when another visitor has "
                    "left; whoever runs the server can admit more with --max-visitors.",
                    may_come_in=True,
                )
            )
        VISIT.set(self.visit)
        sent = False
        try:
            async for html in self.get_generator(path=path):
                self.write(html)
                await self.flush()
            sent = not self.visit.left
        except StreamClosedError:
            pass
        finally:
            if sent:
                self.kernel_manager.sent(self.visit)
            else:
                await self.kernel_manager.end(self.visit)

    def on_connection_close(self) -> None:
        """End the kernel of a page that is closed while it loads."""
        super().on_connection_close()
        if self.visit is not None:
            IOLoop.current().add_callback(self.kernel_manager.leave, self.visit)

    def _check_arguments(self) -> None:
        if set(self.get_arguments("theme")) - set(THEMES):
            raise Refused(Refusal(400, f"The theme is one of {' and '.join(THEMES)}."))
        if self.get_arguments("template"):
            raise Refused(Refusal(400, "The template of this page cannot be chosen."))


def with_nonce(handler: PageHandler, notebook: Any, cwd: str) -> None:
    """Tell the template the nonce of its scripts (Voila's ``prelaunch_hook``)."""
    notebook.metadata["nonce"] = handler.nonce


class ChannelsHandler(Guarded, VoilaKernelWebsocketHandler):
    """The websocket between a page and its kernel."""

    kernel_manager: VisitorKernels

    async def prepare(self) -> None:
        """Refuse what the gate refuses, and more websockets than a page has."""
        await super().prepare()
        if self.kernel_manager.sockets(self.path_kwargs["kernel_id"]) >= MAX_SOCKETS:
            raise Refused(Refusal(429, "This page is connected already."))

    async def open(self, kernel_id: str) -> None:
        """Connect the page with its kernel."""
        self.allowance = Allowance(BURST_BYTES, BYTES_PER_SECOND)
        self.kernel_manager.connected(kernel_id, self)
        if self.ws_connection is not None:
            self.ws_connection.stream.max_write_buffer_size = MAX_UNREAD_BYTES
        await super().open(kernel_id)

    async def on_message(self, ws_message: str | bytes) -> None:
        """Pass a message of the page on, in its time; Tornado reads the next one after that."""
        if not is_message(ws_message):
            self.log.error("a page sent what is no kernel message; its connection is closed")
            self.close(1003)
            return
        await asyncio.sleep(self.allowance.take(len(ws_message)))
        if self.connection is not None:
            super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Send a message of the kernel; a page that reads none of them is let go."""
        try:
            return super().write_message(message, binary)
        except StreamBufferFullError:
            self.log.error("a page does not read what its kernel sends; its connection is closed")
            self.close()

    def on_close(self) -> None:
        """Notice that the page is gone, for now at least."""
        self.kernel_manager.disconnected(self.path_kwargs["kernel_id"], self)
        super().on_close()


class KernelConnection(ZMQChannelsWebsocketConnection):
    """Passes a kernel's messages on; errors and printed text go to the server's log instead."""

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message of the kernel on to its page, or keep it here."""
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1])["msg_type"]
        if kind == "error":
            content = self.session.unpack(parts[4])
            self.log.error("in a visitor's kernel: %s", printable("\n".join(content["traceback"])))
        elif kind == "stream":
            self.log.warning(
                "in a visitor's kernel: %s", printable(self.session.unpack(parts[4])["text"])
            )
        else:
            super().handle_outgoing_message(stream, outgoing_msg)


def printable(text: str) -> str:
    """Return ``text`` without colours and control characters, for the log."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in plain
    )
