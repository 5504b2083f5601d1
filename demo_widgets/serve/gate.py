"""Which requests the server answers: those of its own page, sent to a name that it has."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from demo_widgets.errors import DemoWidgetsError

__all__ = ["Gate", "Refusal", "is_this_machine"]

KERNEL_PROTOCOL = "v1.kernel.websocket.jupyter.org"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
EVERY_ADDRESS = ("", "0.0.0.0", "::")


class Request(Protocol):
    """What the gate reads of Tornado's ``HTTPServerRequest``."""

    path: str
    headers: Any


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered.

    Attributes
    ----------
    status : int
        HTTP status.
    reason : str
        One sentence for the visitor.
    may_come_in : bool
        A link of the server's own page would be answered: the refusal offers one.
    """

    status: int
    reason: str
    may_come_in: bool = False


@dataclass(frozen=True)
class Gate:
    """The names of the server, and the rules for requests.

    The server has no password, so a browser must not be made to use it for somebody else: a page
    whose name was pointed at this machine (DNS rebinding) sends its own name as ``Host``; a page
    of another site that includes or calls the server says so in ``Origin``, ``Sec-Fetch-Site`` or
    ``Referer``. Programs that are no browsers send none of these three and are answered.

    Parameters
    ----------
    ip
        Address that the server listens on.
    port
        Port that the server listens on.
    allow_hosts
        More names, as ``lab.example.org`` (with the server's port, or with none, behind a proxy)
        or ``lab.example.org:8080`` (exactly this port).

    Raises
    ------
    DemoWidgetsError
        A name is not a host name.
    """

    ip: str
    port: int
    allow_hosts: tuple[str, ...] = ()
    _names: frozenset[tuple[str, int | None]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names: set[tuple[str, int | None]] = {
            (name, self.port) for name in (*THIS_MACHINE, *_listening_names(self.ip))
        }
        for given in self.allow_hosts:
            parts = _host_and_port(given)
            if parts is None:
                raise DemoWidgetsError(
                    f"allow_hosts holds {given!r}; expected the name of a host, with a port or "
                    "without, such as lab.example.org or lab.example.org:8080"
                )
            host, port = parts
            names |= {(host, port)} if port else {(host, self.port), (host, None)}
        object.__setattr__(self, "_names", frozenset(names))

    def refusal(self, request: Request) -> Refusal | None:
        """Return why ``request`` is not answered, or None."""
        hosts = request.headers.get_list("Host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return Refusal(
                403,
                f"This server does not answer to the name {', '.join(hosts) or '(none)'}. "
                "Whoever runs it can allow a name with --allow-host.",
            )
        if self._is_foreign(request.headers):
            return Refusal(
                403,
                "Another site asked for this page. Open it by its own address, or with the link "
                "below.",
                may_come_in=True,
            )
        if request.path.endswith("/channels") and not _is_kernel_websocket(request.headers):
            return Refusal(400, f"Expected a websocket with the subprotocol {KERNEL_PROTOCOL}.")
        return None

    def _is_own(self, authority: str) -> bool:
        """Whether ``authority``, host and port, is one of the server's names."""
        parts = _host_and_port(authority)
        if parts is None:
            return False
        host, port = parts
        if {(host, port), (host, port or 80)} & self._names:
            return True
        # No name can be pointed at an address, and a server that listens on all of its machine's
        # addresses is asked for by any of them.
        return self.ip in EVERY_ADDRESS and port == self.port and _is_address(host)

    def _is_foreign(self, headers: Mapping[str, str]) -> bool:
        """Whether a page of another origin sent the request."""
        origin = headers.get("Origin") or headers.get("Sec-Websocket-Origin")
        if origin is not None:
            return not self._is_own_url(origin)
        site = headers.get("Sec-Fetch-Site")
        if site is not None:
            return site not in ("same-origin", "none")
        # Browsers send no Sec-Fetch-Site to http:// addresses other than this machine's.
        referer = headers.get("Referer")
        if referer is not None:
            return not self._is_own_url(referer)
        accepted = headers.get("Accept")  # a picture or style sheet accepts no page
        return accepted is not None and not ("text/html" in accepted or accepted == "*/*")

    def _is_own_url(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and self._is_own(parts.netloc)


def is_this_machine(ip: str) -> bool:
    """Return whether only this machine reaches a server that listens on ``ip``."""
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return ip == "localhost"


def _listening_names(ip: str) -> tuple[str, ...]:
    """Names of the address that the server listens on; for all addresses, the machine's name."""
    name = socket.gethostname() if ip in EVERY_ADDRESS else ip
    parts = _host_and_port(f"[{name}]" if ":" in name else name)
    return () if parts is None else (parts[0],)


def _host_and_port(authority: str) -> tuple[str, int | None] | None:
    """Split ``name:port``; None when it is anything else."""
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.netloc != authority or "@" in authority or "*" in authority:
        return None
    try:
        host = str(ipaddress.ip_address(host))
    except ValueError:
        pass
    return host, port


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_kernel_websocket(headers: Mapping[str, str]) -> bool:
    """Whether the request opens a websocket in the one protocol that Voila reads safely.

    It reads binary messages of the older protocol as if they were of this one, and then makes a
    list of as many numbers as the first bytes happen to say.
    """
    protocols = headers.get("Sec-WebSocket-Protocol", "").split(",")
    return headers.get("Upgrade", "").lower() == "websocket" and KERNEL_PROTOCOL in (
        protocol.strip() for protocol in protocols
    )
