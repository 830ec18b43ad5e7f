"""Subscribers that have read everything and want to see the same: they get the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.streams.event import Event, Filter
from gateway.streams.subscriber import Subscriber


class Group:
    """Caught-up subscribers with equal filters.

    Args:
        wanted: their filter.
        now: when it was made, in seconds of the topic's clock.
    """

    __slots__ = ("members", "wanted", "written_at")

    def __init__(self, wanted: Filter | None, now: float) -> None:
        self.wanted = wanted
        self.members: set[Subscriber] = set()
        self.written_at = now

    def deliver(self, events: Sequence[Event], head: int, now: float) -> None:
        """Writes new events, joined once, to every member; `head` is the offset behind them."""
        self.write(b"".join(event.frame for event in events if event.seen_by(self.wanted)), head, now)

    def write(self, chunk: bytes, head: int, now: float) -> None:
        """Writes a chunk to every member. Whoever is congested by it leaves, with `head` as its cursor."""
        if not chunk:
            return
        self.written_at = now
        congested = [member for member in self.members if not member.sink.write(chunk)]
        for member in congested:
            member.fall_behind(head)
            self.members.discard(member)
