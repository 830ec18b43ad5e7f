"""Samples: a plausible message of any type, from the examples that its comments give and defaults elsewhere."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.messages.examples import Examples, is_map

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
    FieldDescriptor.TYPE_BYTES: b"hello",
}
"""A string is the field's name, a number 1."""

_MOST = 200
"""Messages in a sample. Where everything may hold everything, there is no end to what could be shown."""


class Samples:
    """Makes samples of the messages of one contract."""

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors
        self._examples = Examples(descriptors)
        self._left = _MOST

    def sample(self, message: Descriptor, member: str) -> Any:
        """A message with plausible content; extensions are left out.

        Args:
            message: its type.
            member: the full name of the oneof member it is a sample for, whose comment may give an example.
        """
        given = self._examples.of_member(member)
        if message.full_name in _WELL_KNOWN:
            return self._parsed(message, given) or self._parsed(message, _WELL_KNOWN[message.full_name])
        self._left = _MOST
        sample = self._filled(message, ())
        overlay = self._parsed(message, given) if isinstance(given, dict) else None
        if overlay is not None:
            for name in _names(message, given):
                type(sample).ClearField(sample, name)
            type(sample).MergeFrom(sample, overlay)
        return sample

    def holding(self, field: FieldDescriptor) -> Any:
        """A message with plausible content in this field and nothing else."""
        self._left = _MOST
        made = self._examples.of_field(field) or self._made_up(field, ())
        return made or message_class(field.containing_type)()

    def _parsed(self, message: Any, content: Any) -> Any:
        return self._examples.parsed(message, content)

    def _filled(self, message: Descriptor, within: tuple[Descriptor, ...]) -> Any:
        self._left -= 1
        kind = message_class(message)
        sample = kind()
        required = {field.name for field in message.fields if self._descriptors.required(field)}
        for field in message.fields:
            example = self._examples.of_field(field)
            # Methods of the class: a field may be called as one of them.
            free = field.containing_oneof is None or kind.WhichOneof(sample, field.containing_oneof.name) is None
            # Who says what is required means the rest to be absent, unless an example is given for it.
            if free and (not required or field.name in required or example is not None):
                kind.MergeFrom(sample, example or self._made_up(field, (*within, message)) or kind())
        return sample

    def _made_up(self, field: FieldDescriptor, within: tuple[Descriptor, ...]) -> Any:
        """A message with just this field; None where there is nothing to put in."""
        value = None if is_map(field) else self._value(field, within)
        if value is None:
            return None
        made = message_class(field.containing_type)()
        if field.is_repeated:
            getattr(made, field.name).append(value)
        elif field.message_type is not None:
            type(value).CopyFrom(getattr(made, field.name), value)
        else:
            setattr(made, field.name, value)
        return made

    def _value(self, field: FieldDescriptor, within: tuple[Descriptor, ...]) -> Any:
        """A value; None where it would go on for ever."""
        if field.enum_type is not None:
            return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].number
        if field.message_type is None:
            return field.name if field.type == FieldDescriptor.TYPE_STRING else _SCALARS.get(field.type, 1)
        if field.message_type.full_name in _WELL_KNOWN:
            return self._parsed(field.message_type, _WELL_KNOWN[field.message_type.full_name])
        if field.message_type in within or self._left <= 0:
            return None
        return self._filled(field.message_type, within)


def _names(message: Descriptor, given: dict[str, Any]) -> list[str]:
    """The fields that an example speaks of, by either of their JSON names."""
    return [field.name for field in message.fields if {field.name, field.json_name} & given.keys()]
