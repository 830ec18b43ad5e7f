"""Several streams on one connection of HTTP/2, on servers that speak it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support import gateways, servers
from tests.support.backend import Script, progress
from tests.support.gateways import RunningGateway
from tests.support.raw_http2 import Http2Client
from tests.support.waiting import until
from tests.web.test_leaks import alive

WATCH = "/api/v1/progress/events"


@pytest.fixture(params=["hypercorn", "granian"], autouse=True)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that speak HTTP/2."""
    monkeypatch.setattr(gateways, "serve", getattr(servers, request.param))


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[Http2Client]:
    """One connection."""
    connected = await Http2Client.connect(gateway.url)
    yield connected
    await connected.close()


async def subscribed(gateway: RunningGateway, count: int) -> None:
    """Waits until so many clients are subscribed, and as many streams counted."""
    await until(lambda: gateway.gateway.hub.subscribers() == len(gateway.gateway.streams) == count)


async def test_a_stream_that_its_client_resets_ends_alone(
    gateway: RunningGateway, client: Http2Client, script: Script
) -> None:
    """The others of its connection go on, and the connection takes new ones."""
    given_up, kept = client.ask(WATCH), client.ask(WATCH)
    await subscribed(gateway, 2)
    script.send(progress("a"))
    await until(lambda: given_up.sse.names == kept.sse.names == ["progress"])
    client.reset(given_up)
    await subscribed(gateway, 1)
    later = client.ask(f"{WATCH}?owner_id=1")
    await subscribed(gateway, 2)
    script.send(progress("b", owner_id="1"))
    await until(lambda: (len(kept.sse.names), len(later.sse.names)) == (2, 1))
    assert [given_up.sse.names, kept.sse.names] == [["progress"], ["progress"] * 2]
    script.send(None)
    await until(lambda: kept.ended and later.ended)
    assert (kept.sse.names[-1], kept.reset, later.reset) == ("stream-end", False, False)
    await subscribed(gateway, 0)


async def test_a_stream_that_is_reset_leaves_nothing_behind(
    gateway: RunningGateway, client: Http2Client, script: Script
) -> None:
    """No sink, no subscriber and no task, while its connection lives."""
    kept = client.ask(WATCH)
    await subscribed(gateway, 1)
    before, tasks = alive(), len(asyncio.all_tasks())
    for _ in range(3):
        given_up = [client.ask(WATCH) for _ in range(4)]
        await subscribed(gateway, 5)
        for stream in given_up:
            client.reset(stream)
        await subscribed(gateway, 1)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    await until(lambda: alive() == before)
    script.send(progress("a"))
    await until(lambda: kept.sse.names == ["progress"])
