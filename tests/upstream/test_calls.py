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
from gateway.upstream.call import AioCall, Call
from gateway.upstream.reader import MOST_WAITING, ReaderCall
from tests.support.waiting import until

PATH = "/test.Service/Stream"


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
    backend = Backend(f"127.0.0.1:{port}", UpstreamSettings(), Readers(threads))
    call = backend.call(PATH, b"")
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
    call = Backend("127.0.0.1:1", UpstreamSettings(), Readers(threads)).call(PATH, b"")
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
        call = Backend("127.0.0.1:1", UpstreamSettings(), pool).call(PATH, b"")
        assert isinstance(call, ReaderCall)
        assert isinstance(Backend("127.0.0.1:1", UpstreamSettings(), pool).call(PATH, b""), AioCall)
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
