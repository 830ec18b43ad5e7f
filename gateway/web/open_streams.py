"""The streams that are open now: counted, watched for clients that take nothing, ended when the gateway stops."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol

from gateway.metrics import CLIENTS, CLIENTS_CLOSED
from gateway.streams.frames import retry_frame
from gateway.streams.sink import Sink

logger = logging.getLogger(__name__)

_LONGEST_STEP_SECONDS = 0.01
Attach = Callable[[Sink], Callable[[], None]]
"""Lets something write into a sink; gives what ends that."""


class ClientSink(Sink, Protocol):
    """A sink that can be given up."""

    def seconds_untaken(self, now: float) -> float:
        """For how long the client has taken nothing of what waits for it; `now` in seconds of the event loop."""

    def abandon(self) -> None:
        """Gives the client up: what it has not taken is lost."""


class OpenStreams:
    """All open streams of one gateway.

    Args:
        retry_milliseconds: what clients are told to wait before they connect again, before jitter.
        stall_seconds: how long a client may take nothing of what waits for it.
        drain_seconds: over how long they are ended when the gateway stops.
    """

    def __init__(self, retry_milliseconds: int, stall_seconds: float, drain_seconds: float) -> None:
        self.stopping = False
        """True once no new stream may open."""
        self._retry_milliseconds = retry_milliseconds
        self._stall_seconds = stall_seconds
        self._drain_seconds = drain_seconds
        self._open: dict[ClientSink, Callable[[], None]] = {}
        self._watch: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def add(self, sink: ClientSink, attach: Attach) -> None:
        """Counts a stream as open, and attaches what writes into it."""
        self._open[sink] = attach(sink)
        CLIENTS.inc()
        self._watch_stalls()

    def remove(self, sink: ClientSink) -> None:
        """Detaches what writes into it. Its client has gone, or the response has ended."""
        detach = self._open.pop(sink, None)
        if detach is not None:
            CLIENTS.dec()
            detach()

    def retry(self) -> bytes:
        """Tells a client how long to wait before it connects again.

        Spread, so that clients which lost the same gateway do not come back in the same moment.
        """
        spread = random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
        return retry_frame(int(self._retry_milliseconds * spread))

    async def end(self) -> None:
        """Ends every stream after what was written to it, one after the other."""
        self.stopping = True
        left = list(self._open)
        random.shuffle(left)
        step = min(self._drain_seconds / max(len(left), 1), _LONGEST_STEP_SECONDS)
        for sink in left:
            if sink in self._open:
                CLIENTS_CLOSED.labels("stopping").inc()
                sink.write(self.retry())
                sink.close()
                await asyncio.sleep(step)

    def _watch_stalls(self) -> None:
        if self._watch is None:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(self._stall_seconds / 4, self._close_stalled)

    def _close_stalled(self) -> None:
        self._watch = None
        now = asyncio.get_running_loop().time()
        for sink in list(self._open):
            if sink.seconds_untaken(now) > self._stall_seconds:
                logger.warning("closed a client that took nothing for %g s", self._stall_seconds)
                CLIENTS_CLOSED.labels("stalled").inc()
                sink.abandon()
        if self._open:
            self._watch_stalls()
