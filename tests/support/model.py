"""What every client of a topic must have seen, said by something much simpler than a topic.

`Past` is the reference: it knows everything that was published, in order, and nothing of groups, flushes, chunks or
cursors. A `Connection` is a sink that judges each frame in the moment it is written; a `Client` is all connections
that went on with each other's last event id.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gateway.streams.log import Log
from gateway.streams.opening import Start

STREAM_GAP, LAST_WORDS = "stream-gap", ("stream-end", "stream-error")
OWN_GAPS = ("evicted", "unknown-epoch", "malformed", "future")
"""The reasons of gaps that only one connection is told of; the others are events of the topic."""
ODD_CURSORS = {
    "": "malformed",
    "rubbish": "malformed",
    "ab-": "malformed",
    "ab--1": "malformed",
    "ab-1\r\nid: ab-2": "malformed",
    "ab-1\0": "malformed",
    "ab-" + "9" * 40: "malformed",
    "cd-1": "unknown-epoch",
    "ab-" + "9" * 18: "future",
}
"""Last event ids that no log named `ab` can go on at, and why."""


class Tag(str):
    """A filter on an event's one attribute; equal for equal tags, as filters must be."""

    __slots__ = ()

    def __call__(self, attributes: tuple[str, ...]) -> bool:
        return attributes[0] == self


class Told(NamedTuple):
    """One event, as it was published."""

    offset: int
    at: float
    name: str | None
    data: str
    attributes: tuple[str, ...] | None = None
    key: str | None = None
    terminal: bool = False
    origin: str = ""

    def seen_by(self, wanted: Tag | None) -> bool:
        """True where a client with this filter sees it."""
        return wanted is None or self.attributes is None or wanted(self.attributes)


class Past:
    """The reference: everything that was ever published, and the newest event of each key that lives."""

    def __init__(self) -> None:
        self.events: list[Told] = []
        self.alive: dict[str, Told] = {}
        self.complete = False

    @property
    def last(self) -> int:
        """The offset of the newest event."""
        return len(self.events)

    def publish(self, at: float, *event: object) -> None:
        """The next event: its name, data, attributes, key, whether it is terminal, and its origin."""
        told = Told(self.last + 1, at, *event)
        self.events.append(told)
        if told.key is not None:
            self.alive.pop(told.key, None)
            if not told.terminal:
                self.alive[told.key] = told

    def lose(self, at: float, origin: str) -> None:
        """A gap, and the newest event of each key of the other backends once more."""
        kept = [told for told in self.alive.values() if told.origin != origin]
        self.alive = {told.key: told for told in kept}
        self.publish(at, STREAM_GAP, '{"reason":"upstream-lost"}')
        for told in kept:
            self.publish(at, *told[2:])

    def superseded(self, told: Told, wanted: Tag | None) -> bool:
        """True where a newer event of the same key, which the client sees, makes this one needless."""
        newer = (each for each in self.events[told.offset :] if each.key == told.key and each.seen_by(wanted))
        return told.key is not None and not told.terminal and any(newer)

    def owed(self, after: int, up_to: int, wanted: Tag | None, behind: bool) -> list[Told]:
        """What a client that has everything up to `after` must be told before anything behind `up_to`."""
        seen = [told for told in self.events[after:up_to] if told.seen_by(wanted)]
        return [told for told in seen if not (behind and self.superseded(told, wanted))]

    def opening(self, start: Start, oldest: int, wanted: Tag | None) -> list[Told]:
        """What a new client is told first: the newest N that are kept, and the newest of each living key."""
        kept = [told for told in self.events[oldest - 1 :] if told.attributes is not None and told.seen_by(wanted)]
        newest = kept[len(kept) - min(start.last, len(kept)) :]
        living = [told for told in self.alive.values() if start.snapshot and told.seen_by(wanted)]
        return sorted({*newest, *living})


class Frame(NamedTuple):
    """What a client reads up to a blank line; without data it only moves the last event id."""

    id: str
    name: str | None
    data: str | None

    @property
    def offset(self) -> int:
        """The place in the log that it names."""
        return int(self.id.split("-")[1])

    @property
    def gap(self) -> dict[str, object]:
        """What a `stream-gap` says; nothing for any other frame."""
        return json.loads(self.data) if self.name == STREAM_GAP and self.data else {}


def frames_of(chunk: bytes) -> Iterator[Frame]:
    """The frames of a chunk, without comments."""
    *blocks, rest = chunk.decode().split("\n\n")
    assert not rest, "a chunk ends where a frame ends"
    for block in blocks:
        if not block.startswith(":"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            yield Frame(fields["id"], fields.get("event"), fields.get("data"))


class Connection:
    """A sink that takes some chunks until it is congested, and judges every frame in the moment it is written.

    The rules of a connection:

    1. It opens in one of three ways. Without a cursor: `Past.opening`, oldest first, then an id that stands for
       everything up to now. With a cursor that the log reaches: nothing. With any other: a `stream-gap` with the
       reason, and the number of events missed where the cursor was one of this log.
    2. After each gap of its own, whether it opens with it or falls off the log later, the newest event of each living
       key that is no longer in the log follows, oldest first. The gap and these are the only events whose ids may lie
       below what was written before; reading goes on with the oldest event in the log.
    3. Apart from that ids strictly increase, and each event is exactly what was published under its id.
    4. An event or an id stands for everything up to it: nothing that the filter shows may lie in between, but for
       events that are superseded in that moment, and those only after a gap or while it catches up from congestion.
    5. An opening ends with an id from which it is not told again; an id before that leads to all of it.
    6. Whoever is not congested has everything that is older than the flush time, and everything there is when it has
       just connected or drained.
    """

    def __init__(self, past: Past, log: Log, wanted: Tag | None, start: Start, room: int) -> None:
        self.on_drained: Callable[[], None] = lambda: None
        self.frames: list[Frame] = []
        self.faults: list[str] = []
        self.closed = self.congested = False
        self.room = room
        self._past, self._log, self._wanted, self.start = past, log, wanted, start
        self._covered = self._opened = -1
        self._opening: deque[Told] = deque()
        self._behind = self._joined = False

    # ---- what its topic calls

    def write(self, chunk: bytes) -> bool:
        """Judges each frame; congested once there is no more room."""
        self._claim(not self.closed, "a closed sink is written to")
        self._claim(not self.congested, "a congested sink is written to")
        for frame in frames_of(chunk):
            self._claim(self._past.complete, f"told before the past was complete: {frame}")
            self._claim(frame.id.startswith(f"{self._log.epoch}-"), f"not of this log: {frame}")
            self._judge(frame)
            self.frames.append(frame)
        self.room -= 1
        if self.room <= 0:
            self.congested, self._behind, self._joined = True, True, False
        return not self.congested

    def close(self) -> None:
        """Nothing more may come."""
        self.closed = True

    # ---- what a test calls

    def drain(self, room: int) -> None:
        """Takes chunks again."""
        self.congested, self.room = False, room
        self.on_drained()

    def at_rest(self, flushed: int) -> int:
        """Between two steps; says up to where everything was told, where `flushed` has to be by now."""
        if self.congested or not self._past.complete:
            return 0
        if self._covered < 0:
            self._claim(self.start.last_event_id is not None, "a new client was not even given an id")
            self._open("nothing was told")
        self._claim(not self._opening, f"not told at the start: {list(self._opening)}")
        self._claim(self._id >= self._opened, f"its id {self._id} would have it told what it knows from {self._opened}")
        self._cover(flushed if self._joined and not self.closed else self._past.last, "at rest")
        self._behind, self._joined = False, True
        return self._covered

    # ---- judging

    @property
    def _id(self) -> int:
        """The offset that its last event id names."""
        return self.frames[-1].offset if self.frames else -1

    def _judge(self, frame: Frame) -> None:
        if frame.gap.get("reason") in OWN_GAPS:
            self._judge_gap(frame)
            return
        if self._covered < 0:
            self._open(frame)
        if self._opening:
            told = self._opening.popleft()
            self._claim(
                frame == (frame.id, told.name, told.data) and frame.offset == told.offset, f"{frame}, not {told}"
            )
        elif frame.name in LAST_WORDS:
            self._cover(self._past.last, frame)
            self._claim(frame.offset == self._past.last, f"does not stand at the end: {frame}")
        elif frame.data is None:
            self._claim(frame.offset >= self._id, f"the id went back: {frame}")
            self._cover(frame.offset, frame)
        else:
            self._judge_event(frame)

    def _judge_event(self, frame: Frame) -> None:
        in_order = self._covered < frame.offset <= self._past.last
        self._claim(in_order, f"told twice, too late or too early: {frame} after {self._covered}")
        if not in_order:
            return
        self._cover(frame.offset - 1, frame)
        told = self._past.events[frame.offset - 1]
        self._claim((frame.name, frame.data) == (told.name, told.data), f"{frame}, but published was {told}")
        self._claim(told.seen_by(self._wanted), f"hidden by the filter {self._wanted!r}: {told}")
        self._covered = frame.offset

    def _judge_gap(self, frame: Frame) -> None:
        kept, reason, missed = self._log.start, frame.gap["reason"], frame.gap.get("missed")
        if self._covered < 0:
            self._claim((reason, missed) == self._refusal(), f"{frame} at the start, not {self._refusal()}")
        else:
            lost = len(self._past.owed(self._covered, kept - 1, self._wanted, self._behind))
            most = kept - 1 - self._covered
            self._claim(reason == "evicted" and missed > 0 and lost <= missed <= most, f"{frame}: {lost} to {most}")
        self._claim(frame.offset < kept, f"{frame}, but kept is all from {kept} on")
        living = self._past.alive.values()
        self._opening = deque(told for told in living if told.offset < kept and told.seen_by(self._wanted))
        self._covered = self._opened = kept - 1
        self._behind = True

    def _open(self, first: object) -> None:
        refusal, cursor = self._refusal(), self.start.last_event_id
        self._claim(refusal is None, f"{first} at the start, not a gap: {refusal}")
        self._covered = Frame(cursor, None, None).offset if cursor and not refusal else self._past.last
        if cursor is None:
            self._opened = self._covered
            self._opening = deque(self._past.opening(self.start, self._log.start, self._wanted))

    def _refusal(self) -> tuple[str, int | None] | None:
        """Why the log cannot go on at its cursor, and how much it missed."""
        cursor = self.start.last_event_id
        if cursor is None:
            return None
        if cursor in ODD_CURSORS:
            return ODD_CURSORS[cursor], None
        offset, start = Frame(cursor, None, None).offset, self._log.start
        if offset > self._past.last:
            return "future", None
        return ("evicted", start - 1 - offset) if offset < start - 1 else None

    def _cover(self, up_to: int, why: object) -> None:
        """Everything up to an offset must have been told by now."""
        self._claim(up_to <= self._past.last, f"nothing stands there yet: {why}")
        owed = self._past.owed(self._covered, up_to, self._wanted, self._behind)
        self._claim(not owed, f"lost before {why}: {owed}")
        self._covered = max(self._covered, up_to)

    def _claim(self, true: bool, otherwise: str) -> None:
        if not true:
            self.faults.append(otherwise)


class Client:
    """All connections that go on with each other's last event id, and what the client knows from them.

    Between two gaps, ids strictly increase over all of its connections. Once it has asked for a snapshot or was told
    to forget by a gap, it knows the newest event of each living key.
    """

    def __init__(self, wanted: Tag | None, start: Start) -> None:
        self.wanted = wanted
        self.start = start
        self.connection: Connection | None = None
        self._read: list[Frame] = []

    def connect(self, past: Past, log: Log, room: int) -> Connection:
        """Connects, or comes back with its own last event id."""
        cursor = self._read[-1].id if self._read else self.start.last_event_id
        self.connection = Connection(past, log, self.wanted, self.start._replace(last_event_id=cursor), room)
        return self.connection

    def disconnect(self, unread: int) -> None:
        """Goes away; the newest frames that were written to it have not arrived."""
        frames = self.connection.frames
        self._read += frames[: max(0, len(frames) - unread)]
        self.connection = None

    def faults(self, past: Past, flushed: int) -> list[str]:
        """What should not have happened to it."""
        if self.connection is None:
            return []
        up_to = self.connection.at_rest(flushed)
        if self.connection.faults:
            return self.connection.faults
        known, repeated = self._memory([*self._read, *self.connection.frames], past)
        stale = [told for told in self._living(past, up_to) if known is not None and known.get(told.key) != told.data]
        twice = [f"told twice over its connections: {frame}" for frame in repeated]
        return twice + [f"not known: {told}" for told in stale]

    def _living(self, past: Past, up_to: int) -> list[Told]:
        return [told for told in past.alive.values() if told.offset <= up_to and told.seen_by(self.wanted)]

    def _memory(self, frames: list[Frame], past: Past) -> tuple[dict[str, str] | None, list[Frame]]:
        """The newest of each key, None where it never asked for it; and the events it was told twice."""
        known: dict[str, str] | None = {} if self.start.snapshot and self.start.last_event_id is None else None
        newest, repeated = -1, []
        for frame in frames:
            if frame.gap and frame.gap["reason"] != "untranslatable":
                known, newest = {}, -1
            elif frame.data is not None and frame.name not in LAST_WORDS:
                repeated += [frame] if frame.offset <= newest else []
                newest = frame.offset
                if known is not None:
                    known[past.events[frame.offset - 1].key] = frame.data
        return known, repeated
