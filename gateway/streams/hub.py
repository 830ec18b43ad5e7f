"""All topics: opened for their first subscriber, closed some time after their last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import GatewayError
from gateway.headers import Metadata
from gateway.streams.flushing import Pace
from gateway.streams.log import Bounds, MemoryLog
from gateway.streams.position import new_epoch
from gateway.streams.scheduler import LoopScheduler
from gateway.streams.source import Source
from gateway.streams.topic import Topic

logger = logging.getLogger(__name__)


class TopicKey(NamedTuple):
    """What makes two clients share a topic."""

    method: str
    """`package.Service.Method`."""
    request: bytes
    """The upstream request, serialised deterministically."""
    metadata: Metadata = ()
    """What goes with it upstream."""
    reading: Hashable = None
    """Which reading of the contract it is of."""


@dataclass
class _Open:
    topic: Topic
    task: asyncio.Task[None]
    linger: asyncio.TimerHandle | None = None


class Hub:
    """All topics of one gateway.

    Args:
        open_source: the source that fills a topic.
        pace: when topics write.
        linger_seconds: how long a topic without subscribers stays open.
    """

    def __init__(self, open_source: Callable[[TopicKey], Source], pace: Pace, linger_seconds: float) -> None:
        self._open_source = open_source
        self._pace = pace
        self._linger_seconds = linger_seconds
        self._open: dict[TopicKey, _Open] = {}

    def __len__(self) -> int:
        """How many topics are open."""
        return len(self._open)

    def subscribers(self) -> int:
        """How many subscribers all topics have."""
        return sum(len(each.topic) for each in self._open.values())

    def topic(self, key: TopicKey, bounds: Bounds) -> Topic:
        """The topic of a key, opened now where it is not open. Subscribe to it within the linger time."""
        held = self._open.get(key)
        if held is None:
            held = self._open[key] = self._new(key, bounds)
        self._keep(key, held)
        return held.topic

    async def close(self) -> None:
        """Ends every topic and its source."""
        tasks = [held.task for held in self._open.values()]
        for key in list(self._open):
            self._close(key)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _new(self, key: TopicKey, bounds: Bounds) -> _Open:
        loop = asyncio.get_running_loop()
        scheduler = LoopScheduler()
        log = MemoryLog(new_epoch(), bounds, scheduler.time)
        topic = Topic(log, scheduler, self._pace, lambda: self._keep(key, self._open.get(key)), key.method)
        return _Open(topic, loop.create_task(self._fill(key, topic), name=f"source of {key.method}"))

    def _keep(self, key: TopicKey, held: _Open | None) -> None:
        """Starts the linger time anew."""
        if held is None:
            return
        if held.linger is not None:
            held.linger.cancel()
        loop = asyncio.get_running_loop()
        held.linger = loop.call_later(self._linger_seconds, self._close_idle, key, held)

    def _close_idle(self, key: TopicKey, held: _Open) -> None:
        if not len(held.topic) and self._open.get(key) is held:
            self._close(key)

    def _close(self, key: TopicKey) -> None:
        held = self._open.pop(key)
        if held.linger is not None:
            held.linger.cancel()
        held.task.cancel()
        held.topic.close()

    async def _fill(self, key: TopicKey, topic: Topic) -> None:
        """Runs a topic's source; a topic whose source has ended is no longer given to new clients."""
        try:
            await self._open_source(key)(topic)
        except Exception as error:
            logger.exception("the source of %s broke", key.method)
            topic.fail(GatewayError(f"the gateway failed: {error}"))
        finally:
            held = self._open.get(key)
            if held is not None and held.topic is topic:
                del self._open[key]
                if held.linger is not None:
                    held.linger.cancel()
