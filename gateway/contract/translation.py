"""A backend's bytes translated: parsed, converted, encoded. The hot path of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError, Message
from msgspec import Struct
from msgspec.json import Encoder

from gateway.contract.events import EventType, Getter
from gateway.contract.filters import Attributes
from gateway.errors import TranslationError


class Translated(Struct, frozen=True, gc=False):
    """One message of a backend, ready to be framed."""

    name: str | None
    """The event's name; None for an unnamed event."""
    data: bytes
    """The payload as JSON, one line."""
    attributes: Attributes
    """What filters look at."""
    key: Any
    """What the event is about; None where it has no key."""
    terminal: bool
    """True where no later event of its key follows."""
    token: str
    """The resume token; empty where there is none."""


class Bookmark(Struct, frozen=True, gc=False):
    """A message that carries no event: no member of the oneof is set."""

    token: str
    """The resume token; empty where there is none."""


class Translator:
    """Translates the messages of one method.

    Args:
        response: the class of its response.
        oneof: the oneof whose members are the events; None where the response is itself the payload.
        events: the events it may become.
        token: reads the resume token that stands beside the oneof.
    """

    def __init__(
        self, response: type[Message], oneof: str | None, events: tuple[EventType, ...], token: Getter
    ) -> None:
        self._parse: Callable[[bytes], Any] = response.FromString
        # Of the class: a response may have a field of such a name.
        self._which: Callable[[Any, str], str | None] = response.WhichOneof
        self._oneof = oneof
        self._events = {event.member: event for event in events}
        self._token = token
        self._encode = Encoder().encode

    def __call__(self, data: bytes) -> Translated | Bookmark:
        """Translates one serialised response.

        Raises:
            TranslationError: the bytes are not such a response, or hold what JSON cannot.
        """
        try:
            response = self._parse(data)
            member = self._which(response, self._oneof) if self._oneof else None
            token = self._token(response) or ""
            if self._oneof and member is None:
                return Bookmark(token)
            event = self._events[member]
            payload = getattr(response, member) if member else response
            return Translated(
                event.name,
                self._encode(event.convert(payload)),
                event.attributes(payload),
                event.key(payload),
                event.terminal,
                event.token(payload) or token,
            )
        except (DecodeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise TranslationError(f"cannot translate a message of {len(data)} bytes: {error}") from error
