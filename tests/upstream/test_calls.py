"""Calls, read by a thread or by grpc.aio: the same messages, the same refusals, the same end."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from gateway.config import UpstreamSettings
from gateway.errors import UpstreamAway, UpstreamRefused
from gateway.upstream.backend import Backend, Readers
from gateway.upstream.call import AioCall, Call, Outgoing
from gateway.upstream.channels import Channels
from gateway.upstream.reader import MOST_WAITING, ReaderCall
from tests.support.plain_service import serving
from tests.support.waiting import until

PATH = "/test.Service/Stream"
CHANNELS = Channels(UpstreamSettings())


class Sender:
    """A backend that sends numbered messages of a kilobyte as far as they are taken."""

    def __init__(self, count: int, refusal: grpc.StatusCode | None = None) -> None:
        self.count = count
        self.sent = 0
        self.over = False
        self._refusal = refusal

    async def stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        """Sends them all, and then ends, with a status where one is given."""
        try:
            for number in range(self.count):
                yield b"%01000d" % number
                self.sent += 1
            if self._refusal is not None:
                await context.abort(self._refusal, "enough")
        finally:
            self.over = True


@asynccontextmanager
async def calling(sender: Sender, threads: int) -> AsyncIterator[Call]:
    """A call to it, read by a thread where there is one."""
    server = grpc.aio.server()
    handler = grpc.unary_stream_rpc_method_handler(sender.stream)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", {"Stream": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    backend = Backend(f"127.0.0.1:{port}", CHANNELS, Readers(threads))
    call = backend.call(Outgoing(PATH, b""))
    try:
        yield call
    finally:
        call.cancel()
        await backend.close()
        await server.stop(0)


def readers() -> list[str]:
    """The names of the threads that read calls."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("reader of")]


BOTH = pytest.mark.parametrize("threads", [pytest.param(1, id="thread"), pytest.param(0, id="grpc.aio")])


@BOTH
async def test_every_message_arrives_in_order_and_then_the_end(threads: int) -> None:
    """More than a thread reads ahead, so that it has to wait for room as well."""
    sender = Sender(MOST_WAITING * 20)
    async with calling(sender, threads) as call:
        await call.accepted()
        assert [int(message) async for message in call.messages()] == list(range(sender.count))
    assert isinstance(call, ReaderCall if threads else AioCall)


@BOTH
async def test_a_refusal_is_raised_before_the_first_message(threads: int) -> None:
    """Also one that comes as trailers only."""
    async with calling(Sender(0, grpc.StatusCode.PERMISSION_DENIED), threads) as call:
        with pytest.raises(UpstreamRefused, match="enough"):
            await call.accepted()


@BOTH
async def test_a_loss_is_raised_after_the_last_message(threads: int) -> None:
    """What has arrived is told first."""
    async with calling(Sender(3, grpc.StatusCode.UNAVAILABLE), threads) as call:
        await call.accepted()
        messages = call.messages()
        for number in range(3):
            assert int(await anext(messages)) == number
        with pytest.raises(UpstreamAway, match="enough"):
            await anext(messages)


@BOTH
async def test_a_backend_that_is_not_there_is_away(threads: int) -> None:
    """The operating system's reason, and no wait."""
    call = Backend("127.0.0.1:1", CHANNELS, Readers(threads)).call(Outgoing(PATH, b""))
    with pytest.raises(UpstreamAway, match="Connection refused"):
        await call.accepted()
    call.cancel()


@BOTH
async def test_a_reader_that_does_not_ask_slows_the_backend_down(threads: int) -> None:
    """Messages wait in the backend: what is read ahead is bounded, here by messages and HTTP/2's windows."""
    sender = Sender(10_000_000)
    async with calling(sender, threads) as call:
        await call.accepted()
        before = -1
        while before != sender.sent:
            before = sender.sent
            await asyncio.sleep(0.2)  # the claim is that nothing happens
        assert sender.sent < 30_000


@BOTH
async def test_a_cancelled_call_ends_at_the_backend(threads: int) -> None:
    """Whatever its reader is doing: waiting for the backend, or for room."""
    sender = Sender(10_000_000)
    async with calling(sender, threads) as call:
        await call.accepted()
        await until(lambda: sender.sent > MOST_WAITING)
        call.cancel()
        await until(lambda: sender.over)
        await until(lambda: not readers())


async def test_a_thread_is_free_again_when_its_call_is_over() -> None:
    """And the next call has it."""
    pool = Readers(1)
    for _ in range(3):
        call = Backend("127.0.0.1:1", CHANNELS, pool).call(Outgoing(PATH, b""))
        assert isinstance(call, ReaderCall)
        assert isinstance(Backend("127.0.0.1:1", CHANNELS, pool).call(Outgoing(PATH, b"")), AioCall)
        call.cancel()
        await until(lambda: not readers())
        await until(pool.take)
        pool.give_back()


async def test_a_reader_says_whether_more_is_there() -> None:
    """So that what has arrived together is written at once."""
    async with calling(Sender(50), 1) as call:
        await call.accepted()
        await until(lambda: call.more)
        last = [call.more async for _ in call.messages()][-1]
    assert last is False


# ---- what goes with a call, and what comes with it


class Told:
    """What one call brought to a backend."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.metadata: dict[str, Any] = {}
        self.seconds: float | None = None
        self.half_closed = False

    async def stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        """Says that it has begun."""
        self.requests.append(request)
        self._take(context)
        await context.send_initial_metadata((("x-node", "a"), ("x-raw-bin", b"\x00")))
        yield b"begun"

    async def both(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        """Says so once the client has nothing more to say."""
        self._take(context)
        await context.send_initial_metadata((("x-node", "a"), ("x-raw-bin", b"\x00")))
        async for request in requests:
            self.requests.append(request)
        self.half_closed = True
        yield b"begun"

    def _take(self, context: Any) -> None:
        self.metadata, self.seconds = dict(context.invocation_metadata()), context.time_remaining()


@asynccontextmanager
async def telling(outgoing: Outgoing, threads: int = 0) -> AsyncIterator[tuple[Told, Call]]:
    """A call to a backend that takes it down."""
    told = Told()
    handlers = {
        "Stream": grpc.unary_stream_rpc_method_handler(told.stream),
        "Both": grpc.stream_stream_rpc_method_handler(told.both),
    }
    async with serving(**handlers) as address:
        backend = Backend(address, CHANNELS, Readers(threads))
        call = backend.call(outgoing)
        try:
            yield told, call
        finally:
            call.cancel()
            await backend.close()


WITH = (("authorization", "Bearer x"), ("x-repeated", "1"), ("id-bin", b"\x00\xff"))
KINDS = pytest.mark.parametrize(
    ("path", "client_streaming", "threads"),
    [
        pytest.param("/test.Service/Stream", False, 1, id="thread"),
        pytest.param("/test.Service/Stream", False, 0, id="grpc.aio"),
        pytest.param("/test.Service/Both", True, 1, id="both ways"),
    ],
)


@KINDS
async def test_metadata_travels_both_ways(path: str, client_streaming: bool, threads: int) -> None:
    """The client's to the backend, and the backend's initial metadata back once the call is accepted."""
    async with telling(Outgoing(path, b"request", WITH, None, client_streaming), threads) as (told, call):
        await call.accepted()
        assert call.metadata == (("x-node", "a"), ("x-raw-bin", b"\x00"))
        assert [message async for message in call.messages()] == [b"begun"]
    assert dict(WITH).items() <= told.metadata.items()
    assert told.requests == [b"request"]
    assert told.seconds is None


async def test_a_method_that_takes_a_stream_gets_one_message_and_the_end() -> None:
    """It need not wait for more."""
    async with telling(Outgoing("/test.Service/Both", b"only", client_streaming=True)) as (told, call):
        await call.accepted()
        assert [message async for message in call.messages()] == [b"begun"]
    assert (told.requests, told.half_closed) == ([b"only"], True)


@KINDS
async def test_a_call_with_a_deadline_ends_there(path: str, client_streaming: bool, threads: int) -> None:
    """The backend knows it; what has come before is told first."""

    async def forever(request: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"%d" % (context.time_remaining() < 60)
        await asyncio.Event().wait()

    handlers = {
        "Stream": grpc.unary_stream_rpc_method_handler(forever),
        "Both": grpc.stream_stream_rpc_method_handler(forever),
    }
    async with serving(**handlers) as address:
        backend = Backend(address, CHANNELS, Readers(threads))
        call = backend.call(Outgoing(path, b"", (), 0.3, client_streaming))
        await call.accepted()
        messages = call.messages()
        assert await anext(messages) == b"1"
        with pytest.raises(UpstreamAway, match="Deadline Exceeded") as error:
            await anext(messages)
        assert error.value.http_status == 504
        call.cancel()
        await backend.close()


async def test_a_refusal_of_a_method_that_takes_a_stream_is_raised_before_the_first_message() -> None:
    """As with any other."""

    async def refuse(requests: Any, context: Any) -> AsyncIterator[bytes]:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "enough")
        yield b""

    async with serving(Both=grpc.stream_stream_rpc_method_handler(refuse)) as address:
        backend = Backend(address, CHANNELS, Readers(0))
        call = backend.call(Outgoing("/test.Service/Both", b"", client_streaming=True))
        with pytest.raises(UpstreamRefused, match="enough"):
            await call.accepted()
        call.cancel()
        await backend.close()


async def test_a_method_that_takes_a_stream_and_is_not_there_is_away() -> None:
    """With the operating system's reason, and nothing left behind."""
    backend = Backend("127.0.0.1:1", CHANNELS, Readers(0))
    call = backend.call(Outgoing("/test.Service/Both", b"", client_streaming=True))
    with pytest.raises(UpstreamAway, match="Connection refused"):
        await call.accepted()
    call.cancel()
    await backend.close()


@pytest.mark.parametrize("accepted", [True, False])
@BOTH
async def test_a_call_to_a_backend_that_goes_out_of_use_is_lost(threads: int, accepted: bool) -> None:
    """An error, and not a cancelled task: whoever reads is told."""
    begin = asyncio.Event()

    async def forever(request: Any, context: Any) -> AsyncIterator[bytes]:
        await begin.wait()
        yield b""
        await asyncio.Event().wait()

    async with serving(Stream=grpc.unary_stream_rpc_method_handler(forever)) as address:
        backend = Backend(address, CHANNELS, Readers(threads))
        call = backend.call(Outgoing(PATH, b""))
        if accepted:
            begin.set()
            await call.accepted()
            messages = call.messages()
            await anext(messages)
            waiting = asyncio.ensure_future(anext(messages))
        else:
            waiting = asyncio.ensure_future(call.accepted())
        await asyncio.sleep(0.1)  # so that it waits for the backend
        await backend.close()
        if threads:
            call.cancel()  # whose channel is its own
        with pytest.raises(UpstreamAway):
            await waiting
        with pytest.raises(UpstreamAway, match="no longer used"):
            backend.call(Outgoing(PATH, b""))
        call.cancel()
