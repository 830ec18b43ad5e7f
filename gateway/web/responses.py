"""The response of a stream: headers and first bytes at once, then whatever is written to its sink."""

from __future__ import annotations

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from gateway.headers import Headers
from gateway.streams.frames import connected_frame
from gateway.streams.position import Position
from gateway.web.access_log import logged_at_end
from gateway.web.open_streams import Attach, OpenStreams
from gateway.web.protocol import Connection, offered_connection
from gateway.web.sinks import AsgiSink

__all__ = ["HEADERS", "Attach", "EventStream", "Later"]

HEADERS = {
    # Any other content type makes EventSource give up for good (WHATWG HTML, 9.2.3).
    "content-type": "text/event-stream",
    # No cache may keep it, and no proxy may compress it, which would hold events back.
    "cache-control": "no-cache, no-transform",
    # Tells nginx not to collect it in a buffer (ngx_http_proxy_module, proxy_buffering).
    "x-accel-buffering": "no",
}


class EventStream(ASGIResponse):
    """A `text/event-stream` that lasts until its sink is closed or its client has gone.

    Args:
        attach: what writes into the sink.
        streams: counts it as open.
        resumed_at: the position the client came back with, where it has one.
        headers: more of them, which the backend gave.
    """

    _should_set_content_length = False

    def __init__(
        self, attach: Attach, streams: OpenStreams, resumed_at: Position | None, headers: Headers = ()
    ) -> None:
        super().__init__(headers=dict(headers) | HEADERS)
        self._attach = attach
        self._streams = streams
        self._resumed_at = resumed_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Starts the stream; returns when it is over, or at once where our own server goes on with it."""
        connection = offered_connection(scope)
        if connection is None:
            await self._serve(receive, send)
        else:
            await self._hand_over(connection, scope, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        await self.start_response(send)
        sink = AsgiSink(send)
        sink.write(self._first())
        self._streams.add(sink, self._attach)
        try:
            await sink.pump(receive)
        finally:
            self._streams.remove(sink)

    async def _hand_over(self, connection: Connection, scope: Scope, send: Send) -> None:
        connection.prepare()
        await self.start_response(send)
        sink = connection.take_over()
        sink.on_lost = ended = logged_at_end(scope, self._streams.remove)
        sink.write(self._first())
        self._streams.add(sink, self._attach)
        if sink.gone:
            ended(sink)

    def _first(self) -> bytes:
        return connected_frame(self._resumed_at) + self._streams.retry()


class Later(ASGIResponse):
    """A stream that ends at once and says when to come back.

    What a gateway that is going down answers: any status but 200 would make EventSource give up for good.
    """

    def __init__(self, streams: OpenStreams, resumed_at: Position | None) -> None:
        super().__init__(body=connected_frame(resumed_at) + streams.retry(), headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it, as the last response of its connection where HTTP's version has such a thing."""
        if scope["http_version"].startswith("1"):
            self.headers["connection"] = "close"
        await super().__call__(scope, receive, send)
