"""The request body of a route, as a document says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import Descriptor

from gateway.contract.openapi.components import Components
from gateway.contract.openapi.inputs import Inputs
from gateway.contract.openapi.parameters import default_value
from gateway.contract.openapi.schemas import Schema
from gateway.contract.requests.bodies import Body
from gateway.contract.requests.fields import FieldNames
from gateway.contract.requests.parameters import Parameter
from gateway.contract.routes import Route
from gateway.contract.validation.keywords import as_texts, narrowed

BINARY: Schema = {"type": "string", "format": "binary"}
"""Any bytes."""


class Bodies:
    """Makes request body objects.

    Args:
        components: where schemas go.
        structs: the schema of each Struct, by its name.
        types: the schema of each type, by its identity.
    """

    def __init__(self, components: Components, structs: Mapping[str, Schema], types: Mapping[int, Schema]) -> None:
        self._components = components
        self._structs = structs
        self._types = types

    def request_body(self, route: Route, body: Body, operation_id: str) -> Schema:
        """What a route takes as its body.

        Args:
            route: what it belongs to.
            body: the route's.
            operation_id: the route's, for names that nothing else has.
        """
        required: Schema = {"required": True} if body.required else {}
        if body.raw:
            return {
                "description": "Any bytes, with their content type.",
                "content": {"*/*": {"schema": BINARY}},
            } | required
        schema = self._schema(route, body, operation_id)
        return {"content": {"application/json": {"schema": schema}}} | required

    def _schema(self, route: Route, body: Body, operation_id: str) -> Schema:
        reader = body.reader
        inputs = Inputs(self._components, self._structs, reader.descriptors, route.constraints, reader.partial)
        top = self._types[id(body.struct)]
        if "$ref" not in top:
            return top
        struct = str(top["$ref"])
        if body.filled is not None:
            key = reader.descriptors.key(body.filled)
            within = [way for way in _in_path(route) if way[0] == body.filled.name]
            filled: Schema = self._with_options(inputs.message(struct, within, whole=True), route)["properties"][key]
            return self._named(body.message, filled, operation_id) if within and body.message else filled
        without = [*_in_path(route), *((name,) for name in reader.without)]
        if not (without or reader.partial or any(parameter.in_body for parameter in route.parameters)):
            return inputs.referred(top)
        made = self._with_options(inputs.message(struct, without, whole=True), route)
        return self._named(route.constraints.message, made, operation_id)

    def _named(self, message: Descriptor, schema: Schema, operation_id: str) -> Schema:
        return self._components.add((f"{message.name}Body", f"{operation_id}Body"), schema)

    def _with_options(self, schema: Schema, route: Route) -> Schema:
        """The schema of a request with what options of ours say of its fields."""
        properties = dict(schema["properties"])
        for parameter in route.parameters:
            if parameter.in_body and len(parameter.field_path) == 1 and route.body:
                key = route.body.reader.descriptors.key(parameter.field_path[0])
                if key in properties:
                    properties[key] = _optioned(properties[key], parameter)
        return schema | {"properties": properties}


def _optioned(schema: Schema, parameter: Parameter) -> Schema:
    bounds = {name: bound for name, bound in parameter.type.schema.items() if name in ("minimum", "maximum")}
    inner = schema.get("items", schema)
    as_text = inner.get("type") == "string"
    keywords = as_texts(bounds) if as_text else bounds
    if parameter.repeated and keywords:
        keywords = {"items": keywords}
    default = {} if parameter.default is None else {"default": default_value(parameter, parameter.default, as_text)}
    return narrowed(schema, keywords) | default


def _in_path(route: Route) -> Iterable[tuple[str, ...]]:
    request = route.constraints.message
    for text in route.path.fields:
        yield tuple(field.name for field in FieldNames().find(request, text) or ())
