"""What differs between the two documents: how a stream of events is said in OpenAPI 3.1 and in 3.2.

OpenAPI 3.1 has no word for a stream, so its document says what a client ends up with: an array of events whose
`data` is already parsed, which generators of types understand. OpenAPI 3.2 describes what is on the wire: `itemSchema`
holds for each event, and `data` is a string that contains JSON (OAS 3.2, "Special Considerations for
`text/event-stream` Content").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.contract.openapi.schemas import Schema

_VERBS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_ID = {"type": "string", "description": "The event's position in the stream; what `Last-Event-ID` takes."}


@dataclass(frozen=True)
class EventExample:
    """One real event."""

    name: str
    """The event's name; `message` for an unnamed one."""
    summary: str
    """What it tells, in a few words."""
    data: bytes
    """Its data, as it is sent."""
    frame: bytes
    """The whole event, as it is sent."""

    @property
    def event_id(self) -> str:
        """What stands behind `id:`."""
        return self.frame.partition(b"\n")[0].removeprefix(b"id: ").decode()


class Shape(Protocol):
    """One version of OpenAPI."""

    version: str
    """What stands behind `openapi:`."""
    verbs: frozenset[str]
    """The HTTP methods that a path item has a key for."""
    other_verbs: bool
    """True where a path item can have operations of any other HTTP method."""

    def variant(self, name: str | None, payload: Schema) -> Schema:
        """The schema of an event with this name (None: unnamed) and this payload."""

    def discriminated(self, names: list[str | None]) -> bool:
        """True where `event` tells the variants of a union apart."""

    def content(self, union: Schema, examples: list[EventExample]) -> Schema:
        """The media type object of a stream."""


class Shape31:
    """OpenAPI 3.1: an array of parsed events."""

    version = "3.1.0"
    verbs = _VERBS
    other_verbs = False

    def variant(self, name: str | None, payload: Schema) -> Schema:
        """An object with the name that EventSource fires it under."""
        event = {"type": "string", "const": name or "message"}
        return _event(["id", "event", "data"], {"id": _ID, "event": event, "data": payload})

    def discriminated(self, names: list[str | None]) -> bool:
        """Every variant has a name here."""
        return True

    def content(self, union: Schema, examples: list[EventExample]) -> Schema:
        """An array of events, one example for each kind."""
        return {
            "schema": {"type": "array", "items": union},
            "examples": {
                each.name: {
                    "summary": each.summary,
                    "value": [{"id": each.event_id, "event": each.name, "data": json.loads(each.data)}],
                }
                for each in examples
            },
        }


class Shape32:
    """OpenAPI 3.2: each event as it stands on the wire."""

    version = "3.2.0"
    verbs = _VERBS | {"QUERY"}
    other_verbs = True

    def variant(self, name: str | None, payload: Schema) -> Schema:
        """An object with the fields of an event; an unnamed one has no `event`."""
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": payload}
        if name is None:
            return _event(["id", "data"], {"id": _ID, "event": False, "data": data})
        return _event(["id", "event", "data"], {"id": _ID, "event": {"type": "string", "const": name}, "data": data})

    def discriminated(self, names: list[str | None]) -> bool:
        """A discriminator has to be there in every variant (OAS 3.2, "Discriminator Object")."""
        return None not in names

    def content(self, union: Schema, examples: list[EventExample]) -> Schema:
        """A schema for each item; the examples also as text."""
        return {"itemSchema": union, "examples": {each.name: _serialized(each) for each in examples}}


def _serialized(example: EventExample) -> Schema:
    event: dict[str, Any] = {"id": example.event_id}
    if b"\nevent: " in example.frame.partition(b"\ndata: ")[0]:
        event["event"] = example.name
    return {
        "summary": example.summary,
        "dataValue": [event | {"data": example.data.decode()}],
        "serializedValue": example.frame.decode(),
    }


def _event(required: list[str], properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


SHAPES: dict[str, Shape] = {"3.1": Shape31(), "3.2": Shape32()}
"""By the version people ask for."""
