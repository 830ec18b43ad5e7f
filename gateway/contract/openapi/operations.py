"""One route as an operation: its parameters, its stream, its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract.openapi.events import EventSchemas
from gateway.contract.openapi.schemas import Schema
from gateway.contract.openapi.shapes import Shape
from gateway.contract.openapi.text import first_sentence, words
from gateway.contract.parameters import Parameter
from gateway.contract.routes import Route

_LAST_EVENT_ID: Schema = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The `id` of the last event received; the stream goes on right after it. EventSource sends it by "
    "itself when it connects again.",
    "schema": {"type": "string"},
}
_STREAM = "Events, one after the other, until the client leaves or the stream ends."
_FINISHED = "The stream is finished and the client has all of it. EventSource stops here."


@dataclass(frozen=True)
class Operations:
    """Makes operation objects."""

    ids: Mapping[str, str]
    """By method, its operation's id."""
    tags: Mapping[str, str]
    """By service, the tag of its operations."""
    errors: Mapping[str, str]
    """By status, the name of the response among the document's components."""

    def operation(self, route: Route, events: EventSchemas, shape: Shape) -> Schema:
        """The operation object of a route."""
        return {
            "operationId": self.ids[route.method],
            "summary": first_sentence(route.description) or words(route.method.rpartition(".")[2]),
            "description": route.description or f"Streams the events of {route.method}.",
            "tags": [self.tags[route.service]],
            "x-delivery": "shared" if route.shared else "per-client",
            "parameters": [*(_parameter(each, route) for each in route.parameters), _LAST_EVENT_ID],
            "responses": {
                "200": {"description": _STREAM, "content": {"text/event-stream": _stream(route, events, shape)}},
                "204": {"description": _FINISHED},
                **{status: {"$ref": f"#/components/responses/{name}"} for status, name in self.errors.items()},
            },
        }


def _stream(route: Route, events: EventSchemas, shape: Shape) -> Schema:
    return shape.content(events.union(route), list(events.examples(route)))


def _parameter(parameter: Parameter, route: Route) -> Schema:
    in_path = parameter.name in route.path.fields
    described: dict[str, Any] = {"description": parameter.description} if parameter.description else {}
    required: dict[str, Any] = {"required": True} if in_path else {}
    schema = _value_schema(parameter)
    # `snapshot=` is what a form sends for "whatever you do by yourself".
    empty: dict[str, Any] = {} if in_path or schema["type"] == "string" else {"allowEmptyValue": True}
    place = {"name": parameter.name, "in": "path" if in_path else "query"}
    return {**place, **required, **empty, **described, "schema": schema}


def _value_schema(parameter: Parameter) -> Schema:
    examples: Schema = {"examples": list(parameter.examples)} if parameter.examples else {}
    default: Schema = {} if parameter.default is None else {"default": _default(parameter, parameter.default)}
    if not parameter.repeated:
        return {**parameter.type.schema, **default, **examples}
    return {"type": "array", "items": dict(parameter.type.schema), **default, **examples}


def _default(parameter: Parameter, text: str) -> Any:
    """The default as JSON: an enum's is its spelling, not its number."""
    value = text if parameter.type.schema["type"] == "string" else parameter.type(text)
    return [value] if parameter.repeated else value
