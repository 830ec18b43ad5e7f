"""One shared live stream: one source, one log, many subscribers.

Subscribers that have read everything stand in groups, one for each distinct filter. A flush joins the new
events of each group once and hands the same bytes to every member. Whoever is congested leaves its group, reads
on from the log when it has drained, and joins again once it has caught up.

Handover: a flush, reading to the head and joining a group happen in one go, with no await between them. So a
member of a group has always seen exactly what was flushed, and no event is lost or repeated between the past
and the present.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.errors import GatewayError
from gateway.headers import Headers
from gateway.metrics import EVENTS, GAPS
from gateway.streams import control
from gateway.streams.batch import Batch
from gateway.streams.control import GapReason
from gateway.streams.event import Attributes, Event, Filter
from gateway.streams.flushing import Flusher, Pace
from gateway.streams.frames import Framer, event_frame, heartbeat_frame
from gateway.streams.groups import Group
from gateway.streams.log import Log
from gateway.streams.opening import Start
from gateway.streams.position import Position
from gateway.streams.scheduler import Scheduler, Timer
from gateway.streams.sink import Sink
from gateway.streams.subscriber import Subscriber


class Topic:
    """One shared live stream. Implements `Publisher` for its source.

    Args:
        log: its history.
        scheduler: the event loop.
        pace: when it writes.
        on_idle: called when its last subscriber has left.
        method: what its events are counted under.
    """

    def __init__(
        self, log: Log, scheduler: Scheduler, pace: Pace, on_idle: Callable[[], None], method: str = ""
    ) -> None:
        self.headers: Headers = ()
        """Response headers of the first call that a backend took; none before."""
        self._log = log
        self._scheduler = scheduler
        self._heartbeat_seconds = pace.heartbeat_seconds
        self._on_idle = on_idle
        self._published = EVENTS.labels(method)
        self._frame = Framer(log.epoch).frame
        self._flusher = Flusher[Event](scheduler, pace, self._deliver)
        self._subscribers: set[Subscriber] = set()
        self._groups: dict[Filter | None, Group] = {}
        self._waiting = Group(None, self._newest, scheduler.time())
        self._heartbeat_timer: Timer | None = None
        self._opened = asyncio.Event()
        self._settled = False
        self._failure: GatewayError | None = None
        self._last_words: bytes | None = None

    def __len__(self) -> int:
        """How many subscribers it has."""
        return len(self._subscribers)

    # ---- what its source calls

    def publish(
        self,
        name: str | None,
        data: bytes,
        attributes: Attributes | None,
        key: Any,
        terminal: bool,
        origin: str,
        more: bool = False,
    ) -> None:
        """Appends an event, and flushes at once where none was flushed a moment ago and no other is there already."""
        if self._last_words is not None:
            return
        now, offset = self._scheduler.time(), self._log.head
        event = Event(offset, name, self._frame(offset, name, data), now, attributes, key, terminal, origin)
        self._log.append(event)
        self._flusher.add(event, now, more)

    def gap(self, reason: GapReason, missed: int | None = None, detail: str = "") -> None:
        """Tells every subscriber that events were missed here."""
        GAPS.labels(reason).inc()
        self.publish(control.STREAM_GAP, control.gap(reason, missed, detail), None, None, terminal=False, origin="")

    def lose(self, origin: str) -> None:
        """Forgets a backend's keys, tells of the gap, then the newest event of each key of the others."""
        self._log.forget(origin)
        self.gap("upstream-lost")
        for event in self._log.snapshot():
            self.publish(event.name, event.data, event.attributes, event.key, event.terminal, event.origin)

    def accept(self, headers: Headers = ()) -> None:
        """The stream can start; the first headers are kept."""
        self.headers = self.headers or headers
        self._opened.set()

    def settle(self) -> None:
        """The past is complete: whoever waited for it starts."""
        self.accept()
        if not self._settled:
            self._settled = True
            waiting, self._waiting.members = self._waiting.members, {}
            for subscriber in waiting:
                self._go_on(subscriber)

    def finish(self) -> None:
        """Nothing more will come."""
        position = self._newest._replace(finished=True)
        self._end(event_frame(position, control.STREAM_END, control.end()))

    def fail(self, cause: GatewayError) -> None:
        """The stream cannot go on."""
        self._failure = cause
        self._end(event_frame(self._newest, control.STREAM_ERROR, control.error(cause)))

    # ---- what the clients' side calls

    @property
    def head(self) -> int:
        """The offset of the next event."""
        return self._log.head

    async def opened(self, patience_seconds: float) -> None:
        """Waits until the stream can start, but not longer than `patience_seconds`.

        Raises:
            GatewayError: the backend refused the call.
        """
        try:
            async with asyncio.timeout(patience_seconds):
                await self._opened.wait()
        except TimeoutError:
            return
        if self._failure is not None:
            raise self._failure

    def subscribe(self, sink: Sink, wanted: Filter | None, start: Start) -> Subscriber:
        """A new subscriber, which gets its past now and everything new from now on."""
        subscriber = Subscriber(self._log, sink, wanted, start)
        sink.on_drained = partial(self._go_on, subscriber)
        self._subscribers.add(subscriber)
        self._go_on(subscriber)
        self._watch_silence()
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """Forgets a subscriber; its client has gone."""
        if subscriber not in self._subscribers:
            return
        self._subscribers.discard(subscriber)
        self._waiting.members.pop(subscriber, None)
        group = self._groups.get(subscriber.wanted)
        if group is not None:
            group.members.pop(subscriber, None)
            if not group.members:
                del self._groups[subscriber.wanted]
        if not self._subscribers:
            self._on_idle()

    def close(self) -> None:
        """Ends every subscriber's response without a word: the gateway stops."""
        self._end(b"")

    # ---- delivery

    @property
    def _newest(self) -> Position:
        return Position(self._log.epoch, self._log.head - 1)

    def _deliver(self, events: list[Event], now: float) -> None:
        """Writes what is new to every subscriber that has read the rest."""
        self._published.inc(len(events))
        batch, newest = Batch(events), self._newest
        for group in list(self._groups.values()):
            group.deliver(batch, newest, now)

    def _go_on(self, subscriber: Subscriber) -> None:
        """Lets a subscriber read until it is congested, or has caught up and joins its group."""
        if subscriber not in self._subscribers:
            return
        if not self._settled:
            self._waiting.members[subscriber] = subscriber.sink
            return
        self._flusher.flush()
        if not subscriber.read_on():
            return
        if self._last_words is not None:
            self._dismiss(subscriber, self._last_words)
        else:
            group = self._groups.get(subscriber.wanted)
            if group is None:
                group = Group(subscriber.wanted, self._newest, self._scheduler.time())
                self._groups[subscriber.wanted] = group
            subscriber.wanted = group.wanted  # so that equal filters are kept once
            group.members[subscriber] = subscriber.sink

    def _end(self, last_words: bytes) -> None:
        if self._last_words is not None:
            return
        self._flusher.flush()
        self._last_words = last_words
        self.settle()
        for group in list(self._groups.values()):
            for subscriber in list(group.members):
                self._dismiss(subscriber, last_words)
        if self._heartbeat_timer is not None:
            self._heartbeat_timer.cancel()

    def _dismiss(self, subscriber: Subscriber, last_words: bytes) -> None:
        if last_words:
            subscriber.sink.write(last_words)
        subscriber.sink.close()
        self.leave(subscriber)

    # ---- silence

    def _watch_silence(self) -> None:
        if self._heartbeat_timer is None and self._last_words is None:
            self._heartbeat_timer = self._scheduler.call_later(self._heartbeat_seconds, self._break_silence)

    def _break_silence(self) -> None:
        self._heartbeat_timer = None
        if not self._subscribers:
            return
        self._flusher.flush()  # so that a group's members have everything up to the newest
        now, beat = self._scheduler.time(), heartbeat_frame(time.time())
        groups = [group for group in (self._waiting, *self._groups.values()) if group.members]
        for group in groups:
            if now - group.written_at >= self._heartbeat_seconds:
                moved_on = b"" if group is self._waiting else group.move_on(self._newest)
                group.write(beat + moved_on, self._newest, now)
        oldest = min((group.written_at for group in groups), default=now)
        wait = oldest + self._heartbeat_seconds - now
        self._heartbeat_timer = self._scheduler.call_later(wait, self._break_silence)
