"""The whole document: a pure function of the contract and of how the gateway speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import json

from gateway.contract.contract import Contract
from gateway.contract.messages.naming import message_candidates
from gateway.contract.openapi.bodies import Bodies
from gateway.contract.openapi.components import Components
from gateway.contract.openapi.events import EventSchemas
from gateway.contract.openapi.operation_ids import operation_ids, short_names
from gateway.contract.openapi.operations import Operations
from gateway.contract.openapi.placing import Placed, placed
from gateway.contract.openapi.schemas import Schema, schemas_of
from gateway.contract.openapi.shapes import SHAPES, Shape
from gateway.contract.openapi.wire import Wire
from gateway.contract.routes import Route

_STREAMS = """Streams of named Server-Sent Events, to be read with `EventSource`: one listener for each event name.

- Every event has an `id`. A client that connects again with `Last-Event-ID` goes on right after that event.
- What was missed in between and cannot be told again is never left out silently: a `stream-gap` says so.
- `stream-end` is the last event of a finished stream, `stream-error` that of one that cannot go on."""
_REFUSALS = "- Unknown or wrong parameters are answered with 400 and a list of what was expected."
_ANSWERS = "- What is no stream is answered once, with JSON unless it says otherwise."
_UNSAID = "Not listed, because this version of OpenAPI has no word for their HTTP methods:"


def document_bytes(contract: Contract, wire: Wire, version: str) -> bytes:
    """A document as JSON text, indented and the same for the same contract.

    Args:
        contract: what is served.
        wire: what the gateway adds.
        version: of OpenAPI: a key of `SHAPES`.
    """
    return json.format(json.encode(document(contract, wire, version)), indent=2) + b"\n"


def document(contract: Contract, wire: Wire, version: str) -> dict[str, Any]:
    """A document as JSON values. Arguments as those of `document_bytes`."""
    shape, components = SHAPES[version], Components()
    types, structs = _define_structs(components, contract, wire)
    operations = Operations(
        ids=operation_ids(contract.routes),
        tags=short_names(_services(contract)),
        errors=lambda route: _errors(wire, route),
        events=EventSchemas(components, shape, wire, types),
        bodies=Bodies(components, structs, types),
        answers=types,
    )
    routes = placed(contract.routes)
    return components.finish(
        {
            "openapi": shape.version,
            "info": {"title": wire.title, "version": wire.version, "description": _about(contract, routes, shape)},
            "servers": [{"url": "/", "description": "The gateway that serves this document."}],
            "security": [],
            "tags": _tags(contract, operations.tags),
            "paths": _paths(routes, operations, shape),
            "components": {"responses": _responses(wire, contract.routes, types[id(wire.problem)])},
        }
    )


def _define_structs(
    components: Components, contract: Contract, wire: Wire
) -> tuple[dict[int, Schema], dict[str, Schema]]:
    """Makes every Struct a component; gives the schema of each type by its identity, and of each Struct by its name."""
    types = [*_types(contract), *(own.payload for own in wire.events), wire.problem]
    schemas, structs = schemas_of(types, contract.oneofs)
    for name, schema in structs.items():
        components.define(name, message_candidates(name), schema)
    return {id(each): schema for each, schema in zip(types, schemas, strict=True)}, structs


def _types(contract: Contract) -> Iterator[Any]:
    """Everything that is sent or taken as JSON."""
    for stream in contract.streams:
        yield from (event.struct for event in stream.events)
    yield from (route.reply.struct for route in contract.unary if not route.reply.raw)
    yield from (route.body.struct for route in contract.routes if route.body and not route.body.raw)


def _paths(routes: Iterable[Placed], operations: Operations, shape: Shape) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for each in routes:
        if not _can_be_said(each, shape):
            continue
        item = paths.setdefault(each.path.text, {})
        operation = operations.operation(each, shape)
        if each.verb in shape.verbs:
            item[each.verb.lower()] = operation
        else:
            item.setdefault("additionalOperations", {})[each.verb] = operation
    return paths


def _can_be_said(each: Placed, shape: Shape) -> bool:
    return shape.other_verbs or each.verb in shape.verbs


def _about(contract: Contract, routes: Iterable[Placed], shape: Shape) -> str:
    answers = [_ANSWERS] if contract.unary else []
    unsaid = [
        f"- `{each.verb} {each.path.text}`: {each.route.method}" for each in routes if not _can_be_said(each, shape)
    ]
    left_out = ["", _UNSAID, "", *unsaid] if unsaid else []
    return "\n".join([*([_STREAMS] if contract.streams else []), *answers, _REFUSALS, *left_out])


def _services(contract: Contract) -> dict[str, str]:
    """Every service with its comment."""
    return {route.service: route.service_description for route in contract.routes}


def _tags(contract: Contract, names: Mapping[str, str]) -> list[Schema]:
    described = {
        names[service]: comment or f"The methods of {service}." for service, comment in _services(contract).items()
    }
    return [{"name": name, "description": description} for name, description in sorted(described.items())]


def _errors(wire: Wire, route: Route) -> dict[int, str]:
    """By status, the name of the response."""
    errors = wire.errors if route.body is None else dict(sorted({**wire.errors, **wire.body_errors}.items()))
    return {status: _error_name(title) for status, (title, _) in errors.items()}


def _responses(wire: Wire, routes: Iterable[Route], problem: Schema) -> dict[str, Schema]:
    errors = wire.errors if any(routes) else {}
    more = wire.body_errors if any(route.body for route in routes) else {}
    return {
        _error_name(title): {"description": meaning, "content": {"application/problem+json": {"schema": problem}}}
        for title, meaning in [*errors.values(), *more.values()]
    }


def _error_name(title: str) -> str:
    return title.replace(" ", "")
