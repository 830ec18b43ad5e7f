"""HTTP/2 on a bare connection: several streams on one, and what no HTTP library does to them."""

from __future__ import annotations

import asyncio
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset

from tests.support.sse import SseReader


class Http2Stream:
    """One stream: its response, as far as it has come."""

    def __init__(self) -> None:
        self.status = 0
        self.sse = SseReader()
        self.ended = self.reset = False


class Http2Client:
    """One connection, without TLS and without asking first (RFC 9113, 3.3)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = H2Connection(H2Configuration(client_side=True))
        self._streams: dict[int, Http2Stream] = {}
        self._protocol.initiate_connection()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def connect(cls, url: str) -> Self:
        """Connects to a gateway."""
        host, port = url.removeprefix("http://").split(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    def ask(self, path: str) -> Http2Stream:
        """Sends a request on a stream of its own."""
        number = self._protocol.get_next_available_stream_id()
        head = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "x")]
        self._protocol.send_headers(number, head, end_stream=True)
        stream = self._streams[number] = Http2Stream()
        self._send()
        return stream

    def reset(self, stream: Http2Stream) -> None:
        """Cancels a stream (RFC 9113, 8.1.1), as browsers do with an EventSource that is closed."""
        (number,) = [number for number, each in self._streams.items() if each is stream]
        self._protocol.reset_stream(number, ErrorCodes.CANCEL)
        self._send()

    async def close(self) -> None:
        """Goes away."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.transport.abort()

    def _send(self) -> None:
        self._writer.write(self._protocol.data_to_send())

    async def _read(self) -> None:
        self._send()
        while data := await self._reader.read(65_536):
            for event in self._protocol.receive_data(data):
                self._take(event)
            self._send()

    def _take(self, event: object) -> None:
        match event:
            case ResponseReceived():
                self._streams[event.stream_id].status = int(dict(event.headers)[b":status"])
            case DataReceived():
                self._protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self._streams[event.stream_id].sse.feed(event.data)
            case StreamEnded():
                self._streams[event.stream_id].ended = True
            case StreamReset():
                self._streams[event.stream_id].reset = True
