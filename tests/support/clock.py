"""A clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class ManualTimer:
    """A call that comes due when the clock is moved past it."""

    def __init__(self, due: float, callback: Callable[[], Any]) -> None:
        self.due = due
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Takes the call back."""
        self.cancelled = True


class ManualScheduler:
    """The `Scheduler` of a topic, in a test's hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._timers: list[ManualTimer] = []

    def time(self) -> float:
        """Seconds."""
        return self.now

    def call_later(self, delay: float, callback: Callable[[], Any]) -> ManualTimer:
        """Calls back once the clock has been moved by `delay` seconds."""
        timer = ManualTimer(self.now + delay, callback)
        self._timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Moves the clock, and makes the calls that come due, each at its time."""
        end = self.now + seconds
        while due := [timer for timer in self._timers if timer.due <= end and not timer.cancelled]:
            timer = min(due, key=lambda each: each.due)
            self._timers.remove(timer)
            self.now = max(self.now, timer.due)
            timer.callback()
        self.now = end

    def pending(self) -> int:
        """How many calls are still to come."""
        return len([timer for timer in self._timers if not timer.cancelled])
