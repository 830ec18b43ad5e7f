"""A sample request for any route: its message, and what a client would send for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from gateway.contract.http.paths import ONE, REST, Variable
from gateway.contract.requests.parameters import Parameter
from gateway.contract.routes import Route

_WELL_KNOWN: dict[str, Any] = {
    "google.protobuf.Timestamp": "2026-01-01T12:00:00Z",
    "google.protobuf.Duration": "1.5s",
    "google.protobuf.FieldMask": "one,two.three",
    "google.protobuf.Struct": {"key": [1, None, "text"]},
    "google.protobuf.Value": "text",
    "google.protobuf.ListValue": [True, "text"],
}
_NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: 7,
    FieldDescriptor.CPPTYPE_INT64: 2**40,
    FieldDescriptor.CPPTYPE_UINT32: 8,
    FieldDescriptor.CPPTYPE_UINT64: 2**50,
    FieldDescriptor.CPPTYPE_DOUBLE: 1.5,
    FieldDescriptor.CPPTYPE_FLOAT: 0.25,
    FieldDescriptor.CPPTYPE_BOOL: True,
}
_DEPTH = 6


@dataclass
class Request:
    """What a client sends, and what the backend has to receive."""

    message: Any
    """The request message."""
    path: str = ""
    """As on the wire."""
    query: list[tuple[str, str]] = field(default_factory=list)
    body: tuple[str, bytes] | None = None
    """Content type and bytes."""


def sample_request(route: Route, request: Descriptor) -> Request:
    """A request that fills what path, query and body of a route can carry.

    Args:
        route: where it goes.
        request: its message, in any pool.
    """
    whole = _filled(request, _DEPTH)
    in_path = {each.field: _text(route, each) for each in route.path.variables}
    for name, text in in_path.items():
        _set(whole, name.split("."), text)
    made = Request(GetMessageClass(request)(), path=_path(route, whole))
    _take_query(route, whole, made)
    _take_body(route, whole, set(in_path), made)
    for name in in_path:
        _copy(whole, made.message, name.split("."))
    return made


def _filled(descriptor: Descriptor, depth: int) -> Any:
    message = GetMessageClass(descriptor)()
    known = _WELL_KNOWN.get(descriptor.full_name)
    if known is not None:
        return json_format.ParseDict(known, message)
    for each in descriptor.fields:
        if each.containing_oneof is None or message.WhichOneof(each.containing_oneof.name) is None:
            _fill(message, each, depth)
    return message


def _fill(message: Any, each: FieldDescriptor, depth: int) -> None:
    held = each.message_type
    if held is not None and held.GetOptions().map_entry:
        _fill_map(message, each, depth)
    elif held is None:
        value = _scalar(each)
        if each.is_repeated:
            getattr(message, each.name).append(value)
        else:
            setattr(message, each.name, value)
    elif depth and held.full_name != "google.protobuf.Any":
        target = getattr(message, each.name)
        (target.add() if each.is_repeated else target).CopyFrom(_filled(held, depth - 1))


def _fill_map(message: Any, each: FieldDescriptor, depth: int) -> None:
    key, value = each.message_type.fields_by_name["key"], each.message_type.fields_by_name["value"]
    if value.message_type is None:
        getattr(message, each.name)[_scalar(key)] = _scalar(value)
    elif depth and value.message_type.full_name != "google.protobuf.Any":
        getattr(message, each.name)[_scalar(key)].CopyFrom(_filled(value.message_type, depth - 1))


def _scalar(each: FieldDescriptor) -> Any:
    if each.enum_type is not None:
        return each.enum_type.values[-1].number
    if each.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return b"\x00\xfehello" if each.type == FieldDescriptor.TYPE_BYTES else each.name
    return _NUMBERS[each.cpp_type]


def _text(route: Route, variable: Variable) -> str:
    segments = route.path.segments[variable.start : variable.stop]
    return "/".join({ONE: f"one-{at}", REST: "and/the rest"}.get(each, each) for at, each in enumerate(segments))


def _set(message: Any, way: list[str], text: str) -> None:
    """Sets a text field; another one keeps what it is filled with."""
    for name in way[:-1]:
        message = getattr(message, name)
    each = message.DESCRIPTOR.fields_by_name[way[-1]]
    if each.type == FieldDescriptor.TYPE_STRING:
        setattr(message, each.name, text)
    elif not each.has_presence or not message.HasField(each.name):
        _fill(message, each, 1)


def _copy(source: Any, target: Any, way: list[str]) -> None:
    for name in way[:-1]:
        source, target = getattr(source, name), getattr(target, name)
    each = source.DESCRIPTOR.fields_by_name[way[-1]]
    value = getattr(source, each.name)
    if each.is_repeated:
        target.ClearField(each.name)
        getattr(target, each.name).MergeFrom(value)
    elif each.message_type is not None:
        getattr(target, each.name).CopyFrom(value)
    else:
        setattr(target, each.name, value)


def _path(route: Route, whole: Any) -> str:
    """The template with the message's values in it, as a client would encode them."""
    segments = list(route.path.segments)
    for variable in reversed(route.path.variables):
        (text,) = _texts(whole, variable.field.split("."))
        encoded = [quote(each, safe="") for each in ([text] if variable.single else text.split("/"))]
        segments[variable.start : variable.stop] = encoded
    verb = f":{route.path.verb}" if route.path.verb else ""
    plain = {ONE: "any", REST: "any/rest"}
    return "/" + "/".join(plain.get(each, each) for each in segments) + verb


def _texts(message: Any, way: list[str]) -> list[str]:
    """The values of a field as the texts of a parameter; none where it is not set."""
    for name in way[:-1]:
        if not message.HasField(name):
            return []
        message = getattr(message, name)
    each = message.DESCRIPTOR.fields_by_name[way[-1]]
    if each.containing_oneof is not None and message.WhichOneof(each.containing_oneof.name) != each.name:
        return []
    only = type(message)()
    _copy(message, only, way[-1:])
    said = json_format.MessageToDict(only, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    values = said.get(each.name, [])
    return [_as_text(value) for value in (values if each.is_repeated else [values])]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _take_query(route: Route, whole: Any, made: Request) -> None:
    for parameter in route.parameters:
        if not _is_query(parameter):
            continue
        way = [each.name for each in parameter.field_path]
        if texts := _texts(whole, way):
            made.query += [(parameter.name, text) for text in texts]
            _copy(whole, made.message, way)


def _is_query(parameter: Parameter) -> bool:
    return parameter.upstream and not (parameter.in_path or parameter.in_body)


def _take_body(route: Route, whole: Any, in_path: set[str], made: Request) -> None:
    if route.body is None:
        return
    if route.body.raw:
        made.body = ("text/x-sample", b"\x00\xffbody")
        content = made.message if route.body.field == "*" else getattr(made.message, route.body.field)
        content.content_type, content.data = made.body
        return
    names = [each.name for each in whole.DESCRIPTOR.fields] if route.body.field == "*" else [route.body.field]
    content = type(whole)()
    for name in names:
        if name not in in_path and (name in {each.name for each, _ in whole.ListFields()}):
            _copy(whole, content, [name])
            _copy(whole, made.message, [name])
    said = json_format.MessageToDict(content, preserving_proto_field_name=True)
    made.body = ("application/json", msgspec.json.encode(said if route.body.field == "*" else said.get(names[0])))
