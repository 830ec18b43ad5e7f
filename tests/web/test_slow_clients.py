"""Clients that stop reading: on bare sockets, on our own server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support.backend import Script, ScriptedBackend, progress
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.waiting import until
from tests.web.test_per_client import DATA, METHOD, PATH, tick
from tests.web.test_streaming import WATCH, opened

pytestmark = pytest.mark.usefixtures("each_sink")


@pytest.fixture
def contract(tmp_path: Path) -> dict[str, str]:
    """The settings of a contract with a per-client route."""
    file = tmp_path / "api.binpb"
    file.write_bytes(DATA)
    return {"descriptor_sets": [str(file)]}


async def test_a_client_that_does_not_read_holds_nobody_up(gateway: RunningGateway, script: Script) -> None:
    """The others get everything meanwhile, and it gets everything once it reads."""
    port = int(gateway.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(f"GET {WATCH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readuntil(b"\nid: ")
    quick = await opened(gateway, WATCH)
    big = "x" * 50_000
    for number in range(200):
        script.send(progress(str(number), error=big))
    try:
        payloads = await quick.until_events(200)
        for number in range(200):
            await reader.readuntil(f'data: {{"id":"{number}",'.encode())
            await _skip(reader, len(big))
    finally:
        writer.close()
    assert [payload["id"] for payload in payloads] == [str(number) for number in range(200)]


async def _skip(reader: asyncio.StreamReader, count: int) -> None:
    while count > 0:
        count -= len(await reader.read(min(count, 4096)))


async def test_a_client_that_takes_nothing_is_closed_in_the_end(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """With a reason in the log and in the metrics, and nobody else's stream is touched."""
    async with (
        ScriptedBackend(script) as backend,
        running_gateway(backend.address, stream={"stall_seconds": 0.4}) as gateway,
    ):
        port = int(gateway.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        try:
            writer.write(f"GET {WATCH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await reader.readuntil(b"\nid: ")
            quick = await opened(gateway, WATCH)
            for number in range(300):
                script.send(progress(str(number), error="x" * 50_000))
            await until(lambda: len(gateway.gateway.streams) == 1)
            assert len(await quick.until_events(300)) == 300
            assert "took nothing for 0.4 s" in caplog.text
            metrics = (await gateway.http.get("/metrics")).text
            assert 'gateway_clients_closed_total{reason="stalled"}' in metrics
            assert "Traceback" not in caplog.text
        finally:
            writer.close()


async def test_a_client_that_stops_reading_stops_its_backend(contract: dict[str, str]) -> None:
    """After a bounded number of messages; when it reads on, none is missing."""
    sent = 0
    total, size = 3000, 20_000

    async def flood(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        nonlocal sent
        for number in range(1, total + 1):
            sent = number
            yield tick(number, "x" * size)

    async with (
        ScriptedBackend(flood, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        host, _, port = gateway.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=4096)
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        await until(lambda: sent > 10)
        before = 0
        while sent != before:  # until nothing moves any more
            before = sent
            await asyncio.sleep(0.3)
        assert sent < total / 2
        body = b"".join([chunk async for chunk in _chunks(reader)])
        writer.close()
        assert body.count(b"\nevent: tick\n") == sent == total
        assert b"event: stream-end" in body


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await reader.read(65_536):
        yield chunk
