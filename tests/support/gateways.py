"""A gateway on the real HTTP server, and clients that read its streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from gateway.app import Gateway, assemble
from gateway.config import Settings
from tests.support.published import DOCUMENT, Heard, document_of
from tests.support.servers import Serve, Serving, our_own
from tests.support.sse import SseReader
from tests.support.waiting import until

QUICK: dict[str, dict[str, Any]] = {
    # Most backends here have no reflection; while the gateway asks, a path that it does not know is not final.
    "contract": {"reflection": "off"},
    "upstream": {"first_backoff_seconds": 0.02, "longest_backoff_seconds": 0.1},
    "stream": {"linger_seconds": 5, "settle_seconds": 1.0},
}


serve: Serve = our_own
"""What gateways run on; tests put others here."""


class Client:
    """One client of one stream: reads until it is closed, and checks every event.

    Args:
        response: a stream.
        document: what its gateway serves as its OpenAPI 3.2 document; asked for where it is not given.
        connection: closed with it; where none is given the response's own is enough.
    """

    def __init__(
        self, response: httpx.Response, document: bytes = b"", connection: httpx.AsyncClient | None = None
    ) -> None:
        self.response = response
        self._connection = connection
        self.raw = b""
        self.sse = SseReader()
        self._document = document
        self.ended = False
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        url = self.response.request.url
        document = self._document or await asyncio.to_thread(document_of, url.netloc.decode())
        self.sse.hear = Heard(document, url.path)
        async for chunk in self.response.aiter_raw():
            self.raw += chunk
            self.sse.feed(chunk)
        self.ended = True

    async def until_names(self, *names: str) -> None:
        """Waits until exactly these events have arrived."""
        await until(lambda: len(self.sse.names) >= len(names))
        assert self.sse.names == list(names)

    async def until_events(self, count: int) -> list[Any]:
        """Waits for so many events; gives their payloads."""
        await until(lambda: len(self.sse.events) >= count)
        return [event.payload for event in self.sse.events]

    async def close(self) -> None:
        """Goes away.

        Raises:
            UndocumentedEvent: it was sent an event that is not as documented.
        """
        self._reading.cancel()
        (problem,) = await asyncio.gather(self._reading, return_exceptions=True)
        await self.response.aclose()
        if self._connection is not None:
            await self._connection.aclose()
        if problem and not isinstance(problem, asyncio.CancelledError | httpx.TransportError):
            raise problem
        if isinstance(self.sse.hear, Heard):
            self.sse.hear.verify()


class RunningGateway:
    """A gateway that listens, with its clients."""

    def __init__(self, gateway: Gateway, serving: Serving) -> None:
        self.gateway = gateway
        self.server = serving.server
        self.url = serving.url
        self._http2 = serving.http2
        self.http = self.connection()
        self._clients: list[Client] = []
        self._document = b""

    async def open(self, path: str, headers: dict[str, str] | None = None) -> Client:
        """A client of a stream."""
        document = await self.document()
        # Closing a response of HTTP/1.1 closes its connection; with HTTP/2, httpx would tell the server nothing.
        connection = self.connection() if self._http2 else None
        http = connection or self.http
        response = await http.send(http.build_request("GET", path, headers=headers), stream=True)
        assert response.status_code == 200, (response.status_code, await response.aread())
        client = Client(response, document, connection)
        self._clients.append(client)
        return client

    def connection(self) -> httpx.AsyncClient:
        """A client with connections of its own; to be closed by whoever asks for it."""
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.url, timeout=30, limits=limits, http1=not self._http2, http2=self._http2)

    async def document(self) -> bytes:
        """The OpenAPI 3.2 document, asked for once."""
        if not self._document:
            self._document = (await self.http.get(DOCUMENT)).raise_for_status().content
        return self._document

    def reread(self) -> None:
        """Has the contract read again."""
        self.forget_document()
        self.gateway.reread()

    def forget_document(self) -> None:
        """Clients that come from now on are held against the document of then."""
        self._document = b""

    async def close(self) -> None:
        """Closes every client.

        Raises:
            UndocumentedEvent: a client was sent an event that is not as documented.
        """
        closed = await asyncio.gather(*(client.close() for client in self._clients), return_exceptions=True)
        await self.http.aclose()
        for problem in filter(None, closed):
            raise problem


@asynccontextmanager
async def running_gateway(*upstream: str, **sections: dict[str, Any]) -> AsyncIterator[RunningGateway]:
    """A gateway on a free port, in front of backends; `sections` are settings."""
    merged: dict[str, dict[str, Any]] = {name: dict(values) for name, values in QUICK.items()}
    for name, values in sections.items():
        merged.setdefault(name, {}).update(values)
    merged["upstream"]["addresses"] = upstream
    gateway = assemble(msgspec.convert(merged, Settings))
    async with serve(gateway) as serving:
        running = RunningGateway(gateway, serving)
        try:
            yield running
        finally:
            await running.close()
