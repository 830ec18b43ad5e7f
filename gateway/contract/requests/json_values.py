"""Single values of ProtoJSON: those that hold no fields, read by protobuf's `json_format`."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import Error, ParseDict

from gateway.contract.descriptors import Descriptors
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.requests.parsing import scalar_type
from gateway.contract.requests.text_messages import OPAQUE, TEXT_MESSAGES, message_type

_TEXT = frozenset(f"google.protobuf.{name}" for name in ("Timestamp", "Duration", "FieldMask"))
_VALUE = "google.protobuf.Value"
_NULL = "google.protobuf.NullValue"
_UNREADABLE = (Error, ValueError, TypeError, OverflowError, AttributeError, LookupError)
_EXPECTED = {"google.protobuf.Struct": "an object", "google.protobuf.ListValue": "an array", _VALUE: "JSON"}
_DEEP = 1000
"""More than any JSON that a client may send: its depth is looked at before."""


class JsonValues:
    """Reads the values of one contract.

    Args:
        descriptors: of the contract.
        messages: of the contract.
    """

    def __init__(self, descriptors: Descriptors, messages: MessageCompiler) -> None:
        self._pool = descriptors.pool
        self._messages = messages

    def whole(self, message: Any, content: Any) -> bool:
        """Reads a message whose JSON is not an object of its fields; False where it cannot."""
        try:
            as_text = message.DESCRIPTOR.full_name in _TEXT and isinstance(content, str)
            kind = message_type(message.DESCRIPTOR, -inf, inf) if as_text else None
            if kind:
                # protobuf's own readers take less of a mask and more of a time than we do of a parameter.
                message.CopyFrom(kind(content))
            else:
                ParseDict(content, message, descriptor_pool=self._pool, max_recursion_depth=_DEEP)
        except _UNREADABLE:
            return False
        return True

    def scalar(self, message: Any, field: FieldDescriptor, content: Any) -> bool:
        """Reads a field that holds no message, with all its items; False where it cannot."""
        key = f"[{field.full_name}]" if field.is_extension else str(field.json_name)
        try:
            ParseDict({key: self._respelled(field, content)}, message, descriptor_pool=self._pool)
        except _UNREADABLE:
            return False
        return True

    def entry(self, message: Any, field: FieldDescriptor, key: tuple[str, Any], content: Any) -> bool:
        """Reads the scalar of one entry of a map, its key as text and as value; False where it cannot."""
        # By itself: json_format empties a map before it fills it.
        alone = type(message)()
        value = map_fields(field)["value"]
        try:
            item = self._respelled(value, content)
        except ValueError:
            return False
        if not self.scalar(alone, field, {key[0]: item}):
            return False
        getattr(message, field.name)[key[1]] = getattr(alone, field.name)[key[1]]
        return True

    def expected(self, field: FieldDescriptor) -> str:
        """What one value of a field should be: "an integer from 0 to 4294967295"."""
        if field.enum_type is not None:
            return f"one of {', '.join(self._messages.spelling(field.enum_type).choices)}"
        if field.message_type is not None:
            return expected_of(field.message_type)
        kind = scalar_type(field, -inf, inf)
        return kind.expected if kind else "another value"

    def _respelled(self, field: FieldDescriptor, content: Any) -> Any:
        """Content with the contract's own spellings of an enum replaced by their numbers."""
        if field.enum_type is None or field.enum_type.full_name == _NULL:
            return content
        if isinstance(content, list):
            return [self._respelled(field, each) for each in content]
        if isinstance(content, bool):
            raise ValueError("json_format reads true as the enum's 1")
        numbers = self._messages.spelling(field.enum_type).numbers
        return numbers.get(content, content) if isinstance(content, str) else content


def expected_of(message: Any) -> str:
    """What the JSON of a message should be: "a duration in seconds as 1.5s"."""
    kind = message_type(message, -inf, inf)
    return kind.expected if kind else _EXPECTED.get(message.full_name, "an object")


def map_fields(field: FieldDescriptor) -> Mapping[str, FieldDescriptor]:
    """The fields `key` and `value` of a map's entries."""
    entry: Any = field.message_type
    fields: Mapping[str, FieldDescriptor] = entry.fields_by_name
    return fields


def undivided(message: Any) -> bool:
    """True for a well-known type whose JSON is not an object of its fields; in an `Any` it is called `value`."""
    return message.full_name in TEXT_MESSAGES or message.full_name in OPAQUE


def nullable(field: FieldDescriptor) -> bool:
    """True for a field whose type has a value that is null in JSON."""
    if field.message_type is not None:
        return bool(field.message_type.full_name == _VALUE)
    return field.enum_type is not None and field.enum_type.full_name == _NULL
