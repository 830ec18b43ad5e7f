"""The clock and the timers of streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Takes it back."""


class Scheduler(Protocol):
    """What a stream needs of time; tests bring a clock of their own."""

    def time(self) -> float:
        """Seconds, monotonic, finer than a millisecond."""

    def call_later(self, delay: float, callback: Callable[[], Any]) -> Timer:
        """Calls back after a delay in seconds."""


class LoopScheduler:
    """The running event loop's timers, with a clock of their own: uvloop's counts milliseconds, once a round."""

    def __init__(self) -> None:
        self._call_later = asyncio.get_running_loop().call_later

    time = staticmethod(time.monotonic)

    def call_later(self, delay: float, callback: Callable[[], Any]) -> asyncio.TimerHandle:
        """Calls back after a delay; uvloop rounds it to milliseconds."""
        return self._call_later(delay, callback)
