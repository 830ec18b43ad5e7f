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
from gateway.web.server import Server, listen
from tests.support.sse import SseReader
from tests.support.waiting import until

QUICK = {
    "upstream": {"first_backoff_seconds": 0.02, "longest_backoff_seconds": 0.1},
    "stream": {"linger_seconds": 5, "settle_seconds": 1.0},
}


class Client:
    """One client of one stream: reads until it is closed."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.raw = b""
        self.sse = SseReader()
        self.ended = False
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
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
        """Goes away."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self.response.aclose()


class RunningGateway:
    """A gateway that listens, with its clients."""

    def __init__(self, gateway: Gateway, url: str) -> None:
        self.gateway = gateway
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(max_connections=None))
        self._clients: list[Client] = []

    async def open(self, path: str, headers: dict[str, str] | None = None) -> Client:
        """A client of a stream."""
        response = await self.http.send(self.http.build_request("GET", path, headers=headers), stream=True)
        assert response.status_code == 200, (response.status_code, await response.aread())
        client = Client(response)
        self._clients.append(client)
        return client

    async def close(self) -> None:
        """Closes every client."""
        for client in self._clients:
            await client.close()
        await self.http.aclose()


@asynccontextmanager
async def running_gateway(*upstream: str, **sections: dict[str, Any]) -> AsyncIterator[RunningGateway]:
    """A gateway on a free port, in front of backends; `sections` are settings."""
    merged: dict[str, dict[str, Any]] = {name: dict(values) for name, values in QUICK.items()}
    for name, values in sections.items():
        merged.setdefault(name, {}).update(values)
    merged["upstream"]["addresses"] = upstream
    gateway = assemble(msgspec.convert(merged, Settings))
    listener = listen("127.0.0.1", 0)
    server = Server(gateway.app, gateway.streams.end)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    await until(lambda: server.started or serving.done())
    running = RunningGateway(gateway, f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        yield running
    finally:
        await running.close()
        server.should_exit = True
        await serving
