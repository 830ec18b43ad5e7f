"""How one value of a field appears in JSON: its type, and the expression that converts it.

The JSON is ProtoJSON (protobuf.dev, ProtoJSON format): 64-bit integers as strings, bytes as base64, NaN and
the infinities as strings, enums by the spelling the contract asks for, an unknown enum number as a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from msgspec import Meta

from gateway.contract.messages import wellknown
from gateway.contract.messages.enums import EnumSpelling

Field = FieldDescriptor


class Value(NamedTuple):
    """How one value appears in JSON."""

    annotation: Any
    """Its type; a string where it is a Struct that is still being made."""
    expression: str
    """Python that converts the value, which stands in it as `{}`; names come from `names`."""
    names: Mapping[str, Any] = MappingProxyType({})
    """What the expressions refer to."""
    present: str = "(v := {})"
    """Python that is true where a value without presence is not the default; it leaves the value in `v`."""


def _floating(name: str, convert: Callable[[float], Any], annotation: Any = wellknown.Number) -> Value:
    names = {name: convert, "is_negative_zero": wellknown.is_negative_zero}
    return Value(annotation, f"{name}({{}})", names, "(v := {}) or is_negative_zero(v)")


_INT64 = Value(wellknown.Int64Text, "str({})")
_UINT64 = Value(wellknown.UInt64Text, "str({})")
_INT32 = Value(int, "{}")
SCALARS: dict[int, Value] = {
    Field.TYPE_STRING: Value(str, "{}"),
    Field.TYPE_BYTES: Value(bytes, "{}"),
    Field.TYPE_BOOL: Value(bool, "{}"),
    Field.TYPE_INT32: _INT32,
    Field.TYPE_SINT32: _INT32,
    Field.TYPE_SFIXED32: _INT32,
    Field.TYPE_UINT32: _INT32,
    Field.TYPE_FIXED32: _INT32,
    Field.TYPE_INT64: _INT64,
    Field.TYPE_SINT64: _INT64,
    Field.TYPE_SFIXED64: _INT64,
    Field.TYPE_UINT64: _UINT64,
    Field.TYPE_FIXED64: _UINT64,
    Field.TYPE_DOUBLE: _floating("double", wellknown.double),
    Field.TYPE_FLOAT: _floating("single", wellknown.single),
}
FINITE: dict[int, Value] = {
    Field.TYPE_DOUBLE: _floating("finite_double", wellknown.finite_double, float),
    Field.TYPE_FLOAT: _floating("finite_single", wellknown.finite_single, float),
}
"""Of fields that the contract promises to be finite, so that they are numbers and nothing else."""

_UNKNOWN_NUMBER = Annotated[int, Meta(description="A value that is newer than this contract.")]


def enum_value(name: str, spelling: EnumSpelling) -> Value:
    """An enum's value; `name` is the identifier that the expression uses for its spellings."""
    # Not a Literal: msgspec would sort the choices, and the order of the source has a meaning.
    choices = Annotated[str, Meta(extra_json_schema={"enum": list(spelling.choices)})]
    names: dict[str, Any] = {name: spelling.spelled.get}
    if spelling.unknown is None:
        return Value(choices if spelling.closed else choices | _UNKNOWN_NUMBER, f"{name}({{0}}, {{0}})", names)
    unknown = f"unknown_{name}"
    return Value(choices, f"{name}({{0}}, {unknown})", {**names, unknown: spelling.spelled[spelling.unknown]})


def null_value() -> Value:
    """A google.protobuf.NullValue, which is `null`."""
    return Value(None, "None")


def message_value(name: str, annotation: Any, convert: Callable[[Any], Any]) -> Value:
    """A message's value; `name` is the identifier that the expression uses for its converter."""
    return Value(annotation, f"{name}({{}})", {name: convert})


def map_key(kind: int) -> str:
    """The expression for a map's key, which JSON wants to be a string."""
    if kind == Field.TYPE_STRING:
        return "{}"
    return '("true" if {} else "false")' if kind == Field.TYPE_BOOL else "str({})"
