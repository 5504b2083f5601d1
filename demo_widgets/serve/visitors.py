"""The kernels of the visitors: one a page, so many and no more, and none without its page."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import IOLoop
from tornado.web import Finish
from traitlets import Int

__all__ = ["Visit", "VisitorKernels"]

RELOAD_SECONDS = 3.0
"""So long a page waits for a place: a reload asks for its new page before the old one leaves."""
AWAY_SECONDS = 60.0
"""A page that was not connected for this long gives its place to the next one."""
LOADING_SECONDS = 120.0
"""A page that was sent connects within this time, or its kernel ends."""

VISIT: ContextVar[Visit] = ContextVar("VISIT")
"""The visit that the request at hand belongs to."""


class Visit:
    """One page that was asked for: its kernel, and whether somebody is there.

    Attributes
    ----------
    kernel_id : str or None
        The page's kernel, once it runs.
    sockets : set
        Its open websockets.
    left : bool
        The page was closed before it was complete.
    away_since : float or None
        When the last websocket closed, or the page was sent; None while it is loading or
        connected.
    """

    def __init__(self) -> None:
        self.kernel_id: str | None = None
        self.sockets: set[object] = set()
        self.left = False
        self.away_since: float | None = None


class VisitorKernels(AsyncMappingKernelManager):
    """Starts a kernel for each page while there is a place for it."""

    max_visitors = Int(help="Pages at one time.", config=True)

    def __init__(self, **kwargs: Any) -> None:
        self._visits: list[Visit] = []
        super().__init__(**kwargs)

    async def enter(self) -> Visit | None:
        """Take a place for a page; None when all are taken."""
        for _ in range(round(RELOAD_SECONDS / 0.1)):
            if len(self._visits) < self.max_visitors:
                visit = Visit()
                self._visits.append(visit)
                return visit
            if not await self._end_one_away():
                await asyncio.sleep(0.1)
        return None

    async def _end_one_away(self) -> bool:
        """End the kernel whose page has been away for longest, if for long enough."""
        now = IOLoop.current().time()
        away = [(now - v.away_since, v) for v in self._visits if v.away_since is not None]
        if not away:
            return False
        seconds, visit = max(away, key=lambda pair: pair[0])
        if seconds < AWAY_SECONDS:
            return False
        await self.end(visit)
        return True

    async def end(self, visit: Visit) -> None:
        """Give the place back, and end the kernel if there is one."""
        if visit in self._visits:
            self._visits.remove(visit)
            if visit.kernel_id is not None and visit.kernel_id in self:
                await self.shutdown_kernel(visit.kernel_id, now=True)

    async def leave(self, visit: Visit) -> None:
        """Notice that a page was closed before it was complete."""
        visit.left = True
        if (
            visit.kernel_id is not None
        ):  # a kernel that is starting keeps its place until it can end
            await self.end(visit)

    def sent(self, visit: Visit) -> None:
        """Notice that the whole page was sent; it connects soon, or is gone."""
        if not visit.sockets:
            visit.away_since = IOLoop.current().time()
            IOLoop.current().call_later(LOADING_SECONDS, self._end_unless_seen, visit)

    async def _end_unless_seen(self, visit: Visit) -> None:
        if visit in self._visits and visit.away_since is not None:
            await self.end(visit)

    def connected(self, kernel_id: str, socket: object) -> None:
        """Notice a websocket of a page."""
        for visit in self._of(kernel_id):
            visit.sockets.add(socket)
            visit.away_since = None

    def disconnected(self, kernel_id: str, socket: object) -> None:
        """Notice that a websocket of a page has closed."""
        for visit in self._of(kernel_id):
            visit.sockets.discard(socket)
            if not visit.sockets:
                visit.away_since = IOLoop.current().time()

    def sockets(self, kernel_id: str) -> int:
        """Return how many websockets a kernel has."""
        return sum(len(visit.sockets) for visit in self._of(kernel_id))

    def _of(self, kernel_id: str) -> list[Visit]:
        return [visit for visit in self._visits if visit.kernel_id == kernel_id]

    def _forget(self, kernel_id: str) -> None:
        self._visits = [visit for visit in self._visits if visit.kernel_id != kernel_id]

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start the kernel of the request at hand; end it at once when its page is gone."""
        visit = VISIT.get()
        visit.kernel_id = await super().start_kernel(**kwargs)
        if visit.left:
            await self.end(visit)
            raise Finish
        return visit.kernel_id

    async def shutdown_kernel(self, kernel_id: str, **kwargs: Any) -> None:  # type: ignore[override]
        """End a kernel; its place is free from now on."""
        self._forget(kernel_id)
        await super().shutdown_kernel(kernel_id, **kwargs)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended, by itself too."""
        self._forget(kernel_id)
        return super().remove_kernel(kernel_id)
