"""One client's own call: its metadata, its response headers, its deadline."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from gateway.config import UpstreamSettings
from gateway.contract.translation import Translated
from gateway.errors import UpstreamAway
from gateway.upstream.backends import Backends
from gateway.upstream.client_call import GrpcClientCall
from tests.support.plain_service import serving
from tests.support.waiting import until

NOWHERE = "127.0.0.1:1"
ROUTE: Any = SimpleNamespace(
    method="test.Service.Stream",
    grpc_path="/test.Service/Stream",
    client_streaming=False,
    translate=lambda message: Translated("event", message, None, None, False, ""),
)


class Open:
    """A backend that begins and does not end, and counts its open calls."""

    def __init__(self, begins: bool = True) -> None:
        self.open = 0
        self.metadata: list[dict[str, Any]] = []
        self._begins = begins

    async def stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        self.open += 1
        self.metadata.append(dict(context.invocation_metadata()))
        try:
            if self._begins:
                await context.send_initial_metadata((("x-node", "a"), ("other", "b")))
                yield request
            await asyncio.Event().wait()
        finally:
            self.open -= 1


@asynccontextmanager
async def calling(
    *addresses: str, route: Any = ROUTE, metadata: Any = (), **settings: Any
) -> AsyncIterator[GrpcClientCall]:
    """A client's call to these backends."""
    configured = UpstreamSettings(addresses, first_backoff_seconds=0.01, longest_backoff_seconds=0.05, **settings)
    backends = Backends(configured)
    await backends.start()
    call = GrpcClientCall(backends, configured, route, b"request", metadata)
    try:
        yield call
    finally:
        call.close()
        await backends.close()


THREADS = pytest.mark.parametrize("threads", [1, 0])


@THREADS
async def test_a_clients_metadata_travels_and_the_chosen_headers_come_back(threads: int) -> None:
    """Once the call is accepted; only those that were chosen."""
    backend = Open()
    async with serving(Stream=grpc.unary_stream_rpc_method_handler(backend.stream)) as address:
        settings = {"return_headers": ("x-node",), "reader_threads": threads}
        async with calling(address, metadata=(("a", "b"),), **settings) as call:
            await call.opened(10)
            assert call.headers == (("x-node", "a"),)
            assert (await anext(call.messages()))[:2] == ("event", b"request")
        await until(lambda: not backend.open)
    assert backend.metadata[0]["a"] == "b"


async def test_a_route_whose_method_takes_a_stream_is_called_so() -> None:
    """With the request as all of it."""

    async def echo(requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            yield request

    route = SimpleNamespace(**vars(ROUTE) | {"client_streaming": True})
    async with (
        serving(Stream=grpc.stream_stream_rpc_method_handler(echo)) as address,
        calling(address, route=route) as call,
    ):
        assert [message[:2] async for message in call.messages()] == [("event", b"request")]


async def test_a_call_that_no_backend_has_taken_has_no_headers() -> None:
    """The stream starts without them: its head cannot wait for ever."""
    async with calling(NOWHERE, return_headers=("x-node",)) as call:
        await call.opened(0.05)
        assert call.headers == ()


@THREADS
async def test_a_stream_that_has_lasted_its_time_ends_with_an_error(threads: int) -> None:
    """What came before is there; the backend's side ends too, and nothing is called again."""
    backend = Open()
    async with (
        serving(Stream=grpc.unary_stream_rpc_method_handler(backend.stream)) as address,
        calling(address, stream_timeout_seconds=0.3, reader_threads=threads) as call,
    ):
        messages = call.messages()
        await anext(messages)
        with pytest.raises(UpstreamAway) as error:
            await anext(messages)
        assert (error.value.grpc_code, error.value.http_status) == ("DEADLINE_EXCEEDED", 504)
        await until(lambda: not backend.open)
    assert len(backend.metadata) == 1


@THREADS
async def test_a_backend_that_never_takes_the_call_meets_the_deadline_once(
    threads: int, caplog: pytest.LogCaptureFixture
) -> None:
    """504, not a new try with a new deadline; and it is not away, only slow."""
    backend = Open(begins=False)
    async with (
        serving(Stream=grpc.unary_stream_rpc_method_handler(backend.stream)) as address,
        calling(address, stream_timeout_seconds=0.3, reader_threads=threads) as call,
    ):
        with pytest.raises(UpstreamAway) as error:
            await call.opened(10)
        assert error.value.grpc_code == "DEADLINE_EXCEEDED"
        await until(lambda: not backend.open)
    assert len(backend.metadata) == 1
    assert "away" not in caplog.text


async def test_the_deadline_counts_while_no_backend_is_there() -> None:
    """All tries together have the time of one call."""
    began = time.monotonic()
    async with calling(NOWHERE, stream_timeout_seconds=0.3) as call:
        with pytest.raises(UpstreamAway, match=r"within 0\.3 s") as error:
            await call.opened(10)
    assert error.value.grpc_code == "DEADLINE_EXCEEDED"
    assert 0.3 <= time.monotonic() - began < 2


@THREADS
async def test_a_client_that_leaves_early_leaves_nothing_behind(threads: int) -> None:
    """Whatever its call waits for, also where it leaves in the moment in which a try fails."""
    before = len(asyncio.all_tasks())
    for _ in range(50):
        async with calling(NOWHERE, stream_timeout_seconds=30, reader_threads=threads) as call:
            await call.opened(0.001)
    await until(lambda: len(asyncio.all_tasks()) <= before)
