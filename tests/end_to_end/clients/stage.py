"""What a real client is up against: a backend that counts, the gateway's process, a proxy that cuts connections."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit

import grpc.aio
import httpx
from google.protobuf.message import Message

from tests.support.backend import LOGS, ScriptedBackend, log, log_bookmark
from tests.support.processes import Program, gateway

STREAM = "/api/v1/logs/stream"
READING_SECONDS = 0.3
"""How long a client is given to read what came right before a cut. Chromium drops what it has not read by then."""
Result = TypeVar("Result")


class Background:
    """An event loop in a thread of its own: playwright holds the one of the test's thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs a coroutine there to its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        """Ends the thread."""
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


class Numbers:
    """A log that counts 1, 2, 3: replays all of it to a call without a token, goes on behind the token otherwise."""

    def __init__(self) -> None:
        self.highest = 0
        self._calls: list[asyncio.Queue[int | None]] = []

    async def __call__(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        queue: asyncio.Queue[int | None] = asyncio.Queue()
        past = range(int(request.resume_token or 0) + 1, self.highest + 1)
        self._calls.append(queue)
        try:
            await context.send_initial_metadata(())
            for number in past:
                yield _entry(number)
            yield log_bookmark(str(past.stop - 1))
            while (number := await queue.get()) is not None:
                yield _entry(number)
        finally:
            self._calls.remove(queue)

    async def up_to(self, highest: int) -> None:
        """Counts on."""
        for queue in self._calls:
            for number in range(self.highest + 1, highest + 1):
                queue.put_nowait(number)
        self.highest = highest

    async def finish(self) -> None:
        """Ends every open call with OK."""
        for queue in self._calls:
            queue.put_nowait(None)


def _entry(number: int) -> Any:
    return log(str(number), token=str(number))


class Request(NamedTuple):
    """A request as the proxy saw it."""

    target: str
    header: str | None

    @property
    def last_event_id(self) -> str | None:
        """The cursor it came with, by header or by parameter."""
        return self.header or parse_qs(urlsplit(self.target).query).get("last_event_id", [None])[0]


class CuttingProxy:
    """Stands between clients and the gateway, notes every request, and breaks connections.

    Args:
        gateway_address: `host:port`; may be changed for later connections.
    """

    def __init__(self, gateway_address: str) -> None:
        self.gateway_address = gateway_address
        self.address = ""
        self.connections = 0
        self.requests: list[Request] = []
        self._marker = b""
        self._passing = asyncio.Event()
        self._passing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> CuttingProxy:
        """Listens on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())
        return self

    @property
    def is_cut(self) -> bool:
        """True from a cut until it is mended: new connections are taken, and wait."""
        return not self._passing.is_set()

    async def cut_behind(self, marker: bytes) -> None:
        """Closes the next connection that carries these bytes right behind them."""
        self._marker = marker

    async def cut(self) -> None:
        """Resets every connection now."""
        self._passing.clear()
        for writer in self._writers:
            # Without lingering, close sends RST instead of FIN (socket(7), SO_LINGER).
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def mend(self) -> None:
        """Lets connections through again."""
        self._passing.set()

    async def close(self) -> None:
        """Ends everything."""
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        ends = [writer]
        try:
            await self._passing.wait()
            host, _, port = self.gateway_address.rpartition(":")
            behind, onwards = await asyncio.open_connection(host, int(port))
            ends.append(onwards)
            self._writers |= set(ends)
            await asyncio.gather(self._upwards(reader, onwards), self._downwards(behind, writer))
        except OSError:
            pass  # Refused, reset or cut: the other end learns of it below.
        finally:
            self._writers -= set(ends)
            for each in ends:
                each.close()
            self._tasks.discard(task)

    async def _upwards(self, reader: asyncio.StreamReader, onwards: asyncio.StreamWriter) -> None:
        rest = b""
        while chunk := await reader.read(65_536):
            *heads, rest = (rest + chunk).split(b"\r\n\r\n")
            self.requests += [_request(head.decode("latin-1")) for head in heads]
            onwards.write(chunk)
            await onwards.drain()
        onwards.close()

    async def _downwards(self, behind: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = b""
        while chunk := await behind.read(65_536):
            at = (before + chunk).find(self._marker) if self._marker else -1
            if at >= 0:
                writer.write(chunk[: at + len(self._marker) - len(before)])
                self._marker = b""
                self._passing.clear()
                # The claim is about what the client has read; nobody can see from here when it has.
                await asyncio.sleep(READING_SECONDS)
                raise ConnectionAbortedError
            writer.write(chunk)
            await writer.drain()
            before = (before + chunk)[-100:]
        writer.close()


def _request(head: str) -> Request:
    first, *fields = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return Request(first.split(" ")[1], headers.get("last-event-id"))


class Stage:
    """The gateway's process between a backend that counts and a proxy that cuts."""

    def __init__(self) -> None:
        self.background = Background()
        self.numbers = Numbers()
        self.backend = self.background.run(ScriptedBackend(self.numbers, LOGS).start())
        self.gateway: Program = gateway("serve", "--upstream", self.backend.address)
        self.proxy = self.background.run(CuttingProxy(self.gateway.address).start())

    def url(self, query: str = "") -> str:
        """The stream, through the proxy."""
        return f"http://{self.proxy.address}{STREAM}{query}"

    def count_up_to(self, highest: int) -> None:
        """Counts on, and returns once the gateway has all of it."""
        self.background.run(self.numbers.up_to(highest))
        url = f"http://{self.gateway.address}{STREAM}?initial=500"
        with httpx.stream("GET", url, timeout=30, trust_env=False) as response:
            data = (json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))
            assert any(each["message"] == str(highest) for each in data)

    def restart_gateway(self) -> None:
        """Kills the gateway and starts another one, to which the proxy leads from then on."""
        self.gateway.kill()
        self.gateway = gateway("serve", "--upstream", self.backend.address)
        self.proxy.gateway_address = self.gateway.address

    def close(self) -> None:
        """Ends everything."""
        try:
            self.background.run(self.proxy.close())
            self.gateway.kill()
            self.background.run(self.backend.stop())
        finally:
            self.background.close()
