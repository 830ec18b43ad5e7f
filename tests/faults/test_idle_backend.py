"""What is lost before the first event that the gateway ever received from a backend."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from tests.support.backend import LOGS, ScriptedBackend, log, log_bookmark
from tests.support.gateways import running_gateway
from tests.support.waiting import until


async def test_a_backend_that_cannot_resume_a_bookmark_costs_a_gap() -> None:
    """Clients have been live since the bookmark, so whatever followed it and is gone was missed by them."""
    later = False

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.send_initial_metadata(())
        if later and request.resume_token:
            # Entries 1 and 2 came and went while the call was broken: the ring holds only the third.
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "gone")
        if later:
            yield log("3", token="a-3")
        yield log_bookmark("a-3" if later else "a-0")
        await asyncio.Event().wait()

    async with ScriptedBackend(answer, LOGS) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open("/api/v1/logs/stream?initial=0")
        await until(lambda: client.sse.last_event_id)
        await backend.stop()
        later = True
        await backend.start()
        await until(lambda: "log" in client.sse.names)
        assert client.sse.names == ["stream-gap", "log"]
