"""Time, as a thing that tests can replace."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the emitter needs to know about time."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback` from some thread after `seconds`, without keeping the process alive for it."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback` from a daemon thread after `seconds`."""
        timer = threading.Timer(seconds, callback)
        timer.daemon = True
        timer.start()
