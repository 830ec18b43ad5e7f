"""When what arrives is written: at once where nothing was a moment ago, else joined with what comes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.streams.scheduler import Scheduler, Timer

Item = TypeVar("Item")


@dataclass(frozen=True)
class Pace:
    """When streams are written to."""

    flush_seconds: float
    """How long events that arrive under load wait at most to be joined."""
    heartbeat_seconds: float
    """How long a connection stays silent at most."""
    rest: float | None = None
    """After a flush a stream rests so many times as long as the flush took, but not longer than `flush_seconds`; None:
    always so long. So few clients wait hardly at all, and many cost no more than a known share of the time."""


class Flusher(Generic[Item]):
    """Keeps what waits, and has it written.

    Args:
        scheduler: the event loop.
        pace: how long it may wait.
        write: writes what has waited, at least one item, in order; also given the time.
    """

    __slots__ = ("_pace", "_rests_until", "_scheduler", "_timer", "_waiting", "_write")

    def __init__(self, scheduler: Scheduler, pace: Pace, write: Callable[[list[Item], float], None]) -> None:
        self._scheduler = scheduler
        self._pace = pace
        self._write = write
        self._waiting: list[Item] = []
        self._rests_until = 0.0
        self._timer: Timer | None = None

    def add(self, item: Item, now: float, more: bool) -> None:
        """Takes an item, to be written in its time; `more` where the next one is known to be there already."""
        self._waiting.append(item)
        if now >= self._rests_until and not more:
            self.flush()
        elif self._timer is None:
            # The whole time, not the rest of the rest: what follows flushes this too, and event loops do not count
            # in less than milliseconds.
            self._timer = self._scheduler.call_later(self._pace.flush_seconds, self.flush)

    def flush(self) -> None:
        """Has everything written that waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        began = self._scheduler.time()
        self._write(waiting, began)
        ended, rest = self._scheduler.time(), self._pace.flush_seconds
        if self._pace.rest is not None:
            rest = min(rest, self._pace.rest * (ended - began))
        self._rests_until = ended + rest
