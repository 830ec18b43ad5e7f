"""uvicorn's HTTP protocol, which also lets a response take over its connection."""

from __future__ import annotations

from typing import Any, cast

from litestar.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.web.transport_sink import HIGH_WATER_BYTES, TransportSink

CONNECTION = "gateway.connection"
"""The ASGI extension with which our own server offers its connections."""


class Connection:
    """The connection of one request.

    Args:
        protocol: of the connection.
        cycle: the request and its response.
    """

    __slots__ = ("_cycle", "_protocol")

    def __init__(self, protocol: Protocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle

    def prepare(self) -> None:
        """Makes this response the last one of its connection. To be called before the response is started.

        So that requests behind it need not be kept: whoever sends `Connection: close` must not answer them
        (RFC 9112, 9.6). A client of HTTP/1.0 does not know the chunked transfer coding (6.1).
        """
        self._cycle.keep_alive = False
        if self._cycle.scope["http_version"] != "1.1":
            self._cycle.chunked_encoding = False

    def take_over(self) -> TransportSink:
        """A sink that writes what follows the head of the response. The request and all that read it are let go.

        To be called right after the response was started. The sink is gone where its client is.
        """
        cycle, protocol = self._cycle, self._protocol
        # uvicorn then takes a response for complete whose application has returned.
        cycle.response_complete = True
        cycle.scope["extensions"] = {}
        return protocol.hand_over(frames_chunks=bool(cycle.chunked_encoding))


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which offers a `Connection` with each request."""

    def on_headers_complete(self) -> None:
        """Starts the application in a task, which sees what is added here to the scope."""
        super().on_headers_complete()
        # uvicorn appends a body's trailers to the list that the application sees: a client could set by them what a
        # proxy before us sets or takes away (RFC 9110, 6.5.1).
        self.headers = []
        self.scope["extensions"] = {CONNECTION: Connection(self, self.cycle)}  # type: ignore[dict-item]

    def hand_over(self, *, frames_chunks: bool) -> TransportSink:
        """Leaves the connection to a sink."""
        transport, connections = self.transport, cast(set[object], self.connections)
        if transport.is_closing():
            return TransportSink(None, connections, frames_chunks=frames_chunks, paused=False)
        self.server_state.total_requests += 1
        # A request behind this one has stopped the reading, without which nobody sees the client leave.
        self.flow.resume_reading()
        sink = TransportSink(transport, connections, frames_chunks=frames_chunks, paused=self.flow.write_paused)
        transport.set_protocol(sink)
        transport.set_write_buffer_limits(HIGH_WATER_BYTES)
        self._let_go()
        return sink

    def _let_go(self) -> None:
        """Breaks the circles in which this and the request would stay until the garbage collector runs."""
        self.connections.discard(self)
        self.pipeline.clear()
        held: Any = self
        held.parser = held.cycle = held.scope = held.transport = held.flow = None


def offered_connection(scope: Scope) -> Connection | None:
    """The connection that the server offers with a request; None on a server that is not ours."""
    extensions: dict[str, Any] = scope.get("extensions") or {}
    connection = extensions.get(CONNECTION)
    return connection if isinstance(connection, Connection) else None
