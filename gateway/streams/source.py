"""What fills a topic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from gateway.errors import GatewayError
from gateway.headers import Headers
from gateway.streams.control import GapReason
from gateway.streams.event import Attributes


class Publisher(Protocol):
    """The side of a topic that its source sees."""

    def publish(
        self,
        name: str | None,
        data: bytes,
        attributes: Attributes,
        key: Any,
        terminal: bool,
        origin: str,
        more: bool = False,
    ) -> None:
        """Appends an event; it is delivered at once, or with those that arrive in the same moment.

        Args:
            name: None for an unnamed event.
            data: one line of JSON.
            attributes: what filters look at.
            key: what the event is about; None where it has no key.
            terminal: True where no later event of its key follows.
            origin: the backend it came from.
            more: True where another one has arrived already, so that both can be written at once.
        """

    def gap(self, reason: GapReason, missed: int | None = None, detail: str = "") -> None:
        """Tells every subscriber that events were missed here, and what was wrong with them where that is known."""

    def lose(self, origin: str) -> None:
        """A backend could not go on where it was: tells of the gap, and then what is known of the other backends."""

    def accept(self, headers: Headers = ()) -> None:
        """The stream can start: a backend has taken the call, and gave response headers, or is merely away."""

    def settle(self) -> None:
        """The past is complete: what is published from now on is live."""

    def finish(self) -> None:
        """Nothing more will come."""

    def fail(self, cause: GatewayError) -> None:
        """The stream cannot go on."""


Source = Callable[[Publisher], Awaitable[None]]
"""Fills a topic until it is cancelled, or until it has called `finish` or `fail`."""
