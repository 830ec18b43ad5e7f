import asyncio
from collections.abc import AsyncIterator

from gateway.errors import UpstreamAway
from gateway.streams.direct import JOIN_BYTES, DirectStream, Message
from gateway.streams.flushing import Pace
from tests.support.sinks import ListSink
from tests.support.waiting import until

PACE = Pace(0.001, 30.0)


class Messages:
    """An upstream that counts what was taken from it."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[Message]:
        for number in range(self.count):
            self.taken += 1
            yield "tick", str(number).encode(), False
        if self.error:
            raise self.error


async def test_every_message_is_written_and_then_the_end() -> None:
    """With positions that grow by one, the last of them marked as the end."""
    sink = ListSink()
    await DirectStream(sink, PACE).run(aiter(Messages(3)))
    reader = sink.read
    assert reader.names == ["tick", "tick", "tick", "stream-end"]
    assert [event.data for event in reader.events[:3]] == ["0", "1", "2"]
    assert reader.last_event_id.endswith("-3-end")
    assert sink.closed


async def test_a_congested_client_stops_its_backend() -> None:
    """Not one message more is taken until the client has read."""
    sink, messages = ListSink(congested=True), Messages(5)
    running = asyncio.ensure_future(DirectStream(sink, PACE).run(aiter(messages)))
    await until(lambda: messages.taken)
    for _ in range(20):
        await asyncio.sleep(0)
    assert messages.taken == 1
    sink.drain()
    await running
    assert sink.read.names == ["tick"] * 5 + ["stream-end"]


async def test_an_error_of_the_backend_is_told_and_ends_the_stream() -> None:
    """With its gRPC code."""
    sink = ListSink()
    await DirectStream(sink, PACE).run(aiter(Messages(1, UpstreamAway("UNAVAILABLE", "gone"))))
    assert sink.read.names == ["tick", "stream-error"]
    assert sink.read.events[1].payload["code"] == "UNAVAILABLE"
    assert sink.closed


async def test_a_client_that_comes_back_is_told_that_it_starts_anew() -> None:
    """There is no history to go on in."""
    sink = ListSink()
    await DirectStream(sink, PACE, last_event_id="ab-7").run(aiter(Messages(1)))
    assert sink.read.names == ["stream-gap", "tick", "stream-end"]


async def test_silence_is_broken_by_heartbeats() -> None:
    """As long as the backend says nothing."""
    sink = ListSink()

    async def silent() -> AsyncIterator[Message]:
        await asyncio.Event().wait()
        yield "never", b"", False

    running = asyncio.ensure_future(DirectStream(sink, Pace(0.001, 0.01)).run(silent()))
    await until(lambda: len(sink.read.comments) >= 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert {comment.split()[0] for comment in sink.read.comments} == {"heartbeat"}


async def test_messages_that_arrive_together_are_written_together() -> None:
    """The first at once, the others joined, and none of them later than the end."""
    sink = ListSink()
    await DirectStream(sink, PACE).run(aiter(Messages(100)))
    assert sink.read.names == ["tick"] * 100 + ["stream-end"]
    assert sink.chunks[0].count(b"\nevent: tick\n") == 1
    assert len(sink.chunks) < 50


async def test_a_congested_client_is_written_to_only_once_it_has_drained() -> None:
    """Also where a message was taken before it was known that it is congested."""
    sink, written_on = ListSink(), asyncio.Event()

    async def messages() -> AsyncIterator[Message]:
        yield "tick", b"1", False
        sink.congested = True
        yield "tick", b"2", False
        await until(lambda: len(sink.chunks) == 2)
        yield "tick", b"3", False
        written_on.set()

    running = asyncio.ensure_future(DirectStream(sink, PACE).run(messages()))
    await until(lambda: len(sink.chunks) == 2)
    await asyncio.sleep(0.02)
    assert (len(sink.chunks), written_on.is_set()) == (2, False)
    sink.drain()
    await running
    assert sink.payloads[:3] == ["1", "2", "3"]


async def test_messages_of_which_the_next_one_is_there_already_wait_for_it() -> None:
    """Also where nothing was written before: what has arrived together is one write."""
    sink = ListSink()

    async def messages() -> AsyncIterator[Message]:
        yield "tick", b"1", True
        yield "tick", b"2", True
        assert sink.chunks == []
        yield "tick", b"3", False
        assert len(sink.chunks) == 1

    await DirectStream(sink, PACE).run(messages())
    assert sink.payloads[:3] == ["1", "2", "3"]


async def test_much_is_written_at_once_although_more_is_there() -> None:
    """However much the backend sends in one go, the client's room is asked for in between."""
    sink, half = ListSink(), b"x" * (JOIN_BYTES // 2)

    async def messages() -> AsyncIterator[Message]:
        yield "tick", half, True
        assert sink.chunks == []
        yield "tick", half, True
        assert len(sink.chunks) == 1
        yield "tick", b"3", False

    await DirectStream(sink, PACE).run(messages())
    assert sink.read.names == ["tick"] * 3 + ["stream-end"]


async def test_a_slow_backend_is_not_held_back() -> None:
    """A message that comes when the rest after the last flush is over is written before the next one is asked for."""
    sink = ListSink()

    async def messages() -> AsyncIterator[Message]:
        for number in range(5):
            yield "tick", str(number).encode(), False
            assert len(sink.chunks) == number + 1
            await asyncio.sleep(0.005)

    await DirectStream(sink, PACE).run(messages())
    assert sink.read.names == ["tick"] * 5 + ["stream-end"]
