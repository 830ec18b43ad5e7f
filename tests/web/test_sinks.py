import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.web.sinks import HIGH_WATER_BYTES, AsgiSink
from tests.support.waiting import until


class Server:
    """An ASGI server whose `send` waits until the test lets it go on."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.ended = False
        self.open = asyncio.Event()
        self.open.set()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        self.sent.append(message["body"])
        self.ended = not message["more_body"]
        await self.open.wait()

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}


@pytest.fixture
def server() -> Server:
    """A server that takes everything at once until it is told to wait."""
    return Server()


class Pumped:
    """A sink that is being pumped."""

    def __init__(self, server: Server) -> None:
        self.sink = AsgiSink(server.send)
        self.drained = 0
        self.sink.on_drained = self._on_drained
        self.pump = asyncio.ensure_future(self.sink.pump(server.receive))

    def _on_drained(self) -> None:
        self.drained += 1


@pytest.fixture
async def pumped(server: Server) -> AsyncIterator[Pumped]:
    """A sink on that server."""
    pumped = Pumped(server)
    yield pumped
    pumped.pump.cancel()
    await asyncio.gather(pumped.pump, return_exceptions=True)


async def test_what_waits_while_the_server_is_busy_goes_out_joined(server: Server, pumped: Pumped) -> None:
    """One `send` for all of it."""
    server.open.clear()
    pumped.sink.write(b"1")
    await until(lambda: server.sent == [b"1"])
    pumped.sink.write(b"2")
    pumped.sink.write(b"3")
    server.open.set()
    await until(lambda: server.sent == [b"1", b"23"])


async def test_a_sink_is_congested_by_what_the_server_has_not_taken(server: Server, pumped: Pumped) -> None:
    """What is being sent counts as well as what waits behind it."""
    server.open.clear()
    assert pumped.sink.write(b"x" * (HIGH_WATER_BYTES - 1))
    await until(lambda: server.sent)
    assert not pumped.sink.write(b"y")


async def test_a_sink_that_became_congested_while_the_server_was_busy_says_when_it_has_drained(
    server: Server, pumped: Pumped
) -> None:
    """Once, whichever chunk it was that filled it."""
    server.open.clear()
    pumped.sink.write(b"x" * (HIGH_WATER_BYTES - 1))
    await until(lambda: server.sent)
    pumped.sink.write(b"y")
    assert pumped.drained == 0
    server.open.set()
    await until(lambda: b"".join(server.sent).endswith(b"y"))
    await until(lambda: pumped.drained)
    assert pumped.drained == 1


async def test_a_sink_that_was_never_congested_does_not_say_that_it_has_drained(server: Server, pumped: Pumped) -> None:
    """Nobody waits for it."""
    for _ in range(10):
        assert pumped.sink.write(b"x" * 100)
        await asyncio.sleep(0)
    await until(lambda: sum(map(len, server.sent)) == 1000)
    assert pumped.drained == 0


async def test_a_closed_sink_ends_the_response_after_what_was_written(server: Server, pumped: Pumped) -> None:
    """Also when the server was busy as it was closed."""
    server.open.clear()
    pumped.sink.write(b"1")
    await until(lambda: server.sent)
    pumped.sink.write(b"2")
    pumped.sink.close()
    server.open.set()
    await pumped.pump
    assert (server.sent, server.ended) == ([b"1", b"2", b""], True)


async def test_a_client_that_goes_ends_the_pump_even_in_the_middle_of_a_send(server: Server, pumped: Pumped) -> None:
    """A server that never comes back from `send` does not hold the stream."""
    server.open.clear()
    pumped.sink.write(b"1")
    await until(lambda: server.sent)
    server.gone.set()
    await pumped.pump


async def test_a_sink_has_drained_only_when_what_waited_has_been_taken_too(server: Server, pumped: Pumped) -> None:
    """The first of two large chunks does not make room for more."""
    server.open.clear()
    pumped.sink.write(b"x" * HIGH_WATER_BYTES)
    await until(lambda: server.sent)
    pumped.sink.write(b"y" * HIGH_WATER_BYTES)
    server.open.set()
    server.open.clear()
    await until(lambda: len(server.sent) == 2)
    assert pumped.drained == 0
    server.open.set()
    await until(lambda: pumped.drained == 1)
