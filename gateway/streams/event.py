"""An event: made once, whoever receives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from gateway.streams.frames import data_of

Attributes = tuple[Any, ...]
"""What filters look at."""
Filter = Callable[[Attributes], bool]
"""Which events a subscriber sees. Equal filters must be equal and hashable values: subscribers are grouped by them."""


class Event(Struct, frozen=True, gc=False):
    """One named event of a topic."""

    offset: int
    """Its place in the log."""
    name: str | None
    """Its name; None for an unnamed one."""
    frame: bytes
    """What is written to every subscriber."""
    published_at: float
    """When, in seconds of the topic's clock."""
    attributes: Attributes | None = None
    """What filters look at; None where every subscriber sees it."""
    key: Any = None
    """What it is about; None where it has no key."""
    terminal: bool = False
    """True where no later event of its key follows."""
    origin: str = ""
    """Which of the topic's backends it came from."""

    @property
    def data(self) -> bytes:
        """The payload."""
        return data_of(self.frame)

    def seen_by(self, wanted: Filter | None) -> bool:
        """True where a subscriber with this filter sees it."""
        return wanted is None or self.attributes is None or wanted(self.attributes)
