"""Well-known types that ProtoJSON writes as one text, and how they are read from the text of a parameter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor

from gateway.contract.descriptors import message_class
from gateway.contract.requests.parsing import TextType, scalar_type

_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_DURATION = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s")
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_MASK = rf"(\*|{_NAME}(\.{_NAME})*(\.\*)?)"
_PATH = re.compile(_MASK)
_CAPITAL = re.compile(r"[A-Z]")

OPAQUE = frozenset(
    {"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"}
)
"""Well-known types that the text of a parameter cannot carry."""


def message_type(message: Descriptor, low: float, high: float) -> TextType | None:
    """How the text of a message is read; None for one that is not one of `TEXT_MESSAGES`.

    Args:
        message: the message's descriptor, of the pool that its values are made for.
        low: the smallest value allowed, of wrapped numbers.
        high: the largest one.
    """
    make = TEXT_MESSAGES.get(message.full_name)
    return make(message, low, high) if make else None


def _timestamp(message: Descriptor, low: float, high: float) -> TextType:
    schema = {"type": "string", "format": "date-time"}
    return TextType("a time as 2030-01-31T23:59:59Z", _from_json(message, _TIMESTAMP), schema)


def _duration(message: Descriptor, low: float, high: float) -> TextType:
    schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"}
    return TextType("a duration in seconds as 1.5s", _from_json(message, _DURATION), schema)


def _from_json(message: Descriptor, form: re.Pattern[str]) -> Callable[[str], Any]:
    make: Callable[[], Any] = message_class(message)

    def read(text: str) -> Any:
        # protobuf's own reading is more lenient than what it documents.
        if not form.fullmatch(text):
            raise ValueError(text)
        value = make()
        value.FromJsonString(text)
        return value

    return read


def _field_mask(message: Descriptor, low: float, high: float) -> TextType:
    make: Callable[..., Any] = message_class(message)
    schema = {"type": "string", "pattern": f"^({_MASK}(,{_MASK})*)?$"}
    return TextType("names of fields as a,b.c", lambda text: make(paths=_paths(text)), schema)


def _paths(text: str) -> list[str]:
    """The paths of a mask, those in camel case made snake case."""
    paths = text.split(",") if text else []
    if not all(_PATH.fullmatch(path) for path in paths):
        raise ValueError(text)
    return [_CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", path) for path in paths]


def _wrapper(message: Descriptor, low: float, high: float) -> TextType:
    make: Callable[..., Any] = message_class(message)
    inner = scalar_type(message.fields_by_name["value"], low, high)
    if inner is None:
        raise LookupError(f"{message.full_name} wraps no scalar")
    read = inner.read
    return TextType(inner.expected, lambda text: make(value=read(text)), inner.schema, inner.choices)


TEXT_MESSAGES: dict[str, Callable[[Descriptor, float, float], TextType]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _field_mask,
    **{
        f"google.protobuf.{kind}Value": _wrapper
        for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
    },
}
"""By full name, what makes the type."""
