"""Every result of a dashboard so far: kept, and computed where it is missing."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from demo_widgets.dashboard.engine.computations import (
    Cache,
    Request,
    can_go_together,
    compute,
    compute_together,
    implied,
    takes_cancel,
)
from demo_widgets.errors import Cancelled, DemoWidgetsError

__all__ = ["Results"]


class Results:
    """Results of requests to models, or the errors they ended in; threads may share it.

    Parameters
    ----------
    models
        Name -> class score, as the requests name them.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models
        self._cache = Cache()

    def known(self, request: Request) -> Any | None:
        """The cached result, or error, of a request; None where it would have to be computed."""
        return self._cache.get(request)

    def keep(self, request: Request, result: Any) -> None:
        """Cache a result, or an error, and what it holds besides."""
        for other, same in {request: result, **implied(request, result)}.items():
            self._cache.put(other, same)

    def compute(self, request: Request, **running: Any) -> Any:
        """Compute a request in this thread; keep and return its result, or its error.

        An error that the input does not explain (memory, say) is not kept: it may not come again.
        ``running`` goes to the computation: ``on_progress`` and ``cancel``, where it takes them.

        Raises
        ------
        Cancelled
            ``cancel`` was set; nothing is kept.
        """
        try:
            result = compute(request, self._models, **running)
        except Cancelled:
            raise
        except DemoWidgetsError as error:
            result = error
        except Exception as error:
            return error
        self.keep(request, result)
        return result

    def all_of(self, requests: Sequence[Request], cancel: threading.Event | None = None) -> dict:
        """Result, or error, of each request, computed in this thread where it is not known.

        Raises
        ------
        Cancelled
            ``cancel`` was set.
        """
        found = {}
        for request in requests:
            running = {"cancel": cancel} if cancel is not None and takes_cancel(request) else {}
            known = self.known(request)
            found[request] = self.compute(request, **running) if known is None else known
        return found

    def compute_ahead(
        self, requests: Sequence[Request], cancel: threading.Event | None = None
    ) -> None:
        """Cache the results of many sequences with one call for all of a model, where one can.

        Only as many as the cache can hold are worth asking for at a time. What fails is left
        to be computed, and to fail in words, when it is asked for by itself.

        Raises
        ------
        Cancelled
            ``cancel`` was set; what was computed by then is kept.
        """
        groups: dict[tuple, list[Request]] = {}
        for request in requests:
            if can_go_together(request) and self._cache.get(request) is None:
                alike = (request.kind, request.model, request.options, len(request.sequence))
                groups.setdefault(alike, []).append(request)
        for group in groups.values():
            if cancel is not None and cancel.is_set():
                raise Cancelled("computing was cancelled")
            try:
                results = compute_together(group, self._models, cancel)
            except Cancelled:
                raise
            except Exception:
                continue
            for request, result in zip(group, results, strict=True):
                self.keep(request, result)
