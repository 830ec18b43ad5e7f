"""The events of a route as schemas: a payload for each, a variant that names it, a union of them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import cleandoc

from msgspec.json import encode

from gateway.contract.events import EventType
from gateway.contract.openapi.components import Components
from gateway.contract.openapi.schemas import Schema
from gateway.contract.openapi.shapes import EventExample, Shape
from gateway.contract.openapi.text import first_sentence
from gateway.contract.openapi.wire import OwnEvent, Wire
from gateway.contract.routes import StreamRoute

_CANNOT_BE_SENT = (LookupError, TypeError, ValueError, RecursionError)


class EventSchemas:
    """Makes the schemas of events.

    Args:
        components: where they go.
        shape: how a variant looks.
        wire: the gateway's own events.
        payloads: the schema of each event's payload, by the identity of its type.
    """

    def __init__(self, components: Components, shape: Shape, wire: Wire, payloads: Mapping[int, Schema]) -> None:
        self._components = components
        self._shape = shape
        self._wire = wire
        self._payloads = payloads

    def union(self, route: StreamRoute) -> Schema:
        """A reference to the union of everything a route may send."""
        names = [*(event.name for event in route.events), *(own.name for own in self._wire.events)]
        variants = [
            *(self._variant(route, event) for event in route.events),
            *(self._own_variant(own) for own in self._wire.events),
        ]
        discriminated = self._shape.discriminated(names)
        union: Schema = {
            "description": f"What {route.method.rpartition('.')[2]} sends, told apart by the event's name.",
            # Linters do not see that a variant without a name excludes the others.
            "oneOf" if discriminated else "anyOf": variants,
        }
        if discriminated:
            mapping = {name or "message": each["$ref"] for name, each in zip(names, variants, strict=True)}
            union["discriminator"] = {"propertyName": "event", "mapping": mapping}
        return self._components.add(_union_candidates(route), union)

    def examples(self, route: StreamRoute) -> Iterable[EventExample]:
        """One real event of each kind; none of a kind whose sample cannot be sent."""
        for event in route.events:
            try:
                data = encode(event.convert(event.sample()))
            except _CANNOT_BE_SENT:
                continue
            yield self._example(event.name, first_sentence(event.description), data)
        for own in self._wire.events:
            yield self._example(own.name, first_sentence(own.payload.__doc__ or ""), own.example)

    def _example(self, name: str | None, summary: str, data: bytes) -> EventExample:
        shown = name or "message"
        return EventExample(shown, f"{shown}: {summary}".removesuffix(": "), data, self._wire.frame(name, data))

    def _variant(self, route: StreamRoute, event: EventType) -> Schema:
        candidates = tuple(f"{each}Message" for each in event.components or _union_candidates(route))
        variant = self._shape.variant(event.name, self._payload(route, event))
        return self._components.add(candidates, _described(variant, event.description))

    def _payload(self, route: StreamRoute, event: EventType) -> Schema:
        """A reference to an event's own component; an unnamed event has that of its message."""
        schema = self._payloads[id(event.struct)]
        if not event.components:
            return schema
        content = self._components.content(schema)
        both = " ".join(each for each in (event.description, content.get("description", "")) if each)
        return self._components.add(event.components, _described(content, both))

    def _own_variant(self, own: OwnEvent) -> Schema:
        payload = self._payloads[id(own.payload)]
        variant = self._shape.variant(own.name, payload)
        name = own.payload.__name__
        described = _described(variant, cleandoc(own.payload.__doc__ or ""))
        return self._components.add((f"{name}Message", f"gateway_{name}Message"), described)


def _described(schema: Schema, description: str) -> Schema:
    return ({"description": description} if description else {}) | {
        key: value for key, value in schema.items() if key != "description"
    }


def _union_candidates(route: StreamRoute) -> tuple[str, ...]:
    service, _, method = route.method.rpartition(".")
    whole = route.method.replace(".", "_")
    return f"{method}Event", f"{service.rpartition('.')[2]}{method}Event", f"{whole}Event"
