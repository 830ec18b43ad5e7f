"""The HTTP servers that a gateway runs on in tests: our own, and others that serve its ASGI application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

from gateway.app import Gateway
from gateway.web.listeners import listen
from gateway.web.server import Server
from tests.support.waiting import until


@dataclass(frozen=True)
class Serving:
    """A gateway that listens."""

    url: str
    """Or the file of its Unix socket."""
    server: Server | None = None
    """Our own, where it is that."""
    http2: bool = False
    """True where clients speak HTTP/2 with it, without TLS and without asking first."""


Serve = Callable[[Gateway], AbstractAsyncContextManager[Serving]]
"""Serves a gateway for as long as the context lasts."""


@asynccontextmanager
async def our_own(
    gateway: Gateway,
    listener: socket.socket | None = None,
    certificate: str = "",
    private_key: str = "",
    access_log: bool = False,
) -> AsyncIterator[Serving]:
    """Uvicorn, whose connections streams take over."""
    listener = listener or listen("127.0.0.1", 0)
    server = Server(gateway.app, gateway.streams.end, certificate, private_key, access_log)
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    await until(lambda: server.started or running.done())
    try:
        name = listener.getsockname()
        yield Serving(name if isinstance(name, str) else f"http://127.0.0.1:{name[1]}", server)
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def asgi_only(gateway: Gateway) -> AsyncIterator[Serving]:
    """Our own server, with no more than ASGI offers."""
    with patch("gateway.web.responses.offered_connection", return_value=None):
        async with our_own(gateway) as serving:
            yield serving


@asynccontextmanager
async def hypercorn(gateway: Gateway) -> AsyncIterator[Serving]:
    """Hypercorn, with HTTP/2."""
    from hypercorn.asyncio import serve  # noqa: PLC0415 - other test runs do without
    from hypercorn.config import Config  # noqa: PLC0415

    config, stop = Config(), asyncio.Event()
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 1.0
    running = asyncio.ensure_future(serve(gateway.app, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
    try:
        yield Serving(f"http://127.0.0.1:{port}", http2=True)
    finally:
        stop.set()
        await running


@asynccontextmanager
async def granian(gateway: Gateway) -> AsyncIterator[Serving]:
    """Granian, with HTTP/2."""
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - other test runs do without
    from granian.server.embed import Server as Granian  # noqa: PLC0415

    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    server = Granian(
        gateway.app, port=port, interface=Interfaces.ASGI, http=HTTPModes.http2, websockets=False, log_enabled=False
    )
    running = asyncio.ensure_future(server.serve())
    await _listening(port)
    try:
        yield Serving(f"http://127.0.0.1:{port}", http2=True)
    finally:
        server.stop()
        await running


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
