import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.streams.flushing import Pace
from gateway.streams.hub import Hub, TopicKey
from gateway.streams.log import Bounds
from gateway.streams.opening import Start
from gateway.streams.source import Publisher, Source
from tests.support.sinks import ListSink
from tests.support.waiting import until

BOUNDS = Bounds(100, 10**6, 1000)
KEY = TopicKey("a.B.C", b"")


class Sources:
    """Counts the sources that are opened, and hands their publishers to the test."""

    def __init__(self) -> None:
        self.publishers: list[Publisher] = []
        self.running = 0
        self.error: Exception | None = None

    def open(self, key: TopicKey) -> Source:
        return self._run

    async def _run(self, publisher: Publisher) -> None:
        self.publishers.append(publisher)
        self.running += 1
        try:
            if self.error:
                raise self.error
            publisher.settle()
            await asyncio.Event().wait()
        finally:
            self.running -= 1


@pytest.fixture
def sources() -> Sources:
    """What the hub opens."""
    return Sources()


@pytest.fixture
async def hub(sources: Sources) -> AsyncIterator[Hub]:
    """A hub that lingers for a moment only."""
    hub = Hub(sources.open, Pace(0.001, 30), linger_seconds=0.05)
    yield hub
    await hub.close()


async def test_clients_with_an_equal_key_share_a_topic_and_its_source(hub: Hub, sources: Sources) -> None:
    """One upstream call serves them all; another request is another topic, and so are other rights."""
    one, two = hub.topic(KEY, BOUNDS), hub.topic(KEY, BOUNDS)
    other = hub.topic(KEY._replace(request=b"x"), BOUNDS)
    someone = hub.topic(KEY._replace(metadata=(("authorization", "x"),)), BOUNDS)
    await until(lambda: sources.running == 3)
    assert one is two
    assert len({one, other, someone}) == 3


async def test_a_topic_is_closed_some_time_after_its_last_subscriber(hub: Hub, sources: Sources) -> None:
    """Its source ends and the next client opens a new one, with a new epoch."""
    topic = hub.topic(KEY, BOUNDS)
    await until(lambda: sources.running)
    topic.leave(topic.subscribe(ListSink(), None, Start()))
    assert len(hub) == 1
    await until(lambda: sources.running == 0)
    assert len(hub) == 0
    assert hub.topic(KEY, BOUNDS) is not topic


async def test_a_topic_that_nobody_subscribes_to_is_closed_too(hub: Hub, sources: Sources) -> None:
    """A client that went away while the topic was opened leaves nothing behind."""
    hub.topic(KEY, BOUNDS)
    await until(lambda: sources.running == 1)
    await until(lambda: sources.running == 0)
    assert len(hub) == 0


async def test_a_client_that_comes_within_the_linger_time_keeps_the_topic(sources: Sources) -> None:
    """The page that is reloaded finds its history."""
    hub = Hub(sources.open, Pace(0.001, 30), linger_seconds=0.2)
    topic = hub.topic(KEY, BOUNDS)
    topic.leave(topic.subscribe(ListSink(), None, Start()))
    hub.topic(KEY, BOUNDS).subscribe(ListSink(), None, Start())
    await asyncio.sleep(0.3)  # longer than the linger time: what must not happen would have happened
    assert hub.topic(KEY, BOUNDS) is topic
    assert sources.running == 1
    await hub.close()


async def test_a_finished_topic_is_not_given_to_new_clients(hub: Hub, sources: Sources) -> None:
    """Its clients get the end; the next one opens a new call."""

    async def finishes(publisher: Publisher) -> None:
        publisher.finish()

    hub = Hub(lambda key: finishes, Pace(0.001, 30), linger_seconds=10)
    topic = hub.topic(KEY, BOUNDS)
    sink = ListSink()
    topic.subscribe(sink, None, Start())
    await until(lambda: sink.closed)
    assert sink.read.names == ["stream-end"]
    assert hub.topic(KEY, BOUNDS) is not topic
    await hub.close()


async def test_a_source_that_breaks_fails_its_topic_and_is_logged(
    hub: Hub, sources: Sources, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours reaches the client as an error and the operator with its traceback."""
    sources.error = RuntimeError("boom")
    sink = ListSink()
    hub.topic(KEY, BOUNDS).subscribe(sink, None, Start())
    await until(lambda: sink.closed)
    assert sink.read.events[0].payload["code"] == "INTERNAL"
    assert "boom" in caplog.text


async def test_closing_the_hub_ends_every_stream_and_source(hub: Hub, sources: Sources) -> None:
    """Nothing goes on behind it."""
    sink = ListSink()
    hub.topic(KEY, BOUNDS).subscribe(sink, None, Start())
    await until(lambda: sources.running == 1)
    await hub.close()
    assert sink.closed
    assert (sources.running, len(hub)) == (0, 0)
