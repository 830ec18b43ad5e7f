"""The gateway and the backend as real processes."""

import asyncio
import resource
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.backend import Script, ScriptedBackend, progress_bookmark
from tests.support.faults_client import Dechunker
from tests.support.gateways import Client
from tests.support.processes import Program, gateway, ingest, wait_until
from tests.support.published import Heard, document_of
from tests.support.sse import SseReader, parse_block
from tests.support.waiting import until

WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream"
CLIENTS = 1000


@pytest.fixture(autouse=True)
def enough_files() -> None:
    """A thousand sockets need a thousand descriptors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, most), most))


async def clients(server: Program, path: str, count: int) -> list[Client]:
    """Clients of one stream, each on a connection of its own."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    http = httpx.AsyncClient(base_url=f"http://{server.address}", timeout=60, limits=limits)
    request = http.build_request("GET", path)
    document = await asyncio.to_thread(document_of, server.address)
    return [Client(await http.send(request, stream=True), document) for _ in range(count)]


async def test_a_backend_is_killed_and_restarted_under_connected_clients(
    material: Path, backend: Program, server: Program
) -> None:
    """They stay connected, events flow again, and one clear line is printed each way."""
    progress, logs = (await clients(server, WATCH, 1))[0], (await clients(server, STREAM, 1))[0]
    await until(lambda: len(progress.sse.events) > 5 and len(logs.sse.events) > 5, 30)
    quiet = len(server.output)
    backend.kill()
    await until(lambda: len(server.output) > quiet, 30)
    again = ingest(material, port=int(backend.address.rpartition(":")[2]))
    try:
        seen = len(progress.sse.events), len(logs.sse.events)
        await until(lambda: len(progress.sse.events) > seen[0] + 5 and len(logs.sse.events) > seen[1] + 5, 30)
        await until(lambda: any("is back" in line for line in server.output), 30)
        away, back = server.output[quiet:]
        assert "is away" in away
        assert "is back" in back
        assert not progress.ended
        assert not logs.ended
        assert "stream-gap" in progress.sse.names
    finally:
        again.stop()
        await progress.close()
        await logs.close()


class Listener:
    """A client that checks the events it sees, and keeps nothing but their offsets.

    Args:
        document: what the gateway serves.
        path: of the stream.
    """

    def __init__(self, document: bytes, path: str) -> None:
        self.offsets: list[int] = []
        self.heard = Heard(document, path)
        self._path = path
        self._pending = b""

    async def listen(self, address: str) -> None:
        """Reads until the stream ends or it is cancelled."""
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {self._path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        try:
            await reader.readuntil(b"\r\n\r\n")
            content = Dechunker()
            while not content.ended and (chunk := await reader.read(65_536)):
                *blocks, self._pending = (self._pending + content.feed(chunk)).split(b"\n\n")
                for block in blocks:
                    self._take(block)
        finally:
            writer.close()

    def _take(self, block: bytes) -> None:
        if (event := parse_block(block.decode())) is not None:
            self.heard(event)
            self.offsets.append(int(event.last_event_id.rpartition("-")[2]))


async def test_a_backend_that_goes_is_told_in_one_line_each_way_however_it_goes() -> None:
    """Nothing of what gRPC's core would print by itself is printed."""
    script = Script(progress_bookmark())
    async with ScriptedBackend(script) as backend:
        server = gateway("serve", "--upstream", backend.address)
        (client,) = await clients(server, WATCH, 1)
        await until(lambda: client.sse.last_event_id)
        quiet = len(server.output)
        await backend.stop()
        await until(lambda: len(server.output) > quiet)
        await backend.start()
        await until(lambda: len(server.output) > quiet + 1)
        await client.close()
        server.stop()
        away, back = server.output[quiet:]
        assert "WARNING backend" in away
        assert "is away" in away
        assert "is back" in back


async def test_a_thousand_clients_of_one_stream_see_the_same_events(server: Program) -> None:
    """Every one of them, in the same order, on the ASGI sink."""
    document = await asyncio.to_thread(document_of, server.address)
    listeners = [Listener(document, f"{WATCH}?snapshot=false") for _ in range(CLIENTS)]
    running = [asyncio.ensure_future(listener.listen(server.address)) for listener in listeners]
    await until(lambda: all(listener.offsets for listener in listeners), 40)
    last_to_come = max(listener.offsets[0] for listener in listeners)
    await until(lambda: all(listener.offsets[-1] >= last_to_come + 50 for listener in listeners), 40)
    wanted = list(range(last_to_come, last_to_come + 50))
    for listener in listeners:
        start = listener.offsets.index(last_to_come)
        assert listener.offsets[start : start + 50] == wanted
        listener.heard.verify()
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_open_streams_and_exits_with_status_0(server: Program, number: signal.Signals) -> None:
    """Without a traceback, and without waiting for clients that would never go."""
    client = (await clients(server, WATCH, 1))[0]
    await until(lambda: client.sse.events, 30)
    status = await asyncio.to_thread(server.stop, number, 5)
    assert status == 0
    await until(lambda: client.ended)
    assert not [line for line in server.output if "Traceback" in line]
    await client.close()


async def test_a_stopping_gateway_is_not_ready_and_a_second_signal_ends_it_at_once(backend: Program) -> None:
    """While it ends its streams one after the other it still answers."""
    server = gateway("serve", "--upstream", backend.address)
    document = await asyncio.to_thread(document_of, server.address)
    listeners = [Listener(document, WATCH) for _ in range(400)]
    running = [asyncio.ensure_future(listener.listen(server.address)) for listener in listeners]
    await until(lambda: all(listener.offsets for listener in listeners), 40)
    server.process.send_signal(signal.SIGTERM)
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    async with httpx.AsyncClient(base_url=f"http://{server.address}") as http:
        assert (await http.get("/readyz")).status_code == 503
    assert not all(each.done() for each in running)
    assert await asyncio.to_thread(server.stop, signal.SIGTERM, 5) == 0
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for listener in listeners:
        listener.heard.verify()


def test_the_demo_runs_the_backend_and_ends_it(material: Path) -> None:
    """One command, one Ctrl-C, nothing left running."""
    demo = Program("gateway", "demo", str(material), "--port", "0", says=r"page +http://([^/]+)/")
    heard = Heard(document_of(demo.address), WATCH)
    sse = SseReader(heard)
    with httpx.stream("GET", f"http://{demo.address}{WATCH}", timeout=30) as response:
        assert any(sse.feed(chunk) or "progress" in sse.names for chunk in response.iter_raw())
    heard.verify()
    backend = next(line.split()[-1] for line in demo.output if "backends" in line)
    assert demo.stop(signal.SIGINT) == 0
    wait_until(lambda: _refuses(backend))
    assert [line for line in demo.output if "away" in line] == []


def _refuses(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0
