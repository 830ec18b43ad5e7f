"""The whole document: a pure function of the contract and of how the gateway speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import json

from gateway.contract.contract import Contract
from gateway.contract.naming import endings, message_candidates, unique_names
from gateway.contract.openapi.components import Components
from gateway.contract.openapi.events import EventSchemas
from gateway.contract.openapi.operations import Operations
from gateway.contract.openapi.schemas import Schema, schemas_of
from gateway.contract.openapi.shapes import SHAPES
from gateway.contract.openapi.wire import Wire

_ABOUT = """Streams of named Server-Sent Events, to be read with `EventSource`: one listener for each event name.

- Every event has an `id`. A client that connects again with `Last-Event-ID` goes on right after that event.
- What was missed in between and cannot be told again is never left out silently: a `stream-gap` says so.
- `stream-end` is the last event of a finished stream, `stream-error` that of one that cannot go on.
- Unknown or wrong parameters are answered with 400 and a list of what was expected."""


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
    payloads = _define_structs(components, contract, wire)
    events = EventSchemas(components, shape, wire, payloads)
    errors = {str(status): _error_name(title) for status, (title, _) in wire.errors.items()}
    operations = Operations(_names([route.method for route in contract.routes]), _names(_services(contract)), errors)
    routes = sorted(contract.routes, key=lambda route: route.path.text)
    return components.finish(
        {
            "openapi": shape.version,
            "info": {"title": wire.title, "version": wire.version, "description": _ABOUT},
            "servers": [{"url": "/", "description": "The gateway that serves this document."}],
            "security": [],
            "tags": _tags(contract, operations.tags),
            "paths": {route.path.text: {"get": operations.operation(route, events, shape)} for route in routes},
            "components": {"responses": _responses(wire, payloads[id(wire.problem)])},
        }
    )


def _define_structs(components: Components, contract: Contract, wire: Wire) -> dict[int, Schema]:
    """Makes every Struct a component; gives the schema of each payload's type, by the type's identity."""
    payloads = [event.struct for route in contract.routes for event in route.events]
    types = [*payloads, *(own.payload for own in wire.events), wire.problem]
    schemas, structs = schemas_of(types, contract.oneofs)
    for name, schema in structs.items():
        components.define(name, message_candidates(name), schema)
    return {id(each): schema for each, schema in zip(types, schemas, strict=True)}


def _services(contract: Contract) -> dict[str, str]:
    """Every service with its comment."""
    return {route.service: route.service_description for route in contract.routes}


def _names(full_names: Iterable[str]) -> dict[str, str]:
    """The last part of each full name; with as much before it as makes it unique."""
    return unique_names({name: endings(name.split(".")) for name in full_names})


def _tags(contract: Contract, names: Mapping[str, str]) -> list[Schema]:
    described = {
        names[service]: comment or f"The streams of {service}." for service, comment in _services(contract).items()
    }
    return [{"name": name, "description": description} for name, description in sorted(described.items())]


def _responses(wire: Wire, problem: Schema) -> dict[str, Schema]:
    return {
        _error_name(title): {"description": meaning, "content": {"application/problem+json": {"schema": problem}}}
        for title, meaning in wire.errors.values()
    }


def _error_name(title: str) -> str:
    return title.replace(" ", "")
