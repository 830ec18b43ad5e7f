"""Keeps a frequent action down to one per interval without losing the last one."""

import threading
from collections.abc import Callable

from backends.emitter.clock import Clock


class Throttle:
    """Runs an action at most once per interval, unless told to run it at once.

    What `soon` suppresses is made good at the end of the interval, by one run for all of it.

    Args:
        action: Called with the lock held.
        interval_seconds: The least time between a run and one that `soon` asks for.
        clock: Tells the time and runs the late ones.
        lock: Held by whoever calls `soon` and `now`.
    """

    def __init__(
        self, action: Callable[[], None], interval_seconds: float, clock: Clock, lock: threading.RLock
    ) -> None:
        self._action = action
        self._interval = interval_seconds
        self._clock = clock
        self._lock = lock
        self._next = clock.monotonic()
        self._owed = False
        self._timed = False

    def now(self) -> None:
        """Run the action at once; what was owed is paid with it."""
        self._owed = False
        self._next = self._clock.monotonic() + self._interval
        self._action()

    def soon(self) -> None:
        """Run the action at once where the interval is over, at its end otherwise."""
        wait = self._next - self._clock.monotonic()
        if wait <= 0:
            self.now()
            return
        self._owed = True
        if not self._timed:
            self._timed = True
            self._clock.call_later(wait, self._catch_up)

    def _catch_up(self) -> None:
        with self._lock:
            self._timed = False
            if self._owed:
                self.soon()
