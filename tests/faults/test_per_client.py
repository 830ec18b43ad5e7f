"""Per-client streams through a real gateway process: two hundred thousand messages, unthrottled."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support.backend import ScriptedBackend
from tests.support.faults_client import Dechunker
from tests.support.processes import Program, gateway
from tests.support.protos import descriptor_set, proto_class, service_proto
from tests.support.published import Heard, document_of
from tests.support.sse import parse_block
from tests.support.waiting import until

MESSAGES = 200_000
PATH = "/v1/ticks"
DATA = descriptor_set(service_proto(method=f'option (google.api.http) = {{get: "{PATH}"}};'))
REQUEST, RESPONSE = proto_class(DATA, "test.WatchRequest"), proto_class(DATA, "test.WatchResponse")
METHOD = ("test.WatchService", "Watch", REQUEST)
STILL_SECONDS = 0.5
PADDING = "x" * 200
"""So that all messages together are more than every buffer on the way holds."""


class Flood:
    """Yields numbered messages as fast as they are taken."""

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        for number in range(1, MESSAGES + 1):
            self.sent = number
            yield RESPONSE(tick={"id": PADDING, "count": number})

    async def still(self) -> None:
        """Waits until nothing is taken any more."""
        before = -1
        while before != self.sent:
            before = self.sent
            await asyncio.sleep(STILL_SECONDS)


class Reader:
    """Checks the events that arrive, and keeps their numbers and how the stream ended.

    Args:
        document: what the gateway serves.
    """

    def __init__(self, document: bytes) -> None:
        self.heard = Heard(document, PATH)
        self.numbers: list[int] = []
        self.ended = False
        self._rest = b""

    async def read(self, reader: asyncio.StreamReader, enough: float = float("inf")) -> None:
        """Reads until the end, or until it has so many numbers."""
        while len(self.numbers) < enough and (data := await reader.read(65_536)):
            *blocks, self._rest = (self._rest + self._content.feed(data)).split(b"\n\n")
            for block in blocks:
                self._take(block)

    async def open(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connects and reads the head."""
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=65_536)
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        self._content = Dechunker()
        return reader, writer

    def _take(self, block: bytes) -> None:
        if (event := parse_block(block.decode())) is not None:
            self.heard(event)
        if b"\nevent: tick\n" in block:
            self.numbers.append(int(block.rpartition(b'"count":')[2].rstrip(b"}")))
        self.ended = self.ended or b"\nevent: stream-end\n" in block


def line(numbers: list[int]) -> str:
    """The run's line."""
    lost = len(set(range(1, MESSAGES + 1)) - set(numbers))
    duplicated = len(numbers) - len(set(numbers))
    reordered = sum(after < before for before, after in pairwise(numbers))
    return (
        f"events emitted {MESSAGES}, delivered {len(numbers)}, lost without a gap {lost}, "
        f"duplicated {duplicated}, reordered {reordered}, gaps 0"
    )


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The contract's file."""
    file = tmp_path / "api.binpb"
    file.write_bytes(DATA)
    return file


async def serving(contract: Path, backend: ScriptedBackend) -> Program:
    """A gateway process before a backend in this one."""
    program = gateway("serve", "--descriptor-set", str(contract), "--upstream", backend.address)
    await asyncio.to_thread(lambda: program.address)
    return program


@pytest.mark.parametrize("pauses", [0, 2], ids=["steady", "pausing"])
async def test_two_hundred_thousand_messages_arrive_complete_and_in_order(
    contract: Path, pauses: int, say: Callable[[str], None]
) -> None:
    """A reader that stops for a while stops the backend, and misses nothing when it reads on."""
    flood = Flood()
    async with ScriptedBackend(flood, METHOD) as backend:
        program = await serving(contract, backend)
        reader = Reader(await asyncio.to_thread(document_of, program.address))
        begun = time.monotonic()
        try:
            stream, writer = await reader.open(program.address)
            for pause in range(1, pauses + 1):
                await reader.read(stream, pause * 20_000)
                await flood.still()
                assert flood.sent < MESSAGES
            await reader.read(stream)
            writer.close()
            await until(lambda: backend.open_calls == 0)
        finally:
            await asyncio.to_thread(program.kill)
    say(f"{line(reader.numbers)} ({len(reader.numbers) / (time.monotonic() - begun):,.0f} a second)")
    assert reader.numbers == list(range(1, MESSAGES + 1))
    assert reader.ended
    reader.heard.verify()
