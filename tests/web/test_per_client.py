"""Per-client routes: any gRPC service with a streaming method, and no option of ours."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support.backend import ScriptedBackend
from tests.support.gateways import running_gateway
from tests.support.protos import descriptor_set, proto_class, service_proto
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_server")
DATA = descriptor_set(
    service_proto(
        method='option (google.api.http) = {get: "/v1/builds/{build}/ticks"};',
        request="string build = 1; int32 count = 2;",
    )
)
REQUEST, RESPONSE = proto_class(DATA, "test.WatchRequest"), proto_class(DATA, "test.WatchResponse")
METHOD = ("test.WatchService", "Watch", REQUEST)
PATH = "/v1/builds/b-7/ticks"


def tick(count: int, text: str = "") -> Any:
    """One message."""
    return RESPONSE(tick={"id": text, "count": count})


async def counting(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
    """As many ticks as were asked for, then the end."""
    for number in range(1, request.count + 1):
        yield tick(number)


@pytest.fixture
def contract(tmp_path: Path) -> dict[str, str]:
    """The settings of the contract."""
    file = tmp_path / "api.binpb"
    file.write_bytes(DATA)
    return {"descriptor_sets": [str(file)]}


async def test_a_client_gets_exactly_the_backends_messages_and_then_the_end(contract: dict[str, str]) -> None:
    """Path and query reach the backend; the end's cursor is answered with 204."""
    async with (
        ScriptedBackend(counting, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        client = await gateway.open(f"{PATH}?count=3")
        await until(lambda: client.ended)
        assert client.sse.names == ["tick", "tick", "tick", "stream-end"]
        assert [event.payload for event in client.sse.events[:3]] == [{"count": 1}, {"count": 2}, {"count": 3}]
        assert [(request.build, request.count) for request in backend.requests] == [("b-7", 3)]
        again = await gateway.http.get(PATH, headers={"Last-Event-ID": client.sse.last_event_id})
        assert again.status_code == 204
        assert len(backend.requests) == 1


async def test_each_client_has_a_call_of_its_own_that_ends_with_it(contract: dict[str, str]) -> None:
    """And nobody else's."""

    async def endless(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        yield tick(1)
        await asyncio.Event().wait()

    async with (
        ScriptedBackend(endless, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        clients = [await gateway.open(PATH) for _ in range(3)]
        for client in clients:
            await client.until_names("tick")
        assert backend.open_calls == 3
        await clients[0].close()
        await until(lambda: backend.open_calls == 2)


async def test_a_refusal_is_an_http_status(contract: dict[str, str]) -> None:
    """With the backend's words."""

    async def refuse(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode.NOT_FOUND, f"no build {request.build}")
        yield

    async with (
        ScriptedBackend(refuse, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        response = await gateway.http.get(PATH)
        assert (response.status_code, response.json()["detail"]) == (404, "no build b-7")


async def test_a_call_that_breaks_in_the_middle_is_a_stream_error(contract: dict[str, str]) -> None:
    """The client sees what came before, the code, and the end of the connection."""

    async def breaks(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        yield tick(1)
        await context.abort(grpc.StatusCode.INTERNAL, "disk on fire")

    async with (
        ScriptedBackend(breaks, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        client = await gateway.open(PATH)
        await until(lambda: client.ended)
        assert client.sse.names == ["tick", "stream-error"]
        assert client.sse.events[1].payload["message"] == "disk on fire"


async def test_a_backend_that_is_away_is_waited_for(contract: dict[str, str]) -> None:
    """The stream opens at once, and its messages come when it is there."""
    backend = await ScriptedBackend(counting, METHOD).start()
    await backend.stop()
    async with running_gateway(backend.address, contract=contract) as gateway:
        client = await gateway.open(f"{PATH}?count=1")
        assert not client.ended
        await backend.start()
        await until(lambda: client.ended)
        assert client.sse.names == ["tick", "stream-end"]
    await backend.stop()


async def test_a_client_that_comes_back_is_told_that_it_starts_anew(contract: dict[str, str]) -> None:
    """There is no history on a stream of one's own."""
    async with (
        ScriptedBackend(counting, METHOD) as backend,
        running_gateway(backend.address, contract=contract) as gateway,
    ):
        client = await gateway.open(f"{PATH}?count=1", {"Last-Event-ID": "ab-4"})
        await until(lambda: client.ended)
        assert client.sse.names == ["stream-gap", "tick", "stream-end"]


async def test_the_gateway_can_stop_while_a_stream_is_open(contract: dict[str, str]) -> None:
    """The stream ends, and so does its call."""

    async def endless(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        yield tick(1)
        await asyncio.Event().wait()

    async with ScriptedBackend(endless, METHOD) as backend:
        async with running_gateway(backend.address, contract=contract) as gateway:
            client = await gateway.open(PATH)
            await client.until_names("tick")
            await gateway.gateway.streams.end()
            await until(lambda: client.ended)
        await until(lambda: backend.open_calls == 0)
