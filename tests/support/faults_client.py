"""A client that behaves as EventSource does, on a bare socket, and keeps what it was told in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.published import Heard
from tests.support.sse import SseEvent

LONGEST_WAIT_SECONDS = 0.3
_TERMINAL = ("completed", "error", "cancelled")


@dataclass(frozen=True)
class Gap:
    """A `stream-gap`."""

    reason: str
    missed: int | None = None


Mark = str | Gap
"""The key of an event, or a gap."""


def log_key(name: str, payload: Any) -> str:
    """`<run> <number>` of a log entry."""
    run, number, *_ = payload["message"].split(" ", 2)
    return f"{run} {number}"


def progress_key(name: str, payload: Any) -> str:
    """`<operation> <step>` of a progress event; the last step is `end`."""
    return f"{payload['id']} {'end' if name in _TERMINAL else int(payload['metadata']['step'])}"


class Dechunker:
    """Takes the chunked transfer coding off (RFC 9112, 7.1), giving a chunk's bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """The content of the next bytes."""
        self._rest += data
        parts = []
        while self._rest and not self.ended:
            if not self._left and not self._open_chunk():
                break
            # The last two of a chunk's bytes are its line end.
            part, self._rest = self._rest[: self._left], self._rest[self._left :]
            content = part[: max(0, self._left - 2)]
            self._left -= len(part)
            parts.append(content)
        return b"".join(parts)

    def _open_chunk(self) -> bool:
        size, found, rest = self._rest.partition(b"\r\n")
        if not found:
            return False
        self._left = int(size, 16) + 2
        self.ended = self._left == 2
        self._rest = rest
        return True


class EventSource:
    """One client of one stream, which checks every event and comes back whenever it loses its connection.

    Args:
        address: `host:port`.
        path: of the stream.
        key: names an event.
        document: what the gateway serves as its OpenAPI 3.2 document.
    """

    def __init__(self, address: str, path: str, key: Callable[[str, Any], str], document: bytes) -> None:
        self.address = address
        self.path = path
        self.key = key
        self.heard = Heard(document, path)
        self.marks: list[Mark] = []
        self.last_event_id = ""
        self.connections = 0
        self.connected = False
        self.refused: list[bytes] = []
        self.ended = False
        self.slow = False
        self.receive_buffer_bytes = 0
        self._retry_seconds = LONGEST_WAIT_SECONDS
        self._rest = b""
        self._id = ""
        self._running: asyncio.Task[None] | None = None

    @property
    def gaps(self) -> list[Gap]:
        """All gaps it was told of."""
        return [mark for mark in self.marks if isinstance(mark, Gap)]

    @property
    def last(self) -> Mark | None:
        """What it was told last."""
        return self.marks[-1] if self.marks else None

    def start(self) -> EventSource:
        """Connects, and stays connected until it is closed."""
        self._running = asyncio.ensure_future(self._run())
        return self

    async def close(self) -> None:
        """Goes away."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def _run(self) -> None:
        while not self.ended:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._connect()
            self.connected = False
            wait = min(self._retry_seconds, LONGEST_WAIT_SECONDS)
            await asyncio.sleep(wait * random.uniform(0.3, 1))  # noqa: S311 - spreads load, guards nothing

    async def _connect(self) -> None:
        reader, writer = await self._open()
        try:
            writer.write(self._request())
            head = await reader.readuntil(b"\r\n\r\n")
            status = head.split(b" ", 2)[1]
            if status != b"200":
                # As EventSource has it: whatever is not 200 ends it for good.
                self.ended = True
                self.refused.append(head)
                return
            self.connections += 1
            self.connected = True
            await self._read(reader)
        finally:
            writer.transport.abort()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.address.rpartition(":")
        if not self.receive_buffer_bytes:
            return await asyncio.open_connection(host, int(port))
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer_bytes)
        small.setblocking(False)
        await asyncio.get_running_loop().sock_connect(small, (host, int(port)))
        return await asyncio.open_connection(sock=small, limit=self.receive_buffer_bytes)

    def _request(self) -> bytes:
        came_back = f"Last-Event-ID: {self.last_event_id}\r\n" if self.last_event_id else ""
        return f"GET {self.path} HTTP/1.1\r\nHost: {self.address}\r\n{came_back}\r\n".encode()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        # What a lost connection left unfinished is not dispatched (WHATWG HTML, 9.2.6).
        self._rest, self._id = b"", self.last_event_id
        content = Dechunker()
        while data := await reader.read(1 if self.slow else 65_536):
            self._take(content.feed(data))
            if self.slow:
                await asyncio.sleep(1)

    def _take(self, content: bytes) -> None:
        *blocks, self._rest = (self._rest + content).split(b"\n\n")
        for block in blocks:
            self._dispatch(block.decode())

    def _dispatch(self, block: str) -> None:
        name, data = "message", None
        for line in block.split("\n"):
            field, _, value = line.partition(": ")
            if field == "id":
                self._id = value
            elif field == "event":
                name = value
            elif field == "data":
                data = value
            elif field == "retry":
                self._retry_seconds = int(value) / 1000
        self.last_event_id = self._id
        if data is not None:
            self.heard(SseEvent(name, data, self.last_event_id))
            self._hear(name, json.loads(data))

    def _hear(self, name: str, payload: Any) -> None:
        if name == "stream-gap":
            self.marks.append(Gap(payload["reason"], payload.get("missed")))
        elif name.startswith("stream-"):
            self.ended = True
            self.refused.append(f"{name} {payload}".encode())
        else:
            self.marks.append(self.key(name, payload))
