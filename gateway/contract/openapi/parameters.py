"""Parameters of a route as parameter objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.contract.openapi.paths import ApiPath, Place
from gateway.contract.openapi.ranges import text_as
from gateway.contract.openapi.schemas import Schema
from gateway.contract.openapi.text import with_notes
from gateway.contract.requests.parameters import Parameter
from gateway.contract.routes import Route, StreamRoute
from gateway.contract.validation.keywords import narrowed

LAST_EVENT_ID: Schema = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The `id` of the last event received; the stream goes on right after it. EventSource sends it by "
    "itself when it connects again.",
    "schema": {"type": "string"},
}
_REST = "All that remains of the path, and it may be nothing: slashes in it stand as they are, not percent-encoded."


def parameter_objects(route: Route, path: ApiPath) -> list[Schema]:
    """What a client may give in the path, the query and the headers, in the order of the request's fields."""
    found = [*_all(route, path)]
    return [*found, LAST_EVENT_ID] if isinstance(route, StreamRoute) else found


def default_value(parameter: Parameter, text: str, as_text: bool) -> Any:
    """A parameter's default as JSON: an enum's is its spelling, not its number."""
    value = text if as_text else parameter.type(text)
    return [value] if parameter.repeated else value


def _all(route: Route, path: ApiPath) -> Iterator[Schema]:
    fields = {parameter.name: parameter for parameter in route.parameters if parameter.in_path}
    yielded: set[str] = set()
    for parameter in route.parameters:
        if parameter.in_path:
            yielded.add(parameter.name)
            yield from (_in_path(place, parameter, route) for place in path.places if place.field == parameter.name)
        elif not parameter.in_body:
            yield _in_query(parameter, route)
    yield from (_in_path(place, fields.get(place.field), route) for place in path.places if place.field not in yielded)


def _in_path(place: Place, parameter: Parameter | None, route: Route) -> Schema:
    whole = parameter is not None and not place.within
    schema: Schema = _schema(parameter, route) if parameter and whole else {"type": "string"}
    said = [parameter.description if parameter else "", *_about(place)]
    description = "\n\n".join(each for each in said if each)
    described: Schema = {"description": description} if description else {}
    slashes: Schema = {"x-multi-segment": True} if place.rest else {}
    return {"name": place.name, "in": "path", "required": True, **slashes, **described, "schema": schema}


def _about(place: Place) -> Iterator[str]:
    if place.within:
        yield f"A part of `{place.field}`, which is `{place.within}`."
    elif place.field and place.field != place.name:
        yield f"The field `{place.field}` of the request."
    if place.rest:
        yield _REST


def _in_query(parameter: Parameter, route: Route) -> Schema:
    schema = _schema(parameter, route)
    if _required(parameter, route) and _any_text(schema):
        # An empty text is an absent one.
        schema = {**schema, "minLength": 1}
    described: Schema = with_notes({}, [*_rivals(parameter, route), *_notes(parameter, route)], parameter.description)
    required: Schema = {"required": True} if _required(parameter, route) else {}
    # `snapshot=` is what a form sends for "whatever you do by yourself".
    empty: Schema = {} if required or _any_text(schema) else {"allowEmptyValue": True}
    return {"name": parameter.name, "in": "query", **required, **empty, **described, "schema": schema}


def _any_text(schema: Schema) -> bool:
    return schema.get("type") == "string" and not schema.keys() - {"type", "default", "examples"}


def _required(parameter: Parameter, route: Route) -> bool:
    if parameter.required:
        return True
    # What is matched in the gateway is not in the request that rules are held against.
    return parameter.upstream and parameter.default is None and route.constraints.required(_way(parameter))


def _schema(parameter: Parameter, route: Route) -> Schema:
    examples: Schema = {"examples": list(parameter.examples)} if parameter.examples else {}
    single = dict(parameter.type.schema)
    if parameter.field_path:
        single = text_as(single, parameter.field_path[-1])
    schema: Schema = {"type": "array", "items": single} if parameter.repeated else single
    if parameter.upstream:
        schema = narrowed(schema, route.constraints.schema(_way(parameter)))
    if parameter.default is None:
        return {**schema, **examples}
    as_text = parameter.type.schema["type"] == "string"
    return {**schema, "default": default_value(parameter, parameter.default, as_text), **examples}


def _rivals(parameter: Parameter, route: Route) -> Iterator[str]:
    """OpenAPI has no rule for several parameters."""
    oneof = parameter.field_path[-1].containing_oneof if parameter.field_path else None
    if oneof is None or len(oneof.fields) == 1:
        return
    others = [
        f"`{each.name}`"
        for each in route.parameters
        if each is not parameter
        and each.field_path[:-1] == parameter.field_path[:-1]
        and each.field_path
        and each.field_path[-1].containing_oneof is oneof
    ]
    if others:
        yield f"not together with {', '.join(others)}"


def _notes(parameter: Parameter, route: Route) -> list[str]:
    return route.constraints.notes(_way(parameter)) if parameter.upstream else []


def _way(parameter: Parameter) -> tuple[str, ...]:
    return tuple(field.name for field in parameter.field_path)
