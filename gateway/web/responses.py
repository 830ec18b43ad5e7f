"""The response of a stream: headers and first bytes at once, then whatever is written to its sink."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from gateway.streams.frames import CONNECTED, retry_frame
from gateway.streams.sink import Sink
from gateway.web.sinks import AsgiSink

HEADERS = {
    # Any other content type makes EventSource give up for good (WHATWG HTML, 9.2.3).
    "content-type": "text/event-stream",
    # No cache may keep it, and no proxy may compress it, which would hold events back.
    "cache-control": "no-cache, no-transform",
    # Tells nginx not to collect it in a buffer (ngx_http_proxy_module, proxy_buffering).
    "x-accel-buffering": "no",
}


class OpenStreams:
    """The streams that are open now, so that all can be ended when the gateway goes down."""

    def __init__(self) -> None:
        self.stopping = False
        """True once no new stream may open."""
        self._sinks: set[Sink] = set()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._sinks)

    @contextmanager
    def holding(self, sink: Sink) -> Iterator[None]:
        """Counts a stream as open for as long as the context lasts."""
        self._sinks.add(sink)
        try:
            yield
        finally:
            self._sinks.discard(sink)

    async def end(self) -> None:
        """Ends every stream after what was written to it."""
        self.stopping = True
        for sink in tuple(self._sinks):
            sink.close()


Attach = Callable[[Sink], AbstractContextManager[None]]
"""Lets something write into a sink for as long as the context lasts."""


class EventStream(ASGIResponse):
    """A `text/event-stream` that lasts until its sink is closed or its client has gone.

    Args:
        attach: what writes into the sink.
        streams: counts it as open.
        retry_milliseconds: what the client is told to wait before it connects again, before jitter.
    """

    _should_set_content_length = False

    def __init__(self, attach: Attach, streams: OpenStreams, retry_milliseconds: int) -> None:
        super().__init__(headers=HEADERS)
        self._attach = attach
        self._streams = streams
        self._retry_milliseconds = retry_milliseconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the stream; returns when it is over."""
        await self.start_response(send)
        sink = AsgiSink(send)
        sink.write(CONNECTED + retry_frame(_jittered(self._retry_milliseconds)))
        with self._streams.holding(sink), self._attach(sink):
            await sink.pump(receive)


def _jittered(milliseconds: int) -> int:
    # Spread, so that clients which lost the same gateway do not come back in the same moment.
    return int(milliseconds * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
