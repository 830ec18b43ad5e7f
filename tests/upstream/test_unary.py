"""Unary calls: which backend is asked, what is answered, and what is never asked twice."""

import asyncio
import gc
import os
import select
import signal
import socket
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import grpc
import pytest

from gateway.config import UpstreamSettings
from gateway.contract.routes import Asks
from gateway.errors import UpstreamAway, UpstreamError, UpstreamRefused
from gateway.headers import MOST_BYTES, Forwarding
from gateway.upstream.backends import Backends
from gateway.upstream.unary import UnaryCalls
from tests.support.plain_service import serving
from tests.support.waiting import until

PATH = "/test.Service/Ask"
NOWHERE = "127.0.0.1:1"


def address_of(peer: socket.socket) -> str:
    """`host:port`."""
    return "{}:{}".format(*peer.getsockname())


class Asked:
    """A backend that writes down what it is asked.

    Args:
        answer: what it answers; a status code: refuses with it.
    """

    def __init__(self, answer: bytes | grpc.StatusCode = b"") -> None:
        self.requests: list[bytes] = []
        self.metadata: list[Any] = []
        self.open = 0
        self._answer = answer
        self.hold = asyncio.Event()
        self.hold.set()

    async def ask(self, request: bytes, context: Any) -> bytes:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.open += 1
        try:
            await self.hold.wait()
            await context.send_initial_metadata((("x-answered", "yes"), ("x-trace-bin", b"\x00\xff"), ("other", "no")))
            if isinstance(self._answer, grpc.StatusCode):
                await context.abort(self._answer, "said no")
            return self._answer or request
        finally:
            self.open -= 1


@asynccontextmanager
async def asking(*backends: Asked | str, **settings: Any) -> AsyncIterator[UnaryCalls]:
    """Calls to these backends; a text is an address."""
    async with contexts(*backends) as addresses:
        configured = UpstreamSettings(tuple(addresses), **settings)
        there = Backends(configured)
        await there.start()
        try:
            yield UnaryCalls(there, configured)
        finally:
            await there.close()


@asynccontextmanager
async def contexts(*backends: Asked | str) -> AsyncIterator[list[str]]:
    """Serves them; gives their addresses."""
    if not backends:
        yield []
        return
    first, *others = backends
    async with contexts(*others) as rest:
        if isinstance(first, str):
            yield [first, *rest]
        else:
            async with serving(Ask=grpc.unary_unary_rpc_method_handler(first.ask)) as address:
                yield [address, *rest]


# ---- one backend


async def test_the_answer_and_the_chosen_metadata_come_back() -> None:
    """Bytes as they are; binary metadata in base64, as HTTP carries it."""
    backend = Asked(b"\x00answer")
    async with asking(backend, return_headers=("X-Answered", "x-trace-bin")) as calls:
        answered = await calls(PATH, b"request", (("authorization", "Bearer x"), ("id-bin", b"\x01")))
    assert answered == (b"\x00answer", (("x-answered", "yes"), ("x-trace-bin", "AP8")))
    assert backend.requests == [b"request"]
    assert {"authorization": "Bearer x", "id-bin": b"\x01"}.items() <= backend.metadata[0].items()


@pytest.mark.parametrize("code", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAVAILABLE])
async def test_a_call_that_a_backend_has_received_is_never_made_again(code: grpc.StatusCode) -> None:
    """Also after UNAVAILABLE, where another backend could be asked: the first one may have done it."""
    one, two = Asked(code), Asked(code)
    async with asking(one, two) as calls:
        with pytest.raises(UpstreamError, match="said no") as error:
            await calls(PATH, b"")
    assert len(one.requests) + len(two.requests) == 1
    assert error.value.grpc_code == code.name


async def test_a_text_like_that_of_a_lost_connection_does_not_make_a_second_call() -> None:
    """A backend may hand on the words of a call of its own; what counts is the connection."""

    class Proxy(Asked):
        async def ask(self, request: bytes, context: Any) -> bytes:
            self.requests.append(request)
            reason = "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:1: Connection refused"
            await context.abort(grpc.StatusCode.UNAVAILABLE, reason)
            return b""

    one, two = Proxy(), Proxy()
    async with asking(one, two) as calls:
        with pytest.raises(UpstreamAway):
            await calls(PATH, b"")
    assert len(one.requests) + len(two.requests) == 1


async def test_where_there_is_no_connection_the_next_backend_is_asked() -> None:
    """Whoever's turn it is: nothing was sent to those that are away."""
    backend = Asked()
    async with asking(NOWHERE, "127.0.0.1:2", backend) as calls:
        for number in range(6):
            assert (await calls(PATH, b"%d" % number)).data == b"%d" % number
    assert len(backend.requests) == 6


async def test_backends_are_asked_in_turn() -> None:
    """So that each has its share."""
    one, two = Asked(), Asked()
    async with asking(one, two) as calls:
        for _ in range(10):
            await calls(PATH, b"x")
    assert (len(one.requests), len(two.requests)) == (5, 5)


@pytest.mark.parametrize("addresses", [(NOWHERE,), (NOWHERE, "127.0.0.1:2")])
async def test_where_no_backend_is_there_the_error_names_one_and_says_why(
    addresses: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """The operating system's reason, at once; the log has it too."""
    async with asking(*addresses) as calls:
        with pytest.raises(UpstreamAway, match=r"backend 127\.0\.0\.1:[12]: Connection refused") as error:
            await calls(PATH, b"")
    assert error.value.http_status == 503
    assert "is away (Connection refused)" in caplog.text


async def test_a_backend_that_was_away_is_told_to_be_back(caplog: pytest.LogCaptureFixture) -> None:
    """Once, with the call that works."""
    async with serving(Ask=grpc.unary_unary_rpc_method_handler(Asked().ask)) as address:
        pass
    backends = Backends(settings := UpstreamSettings((address,)))
    await backends.start()
    calls = UnaryCalls(backends, settings)
    with pytest.raises(UpstreamAway):
        await calls(PATH, b"")
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handlers = {"Ask": grpc.unary_unary_rpc_method_handler(Asked().ask)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", handlers),))
    server.add_insecure_port(address)
    await server.start()
    (backend,) = backends
    await until(lambda: not backend.failing)
    for _ in range(3):
        await calls(PATH, b"x")
    assert caplog.text.count("is away") == caplog.text.count("is back") == 1
    await backends.close()
    await server.stop(None)


async def test_no_backend_known_is_unavailable() -> None:
    """A name without addresses, for example."""
    with pytest.raises(UpstreamAway, match="no backend is known"):
        await UnaryCalls(Backends(UpstreamSettings(())), UpstreamSettings())(PATH, b"")


async def test_a_backend_that_never_answers_meets_the_deadline() -> None:
    """504, and the call ends at the backend too."""
    backend = Asked()
    backend.hold.clear()
    async with asking(backend, unary_timeout_seconds=0.2) as calls:
        with pytest.raises(UpstreamAway, match="Deadline Exceeded") as error:
            await calls(PATH, b"")
        await until(lambda: not backend.open)
    assert (error.value.grpc_code, error.value.http_status) == ("DEADLINE_EXCEEDED", 504)


async def test_peers_that_take_connections_and_say_nothing_meet_the_deadline() -> None:
    """The waiting for a connection is part of the time."""
    began = time.monotonic()
    with ExitStack() as open_until_here:
        peers = [open_until_here.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        async with asking(*map(address_of, peers), unary_timeout_seconds=0.5) as calls:
            with pytest.raises(UpstreamAway) as error:
                await calls(PATH, b"")
    assert error.value.http_status == 504
    assert time.monotonic() - began < 2


async def test_an_answer_larger_than_allowed_is_the_gateways_limit_and_not_the_clients() -> None:
    """RESOURCE_EXHAUSTED would be 429, as if the client had asked too often."""
    async with asking(Asked(b"x" * 2000), max_message_bytes=1000) as calls:
        with pytest.raises(UpstreamError, match=r"max_message_bytes \(2000 vs\. 1000\)") as error:
            await calls(PATH, b"")
    assert error.value.http_status == 500


async def test_a_backend_killed_in_the_middle_of_a_call_is_unavailable() -> None:
    """And the call is not made again, although another backend is there."""
    program = """
import asyncio, grpc
async def ask(request, context):
    print("asked", flush=True)
    await asyncio.Event().wait()
async def main():
    server = grpc.aio.server()
    handler = {"Ask": grpc.unary_unary_rpc_method_handler(ask)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", handler),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()
asyncio.run(main())
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert killed.stdout is not None
    port = int(await killed.stdout.readline())
    other = Asked()
    async with asking(f"127.0.0.1:{port}", other) as calls:
        asked = [asyncio.ensure_future(calls(PATH, b"x")) for _ in range(2)]
        assert await killed.stdout.readline() == b"asked\n"
        os.kill(killed.pid, signal.SIGKILL)
        done = await asyncio.gather(*asked, return_exceptions=True)
    await killed.wait()
    assert len(other.requests) == 1
    (error,) = [each for each in done if isinstance(each, UpstreamAway)]
    assert error.http_status == 503


async def test_whatever_may_travel_is_taken_by_grpc() -> None:
    """Every character, every byte, and as much as is allowed: nothing of it is first found out by a call."""
    names = ("a", "b_c.d-9", "long", "id-bin")
    printable, every = "!" + "".join(map(chr, range(0x20, 0x7F))) + "!", bytes(range(256))
    given = [("a", printable), ("b_c.d-9", ""), ("id-bin", b64encode(every).decode())]
    room = MOST_BYTES - sum(len(name) + len(text) + 32 for name, text in given) - len("long") - 32
    metadata = Forwarding(names)([*given, ("long", "x" * room)])
    backend = Asked()
    async with asking(backend) as calls:
        await calls(PATH, b"", metadata)
    assert dict(metadata).items() <= backend.metadata[0].items()


# ---- many


async def test_a_thousand_calls_at_once_are_all_answered() -> None:
    """Each with its own answer, over one connection."""
    async with asking(Asked()) as calls:
        answers = await asyncio.gather(*(calls(PATH, b"%d" % number) for number in range(1000)))
    assert [int(answer.data) for answer in answers] == list(range(1000))


@pytest.mark.parametrize("asks", [Asks.ANY, Asks.ALL])
async def test_cancelled_calls_leave_nothing_behind(asks: Asks) -> None:
    """Neither a task here nor a call at a backend."""
    one, two = Asked(), Asked()
    one.hold.clear()
    two.hold.clear()
    async with asking(one, two) as calls:
        before = len(asyncio.all_tasks())
        asked = [asyncio.ensure_future(calls(PATH, b"", (), asks)) for _ in range(200)]
        expected = 400 if asks is Asks.ALL else 200
        await until(lambda: one.open + two.open == expected)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert all(each.cancelled() for each in asked)
        await until(lambda: one.open + two.open == 0)
        await until(lambda: len(asyncio.all_tasks()) <= before)
    gc.collect()  # what grpc would complain of when it is collected is an error here


async def test_a_call_cancelled_while_its_backend_is_connected_leaves_nothing_behind() -> None:
    """Nothing is sent then, and closing the channel under the wait is no error either."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        async with asking(address_of(one), address_of(two)) as calls:
            before = len(asyncio.all_tasks())
            asked = [asyncio.ensure_future(calls(PATH, b"")) for _ in range(10)]
            await until(lambda: select.select([one], [], [], 0)[0])
            for each in asked[:5]:
                each.cancel()
            await asyncio.gather(*asked[:5], return_exceptions=True)
        done = await asyncio.gather(*asked[5:], return_exceptions=True)
    assert all(isinstance(each, UpstreamAway) for each in done), done
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_a_backend_that_goes_out_of_use_during_a_call_is_unavailable() -> None:
    """And not a cancelled request: the client has not gone."""
    backend = Asked()
    backend.hold.clear()
    async with asking(backend) as calls:
        asked = asyncio.ensure_future(calls(PATH, b""))
        await until(lambda: backend.open)
    with pytest.raises(UpstreamAway, match="no longer used"):
        await asked


# ---- all backends


async def test_all_backends_are_asked_and_their_answers_joined() -> None:
    """Each once; the metadata of all, without repetition."""
    one, two = Asked(b"\x0a\x011"), Asked(b"\x0a\x012")
    async with asking(one, two, return_headers=("x-answered",)) as calls:
        answered = await calls(PATH, b"list", asks=Asks.ALL)
    assert {answered.data[:3], answered.data[3:]} == {b"\x0a\x011", b"\x0a\x012"}
    assert answered.headers == (("x-answered", "yes"),)
    assert one.requests == two.requests == [b"list"]


NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param((b"found", NOT_FOUND), b"found", id="what one does not know another does"),
        pytest.param((NOT_FOUND, NOT_FOUND), "NOT_FOUND", id="nobody knows it"),
        pytest.param((b"found", DENIED), "PERMISSION_DENIED", id="a part is missing, and a client can mend it"),
        pytest.param((NOT_FOUND, DENIED), "PERMISSION_DENIED", id="the one that refused may know it"),
        pytest.param((b"found", NOWHERE), "UNAVAILABLE", id="a part is missing: it is away"),
        pytest.param((NOT_FOUND, NOWHERE), "UNAVAILABLE", id="the one that is away may know it"),
        pytest.param((DENIED, NOWHERE), "PERMISSION_DENIED", id="what a client can mend goes first"),
        pytest.param((b"found", grpc.StatusCode.UNIMPLEMENTED), "UNIMPLEMENTED", id="an older version has no list"),
    ],
)
async def test_what_of_all_answers_is_an_answer(answers: tuple[Any, ...], expected: bytes | str) -> None:
    """An incomplete list told as a complete one would be a silent loss."""
    backends = [each if isinstance(each, str) else Asked(each) for each in answers]
    async with asking(*backends) as calls:
        if isinstance(expected, bytes):
            assert (await calls(PATH, b"", asks=Asks.ALL)).data == expected
        else:
            with pytest.raises(UpstreamError) as error:
                await calls(PATH, b"", asks=Asks.ALL)
            assert error.value.grpc_code == expected
            assert (expected != "UNAVAILABLE") or "127.0.0.1:1" in str(error.value)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param((b"found", NOT_FOUND), b"found", id="the other does not know it"),
        pytest.param((NOT_FOUND, NOT_FOUND), "NOT_FOUND", id="nobody knows it"),
        pytest.param((b"found", NOWHERE), b"found", id="one that is away is not missed"),
        pytest.param((b"found", DENIED), b"found", id="nor is one that refuses"),
        pytest.param((NOT_FOUND, NOWHERE), "UNAVAILABLE", id="the one that is away may have it"),
        pytest.param((b"found", b"found"), b"found", id="two that have it are not merged"),
    ],
)
async def test_of_the_owner_one_answer_is_enough(answers: tuple[Any, ...], expected: bytes | str) -> None:
    """A thing that one backend has is not a list: nothing is missing."""
    backends = [each if isinstance(each, str) else Asked(each) for each in answers]
    async with asking(*backends) as calls:
        if isinstance(expected, bytes):
            assert (await calls(PATH, b"", asks=Asks.OWNER)).data == expected
        else:
            with pytest.raises(UpstreamError) as error:
                await calls(PATH, b"", asks=Asks.OWNER)
            assert error.value.grpc_code == expected


async def test_an_error_of_one_backend_does_not_cancel_the_others() -> None:
    """What a call to all changes does not depend on who answered first."""
    slow = Asked(b"done")
    slow.hold.clear()
    async with asking(Asked(DENIED), slow) as calls:
        asked = asyncio.ensure_future(calls(PATH, b"", asks=Asks.ALL))
        await until(lambda: slow.open)
        asyncio.get_running_loop().call_later(0.05, slow.hold.set)
        with pytest.raises(UpstreamRefused):
            await asked
        assert slow.open == 0
