"""What is left of clients that have gone: nothing."""

import asyncio
import gc

import pytest

from gateway.streams.log import MemoryLog
from gateway.streams.subscriber import Subscriber
from gateway.streams.topic import Topic
from gateway.upstream.feed import Feed
from gateway.web.sinks import AsgiSink
from gateway.web.transport_sink import TransportSink
from tests.support.backend import Script, ScriptedBackend, progress, progress_bookmark
from tests.support.gateways import running_gateway
from tests.support.waiting import until

WATCH = "/api/v1/progress/events"
KINDS = (AsgiSink, TransportSink, Subscriber, Topic, MemoryLog, Feed)


def alive() -> dict[str, int]:
    """How many objects of each kind there are."""
    gc.collect()
    objects = gc.get_objects()
    return {kind.__name__: sum(type(each) is kind for each in objects) for kind in KINDS}


@pytest.mark.usefixtures("each_sink")
async def test_clients_that_leave_and_a_topic_that_lingers_out_leave_nothing_behind() -> None:
    """No sink, no subscriber; after the linger time no topic, no log, no feed, no call and no task either."""
    script = Script(progress_bookmark())
    async with (
        ScriptedBackend(script) as backend,
        running_gateway(backend.address, stream={"linger_seconds": 0.2}) as gateway,
    ):
        before, tasks = alive(), len(asyncio.all_tasks())
        clients = [await gateway.open(f"{WATCH}?owner_id={number % 3}") for number in range(12)]
        await until(lambda: all(client.sse.last_event_id for client in clients))
        script.send(*(progress(str(number), owner_id="1") for number in range(20)))
        await clients[1].until_events(20)
        held = alive()
        assert sum(held[kind] - before[kind] for kind in ("AsgiSink", "TransportSink")) == 12
        for client in clients:
            await client.close()
        await until(lambda: len(gateway.gateway.hub) == 0 and backend.open_calls == 0)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        # Coroutines of closed connections hold their frames until the loop has gone round once more.
        await until(lambda: alive() == before)
