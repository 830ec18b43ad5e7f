"""How fast the job may read."""

import threading
import time


class Pace:
    """Makes a reader wait for what it has read, so that it keeps to a rate.

    Args:
        bytes_per_second: The rate; above 0.
        stopping: Once set, nobody waits any longer.
    """

    def __init__(self, bytes_per_second: float, stopping: threading.Event) -> None:
        self.bytes_per_second = bytes_per_second
        self._stopping = stopping
        self._due = 0.0

    def spend(self, count: int) -> None:
        """Wait as long as reading `count` bytes may take."""
        now = time.monotonic()
        self._due = max(self._due, now) + count / self.bytes_per_second
        self._stopping.wait(self._due - now)
