"""The response of a stream: headers and first bytes at once, then whatever is written to its sink."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from gateway.streams.frames import connected_frame
from gateway.streams.position import Position
from gateway.streams.sink import Sink
from gateway.web.open_streams import OpenStreams
from gateway.web.sinks import AsgiSink

HEADERS = {
    # Any other content type makes EventSource give up for good (WHATWG HTML, 9.2.3).
    "content-type": "text/event-stream",
    # No cache may keep it, and no proxy may compress it, which would hold events back.
    "cache-control": "no-cache, no-transform",
    # Tells nginx not to collect it in a buffer (ngx_http_proxy_module, proxy_buffering).
    "x-accel-buffering": "no",
}
CONNECTION = "gateway.connection"
"""The ASGI extension with which our own server offers the connection's transport."""

Attach = Callable[[Sink], AbstractContextManager[None]]
"""Lets something write into a sink for as long as the context lasts."""


class EventStream(ASGIResponse):
    """A `text/event-stream` that lasts until its sink is closed or its client has gone.

    Args:
        attach: what writes into the sink.
        streams: counts it as open.
        resumed_at: the position the client came back with, where it has one.
    """

    _should_set_content_length = False

    def __init__(self, attach: Attach, streams: OpenStreams, resumed_at: Position | None) -> None:
        super().__init__(headers=HEADERS)
        self._attach = attach
        self._streams = streams
        self._resumed_at = resumed_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the stream; returns when it is over."""
        await self.start_response(send)
        sink = AsgiSink(send)
        sink.write(connected_frame(self._resumed_at) + self._streams.retry())
        with self._streams.holding(sink, _abort(scope)), self._attach(sink):
            await sink.pump(receive)


class Later(ASGIResponse):
    """A stream that ends at once and says when to come back.

    What a gateway that is going down answers: any status but 200 would make EventSource give up for good.
    """

    def __init__(self, streams: OpenStreams, resumed_at: Position | None) -> None:
        body = connected_frame(resumed_at) + streams.retry()
        super().__init__(body=body, headers={**HEADERS, "connection": "close"})


def _abort(scope: Scope) -> Callable[[], None]:
    extensions: dict[str, Any] = scope.get("extensions") or {}
    connection = extensions.get(CONNECTION)
    return connection.abort if connection else _nothing


def _nothing() -> None:
    """What can be done to a connection that the server does not offer."""
