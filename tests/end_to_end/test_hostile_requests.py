"""A gateway's process under requests that no sane client sends: it answers, stays quiet, and goes on."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.kitchen import CONFIG, FOLLOW, kitchen_backend
from tests.support.garbage import request
from tests.support.open_streams import connection, served, stream
from tests.support.processes import Program, gateway
from tests.support.waiting import until

SECONDS = 12
PATIENCE_SECONDS = 20
ENOUGH_SECONDS = 3
AT_ONCE = 16
ANSWERS = {"200", "204", "304", "400", "403", "404", "405", "411", "413", "414", "415", "417", "431", "501", "505"}
"""501: a transfer coding that is not known. None says that the gateway failed, and none that the backend is away."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Program]:
    """The gateway in front of the backend in Node."""
    backend = kitchen_backend(tmp_path)
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG)
    program = gateway("serve", "--config", str(config), "--upstream", backend.address)
    yield program
    status = program.stop()
    backend.stop(signal.SIGKILL)
    assert status == 0


async def answered(server: Program, data: bytes) -> bytes:
    """Sends bytes on a connection of its own; gives all that comes back, of a stream no more than its beginning.

    Raises:
        TimeoutError: there is neither an answer nor an end, also once it is clear that nothing more will be sent.
    """
    host, _, port = server.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    # Some requests are not whole, and the gateway waits for the rest.
    ending = asyncio.get_running_loop().call_later(ENOUGH_SECONDS, _end, writer)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(data)
            while b"text/event-stream" not in answer and (piece := await reader.read(65_536)):
                answer += piece
    except ConnectionError:
        pass  # The gateway hung up while there was still something to send: its right, with what it has read.
    finally:
        ending.cancel()
        writer.close()
    return answer


def _end(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        writer.write_eof()


def statuses(answer: bytes) -> list[str]:
    """The status of each response in some bytes; bodies hold no such text."""
    return [status.decode() for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


async def is_well(server: Program) -> None:
    """A normal client gets what it asks for, and the gateway has had nothing to say about the others."""
    async with connection(server) as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/v1/dishes/soup/price")).json() == {"dish": "soup", "total_cents": "650"}
    async with stream(server, f"{FOLLOW}?table=4&dishes=soup") as client:
        await until(lambda: client.ended)
        assert client.sse.names == ["accepted", "dish_served", "bill", "stream-end"]
    assert [line for line in server.output if "Traceback" in line or "ERROR" in line] == []
    assert server.process.poll() is None


async def test_random_requests_get_an_answer_that_blames_them(server: Program) -> None:
    """Random methods, paths, queries, headers and bodies: never a 500, never a hang; the number repeats a failure."""
    await served(server, FOLLOW)
    seen: Counter[str] = Counter()
    end = time.monotonic() + SECONDS

    async def send(numbers: Iterator[int]) -> None:
        while time.monotonic() < end:
            number = next(numbers)
            data = request(Random(number))  # noqa: S311 - to be repeated, not to be secret
            try:
                answer = await answered(server, data)
            except TimeoutError:
                pytest.fail(f"request {number} hangs: {data[:300]!r}")
            wrong = set(statuses(answer)) - ANSWERS - {"100"}
            assert not wrong, (number, data[:300], answer[:600])
            seen.update(statuses(answer) or ["closed"])

    numbers = iter(range(10**9))
    await asyncio.gather(*(send(numbers) for _ in range(AT_ONCE)))
    assert {"200", "400", "404", "405"} <= seen.keys(), seen
    assert seen.total() > 300, seen
    await is_well(server)


async def test_requests_that_come_one_upon_the_other_are_answered_in_order(server: Program) -> None:
    """Each of a hundred, though all were sent before the first answer; a stream would be the last of its connection."""
    await served(server, FOLLOW)
    asked = [
        (f"/v1/dishes/{name}/price", status) for name, status in (("soup", "200"), ("stones", "404"), ("%", "400"))
    ]
    data = b"".join(f"GET {asked[at % 3][0]} HTTP/1.1\r\nHost: g\r\n\r\n".encode() for at in range(99))
    last = b"GET /healthz HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n"
    answer = await answered(server, data + last)
    assert statuses(answer) == [asked[at % 3][1] for at in range(99)] + ["200"]
    await is_well(server)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(b"Content-Length: %d", id="whose length is told"),
        pytest.param(b"Transfer-Encoding: chunked", id="in chunks"),
    ],
)
async def test_a_huge_body_is_refused_with_413(server: Program, told: bytes) -> None:
    """As soon as it is known to be one."""
    await served(server, FOLLOW)
    size = 3 * 1024 * 1024
    head = b"POST %s HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n" % FOLLOW.encode()
    if b"%d" in told:
        data = head + told % size + b"\r\n\r\n"  # not one byte of it is sent
    else:
        data = head + told + b"\r\n\r\n" + b"%x\r\n" % size + b" " * (2 * 1024 * 1024)
    answer = await answered(server, data)
    assert statuses(answer) == ["413"]
    await is_well(server)


async def test_bodies_that_come_slowly_hold_nobody_else_up(server: Program) -> None:
    """Fifty that are half there; whoever goes on is answered, whoever leaves is forgotten."""
    await served(server, FOLLOW)
    host, _, port = server.address.rpartition(":")
    body = b'{"table": "4", "dishes": ["soup"]}'
    head = b"POST %s HTTP/1.1\r\nHost: g\r\nContent-Length: %d\r\n\r\n" % (FOLLOW.encode(), len(body))
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(50)]
    for _, writer in slow:
        writer.write(head + body[:10])
    await is_well(server)
    for _, writer in slow[:40]:
        writer.close()
    for reader, writer in slow[40:]:
        writer.write(body[10:])
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert b"event: stream-end" in await reader.readuntil(b"event: stream-end")
        writer.close()
    await is_well(server)
