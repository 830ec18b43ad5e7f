"""Samples: a plausible message of any type, from the examples that its comments give and defaults elsewhere."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.examples import Examples, is_map

_WELL_KNOWN: dict[str, Any] = {
    f"google.protobuf.{name}": value
    for name, value in {
        "Timestamp": "2026-01-01T12:00:00Z",
        "Duration": "1.5s",
        "Struct": {"key": "value"},
        "Value": "value",
        "ListValue": ["value"],
        "FieldMask": "path",
        "Empty": {},
        "DoubleValue": 1.5,
        "FloatValue": 1.5,
        "Int64Value": "1",
        "UInt64Value": "1",
        "Int32Value": 1,
        "UInt32Value": 1,
        "BoolValue": True,
        "StringValue": "text",
        "BytesValue": "aGVsbG8=",
        # Which types it may hold is not known.
        "Any": {},
    }.items()
}
"""The well-known types, as ProtoJSON."""


_SCALARS = {
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_BYTES: "aGVsbG8=",
}
"""As ProtoJSON; a string is the field's name, a number 1."""


class Samples:
    """Makes samples of the messages of one contract."""

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors
        self._examples = Examples(descriptors)

    def sample(self, message: Descriptor, member: str) -> Any:
        """A message with plausible content.

        Args:
            message: its type.
            member: the full name of the oneof member it is a sample for, whose comment may give an example.
        """
        given = self._examples.of_member(member)
        if message.full_name in _WELL_KNOWN:
            return self._parsed(message, given) or self._parsed(message, _WELL_KNOWN[message.full_name])
        sample = self._filled(message, ())
        overlay = self._parsed(message, given) if isinstance(given, dict) else None
        if overlay is not None:
            for name in given:
                sample.ClearField(name)
            sample.MergeFrom(overlay)
        return sample

    def _parsed(self, message: Any, content: Any) -> Any:
        return self._examples.parsed(message, content)

    def _filled(self, message: Descriptor, within: tuple[Descriptor, ...]) -> Any:
        sample = message_class(message)()
        required = {field.name for field in message.fields if self._descriptors.required(field)}
        for field in message.fields:
            example = self._examples.of_field(field)
            free = field.containing_oneof is None or sample.WhichOneof(field.containing_oneof.name) is None
            # Who says what is required means the rest to be absent, unless an example is given for it.
            if free and (not required or field.name in required or example is not None):
                sample.MergeFrom(example or self._made_up(field, (*within, message)) or type(sample)())
        return sample

    def _made_up(self, field: FieldDescriptor, within: tuple[Descriptor, ...]) -> Any:
        """A message with just this field; None where there is nothing to put in."""
        value = None if is_map(field) else self._value(field, within)
        if value is None:
            return None
        return self._parsed(field.containing_type, {field.name: [value] if field.is_repeated else value})

    def _value(self, field: FieldDescriptor, within: tuple[Descriptor, ...]) -> Any:
        """A value as ProtoJSON; None where it would go on for ever."""
        if field.enum_type is not None:
            return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].number
        if field.message_type is None:
            return field.name if field.type == FieldDescriptor.TYPE_STRING else _SCALARS.get(field.type, 1)
        if field.message_type.full_name in _WELL_KNOWN:
            return _WELL_KNOWN[field.message_type.full_name]
        if field.message_type in within:
            return None
        return MessageToDict(
            self._filled(field.message_type, within),
            preserving_proto_field_name=True,
            descriptor_pool=self._descriptors.pool,
        )
