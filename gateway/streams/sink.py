"""Where a subscriber's bytes go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Sink(Protocol):
    """One client's connection.

    Neither method raises, whatever became of the client.
    """

    on_drained: Callable[[], None]
    """Called once the sink takes chunks again after it was congested."""

    def write(self, chunk: bytes) -> bool:
        """Takes a chunk. False: it is congested, and wants no more until it calls `on_drained`."""

    def close(self) -> None:
        """Ends the response after what was written."""
