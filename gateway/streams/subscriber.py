"""A cursor and a sink: one client of a topic."""

from __future__ import annotations

from gateway.streams.event import Filter
from gateway.streams.log import Log
from gateway.streams.opening import Opening, Start, opening, read_from
from gateway.streams.sink import Sink

READ_BYTES = 65_536
"""How much is read and written at a time while a subscriber catches up."""


class Subscriber:
    """Reads a log at its own cursor into a sink. It has no queue: what it has not read yet is in the log."""

    __slots__ = ("_behind", "_first", "_log", "_start", "cursor", "sink", "wanted")

    def __init__(self, log: Log, sink: Sink, wanted: Filter | None, start: Start) -> None:
        self.sink = sink
        self.wanted = wanted
        self.cursor = 0
        self._log = log
        self._start: Start | None = start
        self._first: list[bytes] = []
        self._behind = False

    def read_on(self) -> bool:
        """Writes until everything is read (True) or the sink is congested (False)."""
        if self._start is not None:
            self._open(opening(self._log, self._start, self.wanted))
            self._start = None
        while (chunk := self._next_chunk()) is not None:
            if chunk and not self.sink.write(chunk):
                self._behind = True
                return False
        self._behind = False
        return True

    def fall_behind(self, cursor: int) -> None:
        """Its sink is congested, and `cursor` is the first offset that was not written to it."""
        self.cursor = cursor
        self._behind = True

    def _next_chunk(self) -> bytes | None:
        if self.cursor < self._log.start:
            self._open(read_from(self._log, self.cursor, self.wanted))
        if self._first:
            return self._take_first()
        events = self._log.read(self.cursor, READ_BYTES)
        if not events:
            return None
        self.cursor = events[-1].offset + 1
        seen = (event for event in events if event.seen_by(self.wanted))
        if self._behind:
            seen = (event for event in seen if not self._log.superseded(event, self.wanted))
        return b"".join(event.frame for event in seen)

    def _open(self, first: Opening) -> None:
        self._first = first.frames
        self.cursor = first.cursor
        self._behind = self._behind or first.gap

    def _take_first(self) -> bytes:
        size = count = 0
        while count < len(self._first) and size < READ_BYTES:
            size += len(self._first[count])
            count += 1
        taken, self._first = self._first[:count], self._first[count:]
        return b"".join(taken)
