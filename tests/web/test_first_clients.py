"""What the first client of a shared stream gets that has no keys and no past to ask for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc

from tests.support.backend import ScriptedBackend
from tests.support.gateways import running_gateway
from tests.support.protos import descriptor_set, proto_class, service_proto
from tests.support.waiting import until

DATA = descriptor_set(
    service_proto(
        method='option (google.api.http) = {get: "/v1/ticks"}; '
        "option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED;",
        request="string build = 1;",
    )
)
REQUEST, RESPONSE = proto_class(DATA, "test.WatchRequest"), proto_class(DATA, "test.WatchResponse")


async def test_the_client_that_opens_a_shared_stream_gets_the_event_that_opens_it(tmp_path: Path) -> None:
    """A backend that tells its state at once, and then waits, has told it to somebody."""
    go_on = asyncio.Event()

    async def at_once(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        yield RESPONSE(tick={"count": 1})
        await go_on.wait()
        yield RESPONSE(tick={"count": 2})
        await asyncio.Event().wait()

    file = tmp_path / "api.binpb"
    file.write_bytes(DATA)
    async with (
        ScriptedBackend(at_once, ("test.WatchService", "Watch", REQUEST)) as backend,
        running_gateway(backend.address, contract={"descriptor_sets": [str(file)]}) as gateway,
    ):
        first = await gateway.open("/v1/ticks")
        assert await first.until_events(1) == [{"count": 1}]
        second = await gateway.open("/v1/ticks")
        await until(lambda: gateway.gateway.hub.subscribers() == 2)
        go_on.set()
        assert await first.until_events(2) == [{"count": 1}, {"count": 2}]
        assert await second.until_events(1) == [{"count": 2}]
        assert len(backend.requests) == 1
