"""The ordered, bounded history of a topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.streams.event import Event, Filter


@dataclass(frozen=True)
class Bounds:
    """How much a log keeps; the first bound reached evicts."""

    max_events: int
    max_bytes: int
    max_age_seconds: float


class Log(Protocol):
    """What a topic needs of its history.

    Offsets grow by one from 1. The log holds `start` to `head - 1`, and beyond that the newest event of each key
    that is not over, however old it is.
    """

    epoch: str
    """Names this log among all that the topic ever had."""

    @property
    def start(self) -> int:
        """The oldest offset held; equal to `head` where it is empty."""

    @property
    def head(self) -> int:
        """The offset that the next event gets."""

    def append(self, event: Event) -> None:
        """Takes the event with the offset `head`, and evicts what the bounds no longer allow."""

    def read(self, offset: int, max_bytes: int) -> list[Event]:
        """The events from `offset` on, at least one where there is one, until their frames reach `max_bytes`."""

    def newest(self, count: int, wanted: Filter | None) -> list[Event]:
        """The newest `count` events that a filter lets through, oldest first."""

    def snapshot(self, before: int | None = None) -> list[Event]:
        """The newest event of each key that is not over, oldest first; only those below `before` where it is given."""

    def superseded(self, event: Event, wanted: Filter | None = None) -> bool:
        """True where a newer event of the same key makes this one needless; never for a terminal one.

        The newest event of the key must be one that the filter lets through.
        """

    def forget(self, origin: str) -> None:
        """Drops the keys of a backend from the snapshot: whether they still live is not known."""


class MemoryLog:
    """A log in memory.

    Args:
        epoch: names this log.
        bounds: how much is kept.
        clock: seconds, monotonic; the one that events are stamped with.
    """

    def __init__(self, epoch: str, bounds: Bounds, clock: Callable[[], float]) -> None:
        self.epoch = epoch
        self._bounds = bounds
        self._clock = clock
        self._events: dict[int, Event] = {}
        self._bytes = 0
        self._start = self._head = 1
        self._live: dict[Any, Event] = {}
        self._latest: dict[Any, Event] = {}

    @property
    def start(self) -> int:
        """The oldest offset held."""
        self._evict(self._clock())
        return self._start

    @property
    def head(self) -> int:
        """The offset that the next event gets."""
        return self._head

    def append(self, event: Event) -> None:
        """Takes the event with the offset `head`."""
        self._events[event.offset] = event
        self._bytes += len(event.frame)
        self._head = event.offset + 1
        if event.key is not None:
            self._index(event)
        self._evict(event.published_at)

    def read(self, offset: int, max_bytes: int) -> list[Event]:
        """The events from `offset` on, until their frames reach `max_bytes`."""
        events: list[Event] = []
        size = 0
        while offset < self._head and size < max_bytes:
            event = self._events[offset]
            events.append(event)
            size += len(event.frame)
            offset += 1
        return events

    def newest(self, count: int, wanted: Filter | None) -> list[Event]:
        """The newest `count` events that a filter lets through, oldest first."""
        found: list[Event] = []
        offset = self._head - 1
        while offset >= self.start and len(found) < count:
            event = self._events[offset]
            # Events without attributes are the gateway's own: they are about the stream, not part of its past.
            if event.attributes is not None and event.seen_by(wanted):
                found.append(event)
            offset -= 1
        return found[::-1]

    def snapshot(self, before: int | None = None) -> list[Event]:
        """The newest event of each key that is not over, oldest first."""
        below = self._head if before is None else before
        return sorted((event for event in self._live.values() if event.offset < below), key=lambda event: event.offset)

    def superseded(self, event: Event, wanted: Filter | None = None) -> bool:
        """True where a newer event of the same key, which the filter lets through, makes this one needless."""
        if event.key is None or event.terminal:
            return False
        newest = self._latest[event.key]
        return newest is not event and newest.seen_by(wanted)

    def forget(self, origin: str) -> None:
        """Drops the keys of a backend from the snapshot."""
        for event in [event for event in self._live.values() if event.origin == origin]:
            del self._live[event.key]
            if event.offset < self._start:
                del self._latest[event.key]

    def _index(self, event: Event) -> None:
        self._latest[event.key] = event
        if event.terminal:
            self._live.pop(event.key, None)
        else:
            self._live[event.key] = event

    def _evict(self, now: float) -> None:
        bounds, events = self._bounds, self._events
        oldest_allowed = now - bounds.max_age_seconds
        first_allowed = self._head - bounds.max_events
        while self._start < self._head:
            event = events[self._start]
            full = self._start < first_allowed or self._bytes > bounds.max_bytes
            if not full and event.published_at >= oldest_allowed:
                return
            self._drop(event)

    def _drop(self, event: Event) -> None:
        del self._events[event.offset]
        self._bytes -= len(event.frame)
        self._start = event.offset + 1
        key = event.key
        if key is not None and self._latest.get(key) is event and key not in self._live:
            del self._latest[key]
