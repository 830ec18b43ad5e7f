"""A line of log for each request, once its response is over: that of a stream when the stream has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from litestar.types import ASGIApp, Receive, Send

logger = logging.getLogger("gateway.access")

_ENTRY = "gateway.access"
"""Where a request's scope holds its entry."""
_PRINTED_AS_THEY_ARE = "!$%&'()*+,/:;=@[]"
Sink = TypeVar("Sink")


class AccessLog:
    """ASGI middleware that logs requests.

    Args:
        app: answers them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        logger.setLevel(logging.INFO)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Has a request answered. The lifespan is let through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = scope[_ENTRY] = _Entry(scope)

        async def send_noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            if not entry.outlives:
                entry.write()


def logged_at_end(scope: Any, ended: Callable[[Sink], None]) -> Callable[[Sink], None]:
    """Has the line of a stream that goes on without the application written when it ends.

    Args:
        scope: of the request.
        ended: to be called when the stream has ended.

    Returns:
        What is to be called instead; `ended` itself where requests are not logged.
    """
    entry: _Entry | None = scope.get(_ENTRY)
    if entry is None:
        return ended
    entry.outlives = True

    def ended_and_logged(sink: Sink) -> None:
        ended(sink)
        entry.write()

    return ended_and_logged


class _Entry:
    """What is to be said of one request. Without the query, which may hold secrets."""

    __slots__ = ("_began", "_client", "_method", "_path", "outlives", "status")

    def __init__(self, scope: Any) -> None:
        self.status: int | None = None
        self.outlives = False
        """True where the response goes on when the application has returned."""
        client = scope.get("client")
        self._client = (client[0] if client else "") or "-"
        self._method = scope["method"]
        # Quoted, so that a path cannot write lines of its own.
        self._path = quote(scope.get("raw_path") or scope["path"], safe=_PRINTED_AS_THEY_ARE)
        self._began = time.monotonic()

    def write(self) -> None:
        """Writes the line; `-` stands for what is not known, the status of a client that left before it had one."""
        seconds = time.monotonic() - self._began
        logger.info('%s "%s %s" %s %.3f s', self._client, self._method, self._path, self.status or "-", seconds)
