"""The transport sink on our own server: what clients do to a connection while it streams."""

import asyncio
import gc
import logging
import socket

import pytest

from gateway.web.transport_sink import HIGH_WATER_BYTES, TransportSink, chunked
from tests.support.backend import Script, ScriptedBackend, progress
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.raw_http import RawClient
from tests.support.waiting import until

WATCH = "/api/v1/progress/events"


class Transport:
    """A transport that keeps what is written, and takes nothing once the test says so."""

    def __init__(self, connection: socket.socket | None = None) -> None:
        self._connection = connection
        self.written: list[bytes] = []
        self.waiting = 0
        self.closed = self.aborted = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "nothing may be written to a closing transport"
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str) -> object:
        return self._connection if name == "socket" else None


def sink_on(transport: Transport, connections: set[object] | None = None, *, frames_chunks: bool = True):
    """A sink, and the times that it said it had drained."""
    known = set() if connections is None else connections
    sink = TransportSink(transport, known, frames_chunks=frames_chunks, paused=False)  # type: ignore[arg-type]
    drained: list[int] = []
    sink.on_drained = lambda: drained.append(1)
    return sink, drained


def test_a_chunk_is_framed_once_for_all_that_get_the_same_bytes() -> None:
    """However many clients there are."""
    transports = [Transport() for _ in range(3)]
    chunk = b"data: x\n\n"
    for transport in transports:
        assert sink_on(transport)[0].write(chunk)
    assert transports[0].written == [b"9\r\ndata: x\n\n\r\n"]
    assert len({id(transport.written[0]) for transport in transports}) == 1


def test_an_empty_chunk_does_not_end_the_response() -> None:
    """A chunk of no bytes is the last one of HTTP's chunked coding."""
    assert chunked(b"") == b""


async def test_a_paused_transport_makes_the_sink_congested_until_it_is_resumed() -> None:
    """The sink says that it has drained, once, and only where it had said that it was congested."""
    transport = Transport()
    sink, drained = sink_on(transport)
    sink.pause_writing()
    sink.resume_writing()
    assert drained == []
    sink.pause_writing()
    assert [sink.write(b"1"), sink.write(b"2")] == [False, False]
    sink.resume_writing()
    assert drained == [1]
    assert sink.write(b"3")


async def test_nothing_is_written_to_a_connection_that_closes_or_has_gone() -> None:
    """And neither of the sink's methods raises."""
    for end in (TransportSink.close, TransportSink.abandon, TransportSink.eof_received):
        transport, connections = Transport(), set[object]()
        sink, drained = sink_on(transport, connections)
        end(sink)
        before = list(transport.written)
        assert not sink.write(b"late")
        sink.close()
        sink.resume_writing()
        assert connections == {sink}
        sink.connection_lost(None)
        assert not sink.write(b"later")
        sink.close()
        sink.abandon()
        assert transport.written == before
        assert (drained, connections, sink.gone) == ([], set(), True)


async def test_a_client_takes_nothing_only_while_what_waits_does_not_shrink() -> None:
    """Also after the response has ended."""
    loop = asyncio.get_running_loop()
    for closed in (False, True):
        transport = Transport()
        sink, _ = sink_on(transport)
        assert sink.seconds_untaken(loop.time() + 100) == 0
        transport.waiting = 1000
        sink.close() if closed else sink.pause_writing()
        now = loop.time()
        assert sink.seconds_untaken(now + 100) >= 100
        transport.waiting = 999
        assert sink.seconds_untaken(now + 200) == 0
        assert sink.seconds_untaken(now + 300) == 100


async def subscribed(gateway: RunningGateway, count: int) -> None:
    """Waits until so many clients are subscribed, and as many streams counted."""
    await until(lambda: gateway.gateway.hub.subscribers() == len(gateway.gateway.streams) == count)


async def test_the_stream_is_the_last_response_of_its_connection(gateway: RunningGateway, script: Script) -> None:
    """Chunked, and closed properly after the end."""
    client = await RawClient(gateway.url).ask(WATCH)
    assert client.chunks_framed
    assert b"connection: close" in client.head
    await subscribed(gateway, 1)
    script.send(progress("a"), None)
    await client.read_to_the_end()
    assert client.sse.names == ["progress", "stream-end"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_client_of_http_1_0_gets_the_stream_without_chunks(
    gateway: RunningGateway, script: Script, version: str
) -> None:
    """It does not know the chunked transfer coding (RFC 9112, 6.1)."""
    client = await RawClient(gateway.url).ask(WATCH, version)
    assert client.chunks_framed == (version == "1.1")
    await subscribed(gateway, 1)
    script.send(progress("a"), None)
    assert (await client.read_to_the_end()).startswith(b":connected\n\n")
    assert client.sse.names == ["progress", "stream-end"]


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_a_request_behind_the_stream_is_not_answered_and_does_not_disturb_it(
    gateway: RunningGateway, script: Script, when: str
) -> None:
    """`Connection: close` says so. The client's leaving is still noticed."""
    behind = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 20
    clients = [
        await RawClient(gateway.url).ask(WATCH, more=behind if when == "at once" else ""),
        await RawClient(gateway.url).ask(WATCH),
    ]
    for client in clients:
        client.writer.write(behind.encode())
    await subscribed(gateway, 2)
    clients[1].close()
    await subscribed(gateway, 1)
    script.send(progress("a"), None)
    content = await clients[0].read_to_the_end()
    assert clients[0].sse.names == ["progress", "stream-end"]
    assert b"HTTP/1.1" not in content


async def test_a_body_that_comes_during_the_stream_is_no_second_request(
    gateway: RunningGateway, script: Script
) -> None:
    """Nobody can hide a request in it."""
    hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    client = await RawClient(gateway.url).ask(WATCH, headers=f"Content-Length: {len(hidden)}\r\n")
    await subscribed(gateway, 1)
    client.writer.write(hidden.encode())
    script.send(progress("a"), None)
    assert b"HTTP/1.1" not in await client.read_to_the_end()
    assert client.sse.names == ["progress", "stream-end"]


async def test_a_half_closed_connection_counts_as_left(gateway: RunningGateway) -> None:
    """A client that will say nothing more has gone, as far as a server can tell."""
    client = await RawClient(gateway.url).ask(WATCH)
    await subscribed(gateway, 1)
    client.writer.write_eof()
    await subscribed(gateway, 0)
    client.close()


@pytest.mark.parametrize(("method", "status"), [("HEAD", b"200"), ("DELETE", b"405")])
async def test_other_methods_do_not_open_a_stream(gateway: RunningGateway, method: str, status: bytes) -> None:
    """HEAD tells its headers only."""
    client = await RawClient(gateway.url).ask(WATCH, method=method)
    assert client.head.startswith(b"HTTP/1.1 %s " % status)
    assert len(gateway.gateway.streams) == 0
    client.close()


async def test_a_client_that_leaves_while_it_is_congested_is_noticed_at_once(
    gateway: RunningGateway, script: Script
) -> None:
    """Whether it resets its connection or only closes its side."""
    clients = [await RawClient(gateway.url, receive_buffer_bytes=4096).ask(WATCH) for _ in range(2)]
    await subscribed(gateway, 2)
    for number in range(300):
        script.send(progress(str(number), error="x" * 50_000))
    sinks = list(gateway.gateway.streams._open)
    await until(lambda: all(sink._untaken_since is not None for sink in sinks))
    clients[0].close()
    await subscribed(gateway, 1)
    clients[1].writer.write_eof()
    await subscribed(gateway, 0)
    clients[1].close()


async def test_the_sink_of_a_slow_client_holds_no_more_than_its_marks_allow(
    gateway: RunningGateway, script: Script
) -> None:
    """The rest of what it has not read is in the log, and it reads it on from there."""
    client = await RawClient(gateway.url, receive_buffer_bytes=4096).ask(WATCH)
    await subscribed(gateway, 1)
    (sink,) = gateway.gateway.streams._open
    most = 0
    for number in range(400):
        script.send(progress(str(number), error="x" * 50_000))
        await asyncio.sleep(0)
        most = max(most, sink._transport.get_write_buffer_size())
    await until(lambda: sink._congested)
    most = max(most, sink._transport.get_write_buffer_size())
    # What may be above the mark is the one chunk that went over it: what a flush has joined, or a read of the log.
    assert HIGH_WATER_BYTES < most < HIGH_WATER_BYTES * 16
    script.send(None)
    await client.read_to_the_end()
    assert [event.payload["id"] for event in client.sse.events[:-1]] == [str(number) for number in range(400)]
    assert client.sse.names[-1] == "stream-end"


async def test_a_thousand_clients_that_leave_at_once_leave_nothing(gateway: RunningGateway, script: Script) -> None:
    """No subscriber, no connection and no sink; in the midst of events, and no task for any of them before."""
    first = await RawClient(gateway.url).ask(WATCH)
    await subscribed(gateway, 1)
    tasks = len(asyncio.all_tasks())
    clients = [first, *[await RawClient(gateway.url).ask(WATCH) for _ in range(999)]]
    await subscribed(gateway, 1000)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    sending = asyncio.ensure_future(_send_on(script))
    for client in clients:
        client.close()
    await subscribed(gateway, 0)
    sending.cancel()
    await until(lambda: not gateway.server.server_state.connections)
    gc.collect()
    await until(lambda: not any(type(each) is TransportSink for each in gc.get_objects()))


async def _send_on(script: Script) -> None:
    while True:
        script.send(progress("x"))
        await asyncio.sleep(0.001)


async def test_a_client_that_leaves_before_its_stream_starts_leaves_nothing(
    gateway: RunningGateway, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the head of the response and the subscription."""
    from gateway.web import responses  # noqa: PLC0415 - what is replaced

    taken, take_over = [], responses.Connection.take_over

    def gone_before(connection: responses.Connection) -> TransportSink:
        connection._protocol.transport.abort()
        taken.append(take_over(connection))
        return taken[-1]

    monkeypatch.setattr(responses.Connection, "take_over", gone_before)
    client = await RawClient(gateway.url).ask(WATCH)
    await until(lambda: taken)
    assert taken[0].gone
    assert await client.read_some() == b""
    client.close()
    await subscribed(gateway, 0)
    await until(lambda: not gateway.server.server_state.connections)


async def test_streams_count_for_the_servers_limit(gateway: RunningGateway) -> None:
    """Uvicorn's `limit_concurrency` answers whoever is too many with 503, until somebody leaves."""
    clients = [await RawClient(gateway.url).ask(WATCH) for _ in range(3)]
    await subscribed(gateway, 3)
    gateway.server.config.limit_concurrency = 4
    refused = await RawClient(gateway.url).ask(WATCH)
    assert refused.head.startswith(b"HTTP/1.1 503 ")
    clients[0].close()
    await subscribed(gateway, 2)
    refused.close()
    await until(lambda: len(gateway.server.server_state.connections) == 2)
    again = await RawClient(gateway.url).ask(WATCH)
    assert again.head.startswith(b"HTTP/1.1 200 ")
    for client in (*clients, again):
        client.close()


async def test_streams_are_in_the_access_log(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Where uvicorn's is switched on: with the client, the request and the status, when the stream starts."""
    access = logging.getLogger("uvicorn.access")
    with caplog.at_level(logging.INFO, access.name):
        access.addHandler(caplog.handler)
        try:
            client = await RawClient(gateway.url).ask(f"{WATCH}?owner_id=ada")
            await subscribed(gateway, 1)
            client.close()
        finally:
            access.removeHandler(caplog.handler)
    assert f'"GET {WATCH}?owner_id=ada HTTP/1.1" 200' in caplog.text


async def test_a_stopping_server_waits_for_what_clients_have_not_taken_and_then_cuts_them(script: Script) -> None:
    """Whoever reads gets everything and the proper end; whoever does not read holds nobody up for ever."""
    async with ScriptedBackend(script) as backend:
        async with running_gateway(backend.address, server={"drain_seconds": 0.1}) as gateway:
            quick = await RawClient(gateway.url).ask(WATCH)
            slow = await RawClient(gateway.url, receive_buffer_bytes=4096).ask(WATCH)
            await subscribed(gateway, 2)
            reading = asyncio.ensure_future(quick.read_to_the_end())
            for number in range(300):
                script.send(progress(str(number), error="x" * 50_000))
            await until(lambda: any(sink.seconds_untaken(0) for sink in gateway.gateway.streams._open))
            await until(lambda: len(gateway.gateway.hub._open) == 1)
            connections = gateway.server.server_state.connections
        await reading
        await until(lambda: not connections)
        slow.close()


async def test_what_the_kernel_does_not_take_at_once_is_left_to_the_transport() -> None:
    """Writes go past a transport that has nothing to write; order and bytes are as if they did not."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    transport = Transport(near)
    sink = TransportSink(transport, set(), frames_chunks=False, paused=False)
    chunks = [b"%d:" % number * 5_000 for number in range(40)]
    for chunk in chunks:
        sink.write(chunk)
        transport.waiting = len(b"".join(transport.written))
    taken = far.recv(10_000_000)
    assert taken
    assert transport.written
    assert taken + b"".join(transport.written) == b"".join(chunks)
    transport.waiting = 0
    assert sink.write(b"past it again")
    assert far.recv(100) == b"past it again"
    near.close()
    far.close()


async def test_a_connection_that_the_kernel_has_lost_is_left_to_the_transport() -> None:
    """It is the transport that says so, by `connection_lost`."""
    near, far = socket.socketpair()
    far.close()
    transport = Transport(near)
    sink = TransportSink(transport, set(), frames_chunks=False, paused=False)
    sink.write(b"lost")
    assert transport.written == [b"lost"]
    near.close()
