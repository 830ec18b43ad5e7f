"""Clients of streams of a gateway that is a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.gateways import Client
from tests.support.processes import Program
from tests.support.published import document_of
from tests.support.waiting import until


@asynccontextmanager
async def connection(server: Program) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of a gateway."""
    async with httpx.AsyncClient(base_url=f"http://{server.address}", timeout=30, trust_env=False) as http:
        yield http


@asynccontextmanager
async def stream(server: Program, path: str, body: Any = None) -> AsyncIterator[Client]:
    """A client of a stream, asked for by GET or, with a body, by POST; every event is held against the document."""
    document = await asyncio.to_thread(document_of, server.address)
    async with connection(server) as http:
        method = "GET" if body is None else "POST"
        response = await http.send(http.build_request(method, path, json=body), stream=True)
        assert response.status_code == 200, (response.status_code, await response.aread())
        assert response.headers["content-type"] == "text/event-stream", response.headers
        client = Client(response, document)
        try:
            yield client
        finally:
            await client.close()


async def served(server: Program, path: str) -> None:
    """Waits until the gateway has a route with this path."""
    async with connection(server) as http:

        async def known() -> bool:
            return path in (await http.get("/schema/openapi-3.2.json")).json()["paths"]

        async with asyncio.timeout(30):
            while not await known():  # noqa: ASYNC110 - a gateway tells nobody when it has read a contract
                await asyncio.sleep(0.05)


async def printed(program: Program, text: str) -> None:
    """Waits until a program has printed a line that holds this text."""
    await until(lambda: any(text in line for line in program.output), 30)
