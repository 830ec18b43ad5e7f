"""What a field's type asks of its JSON, where the schema of what is sent does not say it: what is sent is always so."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.contract.openapi.schemas import Schema
from gateway.contract.requests.parsing import INTEGER_RANGE
from gateway.contract.requests.text_messages import TEXT_MESSAGES
from gateway.contract.validation.keywords import narrowed

_BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_OF_A_TEXT = r"^([A-Za-z0-9_+/-]{4})*([A-Za-z0-9_+/-]{2}(==)?|[A-Za-z0-9_+/-]{3}=?)?$"
"""Base64 in a path or query: either alphabet, padded or not."""
_FLOATS_OF_TEXTS: Schema = {"exclusiveMinimum": -(2.0**128 - 2.0**103), "exclusiveMaximum": 2.0**128 - 2.0**103}
"""What is rounded to a float of 32 bits that is finite."""
_FLOATS: Schema = {"minimum": -3.4028234663852886e38, "maximum": 3.4028234663852886e38}


def taken_as(schema: Schema, field: FieldDescriptor) -> Schema:
    """The schema of a field's JSON, narrowed to what is read; enums to their names."""
    schema = _named(schema)
    entry: Any = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        narrow = narrowed(schema, _wrapped("additionalProperties", _value(value)))
        return narrowed(narrow, _wrapped("propertyNames", _key(key)))
    return narrowed(schema, _wrapped("items", _value(field)) if field.is_repeated else _value(field))


def text_as(schema: Schema, field: FieldDescriptor) -> Schema:
    """The schema of a parameter's text, narrowed to what is read."""
    held = _held(field)
    if held.type == FieldDescriptor.TYPE_BYTES:
        return narrowed(schema, {"pattern": _OF_A_TEXT})
    return narrowed(schema, _FLOATS_OF_TEXTS) if held.type == FieldDescriptor.TYPE_FLOAT else schema


def _named(schema: Any) -> Any:
    """Numbers of enums are for values that are newer than the contract, which nobody can be told to send."""
    if not isinstance(schema, dict):
        return schema
    names = [each for each in schema.get("anyOf", ()) if "enum" in each and each.get("type") == "string"]
    if names and any(each.get("type") == "integer" for each in schema["anyOf"]):
        return {key: each for key, each in schema.items() if key != "anyOf"} | names[0]
    return {key: _named(each) if key in ("items", "additionalProperties") else each for key, each in schema.items()}


def _held(field: FieldDescriptor) -> FieldDescriptor:
    """The field whose value the JSON is: of a wrapper, the wrapped one."""
    message = field.message_type
    wrapped = message and message.full_name in TEXT_MESSAGES and message.fields_by_name.get("value")
    return wrapped or field


def _wrapped(keyword: str, schema: Schema) -> Schema:
    return {keyword: schema} if schema else {}


def _value(field: FieldDescriptor) -> Schema:
    kind = _held(field).type
    if kind == FieldDescriptor.TYPE_BYTES:
        return {"pattern": _BASE64}
    if kind == FieldDescriptor.TYPE_FLOAT:
        return dict(_FLOATS)
    smallest, largest = INTEGER_RANGE.get(kind, (0, 0))
    # Those of 64 bits are texts.
    return {"minimum": smallest, "maximum": largest} if 0 < largest < 2**32 else {}


def _key(field: FieldDescriptor) -> Schema:
    if field.type == FieldDescriptor.TYPE_BOOL:
        return {"enum": ["true", "false"]}
    if field.type not in INTEGER_RANGE:
        return {}
    smallest, largest = INTEGER_RANGE[field.type]
    return {"pattern": rf"^{'-?' if smallest else ''}(0|[1-9][0-9]{{0,{len(str(largest)) - 1}}})$"}
