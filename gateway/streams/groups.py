"""Subscribers that have read everything and want to see the same: they get the same bytes."""

from __future__ import annotations

from gateway.streams.batch import Batch
from gateway.streams.event import Filter
from gateway.streams.frames import id_frame
from gateway.streams.position import Position
from gateway.streams.sink import Sink
from gateway.streams.subscriber import Subscriber

MOST_HIDDEN = 1000
"""After so many events that a filter has hidden, its clients' last event id is moved on."""


class Group:
    """Caught-up subscribers with equal filters.

    Args:
        wanted: their filter.
        newest: the position of the newest event they have read.
        now: when it was made, in seconds of the topic's clock.
    """

    __slots__ = ("_told", "members", "wanted", "written_at")

    def __init__(self, wanted: Filter | None, newest: Position, now: float) -> None:
        self.wanted = wanted
        self.members: dict[Subscriber, Sink] = {}
        """With their sinks beside them: a write to thousands should touch no more memory than it must."""
        self.written_at = now
        self._told = newest.offset

    def deliver(self, batch: Batch, newest: Position, now: float) -> None:
        """Writes what of the new events they see to every member; `newest` is the position of the last of all."""
        chunk, last = batch.seen_by(self.wanted)
        if last is not None:
            self._told = last
        if newest.offset - self._told >= MOST_HIDDEN:
            chunk += self.move_on(newest)
        self.write(chunk, newest, now)

    def move_on(self, newest: Position) -> bytes:
        """An id without an event where the filter hid the newest ones, so that a reconnect need not read them again."""
        if newest.offset == self._told:
            return b""
        self._told = newest.offset
        return id_frame(newest)

    def write(self, chunk: bytes, newest: Position, now: float) -> None:
        """Writes a chunk to every member. Whoever is congested by it leaves, with its cursor behind `newest`."""
        if not chunk:
            return
        self.written_at = now
        congested = [member for member, sink in self.members.items() if not sink.write(chunk)]
        for member in congested:
            member.fall_behind(newest.offset + 1)
            self.members.pop(member, None)
