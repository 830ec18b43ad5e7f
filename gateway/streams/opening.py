"""What a subscriber gets first: the past it asks for, or word of what it missed."""

from __future__ import annotations

from typing import NamedTuple

from gateway.metrics import GAPS
from gateway.streams import control
from gateway.streams.control import GapReason
from gateway.streams.event import Filter
from gateway.streams.frames import event_frame, id_frame
from gateway.streams.log import Log
from gateway.streams.position import Position, parse_position


class Start(NamedTuple):
    """Where a subscriber wants to start."""

    last_event_id: str | None = None
    """The position it comes back with; None for a new one."""
    last: int = 0
    """How many of the newest events a new one wants."""
    snapshot: bool = False
    """True where a new one wants the newest event of each key that is not over."""
    since: int | None = None
    """The offset a new one begins at, where it has no other past: what came while it waited for the stream to open."""


class Opening(NamedTuple):
    """What is written before the log is read on from `cursor`."""

    frames: list[bytes]
    cursor: int
    gap: bool = False
    """True where it begins with a `stream-gap`: what follows only has to tell the newest of each key."""


def opening(log: Log, start: Start, wanted: Filter | None) -> Opening:
    """The opening of a subscriber."""
    if start.last_event_id is None:
        return _fresh(log, start, wanted)
    position = parse_position(start.last_event_id)
    if position is None:
        return _missed(log, "malformed", wanted)
    if position.epoch != log.epoch:
        return _missed(log, "unknown-epoch", wanted)
    if position.offset >= log.head:
        return _missed(log, "future", wanted)
    return read_from(log, position.offset + 1, wanted)


def read_from(log: Log, cursor: int, wanted: Filter | None) -> Opening:
    """Reading on at a cursor, with a gap first where the log no longer reaches it."""
    missed = log.start - cursor
    return _missed(log, "evicted", wanted, missed) if missed > 0 else Opening([], cursor)


def _fresh(log: Log, start: Start, wanted: Filter | None) -> Opening:
    if start.since is not None and start.since < log.head:
        return read_from(log, start.since, wanted)
    past = {event.offset: event for event in log.newest(start.last, wanted)}
    if start.snapshot:
        past |= {event.offset: event for event in log.snapshot() if event.seen_by(wanted)}
    frames = [past[offset].frame for offset in sorted(past)]
    # From here on the client has a cursor, so that whoever leaves before the first event can come back.
    return Opening([*frames, id_frame(Position(log.epoch, log.head - 1))], log.head)


def _missed(log: Log, reason: GapReason, wanted: Filter | None, missed: int | None = None) -> Opening:
    GAPS.labels(reason).inc()
    cursor = log.start
    older = [event for event in log.snapshot(before=cursor) if event.seen_by(wanted)]
    done = Position(log.epoch, cursor - 1)
    # Whoever leaves before it has read them all comes back with an id that the log does not reach, and gets them again.
    at = Position(log.epoch, older[0].offset - 1) if older else done
    told = event_frame(at, control.STREAM_GAP, control.gap(reason, missed))
    past = [*(event.frame for event in older), id_frame(done)] if older else []
    return Opening([told, *past], cursor, gap=True)
