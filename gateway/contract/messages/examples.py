"""Examples: what the comments of a contract give.

The last line of a comment may be `Example: <value>`, the value as ProtoJSON; the text of a string field needs no
quotes. On a field it is the field's value; on a member of the response's oneof it is laid over the sample of the
member's message (`gateway.contract.messages.samples`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.messages.enums import EnumSpelling
from gateway.contract.messages.wellknown import WELL_KNOWN

Spelling = Callable[[EnumDescriptor], EnumSpelling]


class Examples:
    """The examples of one contract."""

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors

    def described(self, field: FieldDescriptor, spelling: Spelling) -> tuple[str, list[Any] | None]:
        """What a field's comment says, and its example as the JSON that is sent; None where it gives none."""
        source = self._descriptors.source
        comment, example = source.comment(field.full_name), self.of_field(field)
        if example is None:
            # What cannot be read as a value is still what the author wanted to say.
            text = source.example(field.full_name)
            return (f"{comment} Example: {text}".strip() if text else comment), None
        return comment, [self._as_sent(field, example, spelling)] if _plain(field) else None

    def of_field(self, field: FieldDescriptor) -> Any:
        """A message with just this field, as its comment gives it; None where it gives nothing readable."""
        text = self._descriptors.source.example(field.full_name)
        if not text:
            return None
        value = _json(text)
        if field.type == FieldDescriptor.TYPE_STRING and not isinstance(value, str | list):
            value = text
        wrapped = [value] if field.is_repeated and not isinstance(value, list | dict) else value
        return self.parsed(field.containing_type, {json_key(field): wrapped})

    def of_member(self, full_name: str) -> Any:
        """What the comment of a oneof member gives, as JSON; None where it gives nothing."""
        text = self._descriptors.source.example(full_name)
        return _json(text) if text else None

    def parsed(self, message: Any, content: Any) -> Any:
        """ProtoJSON as a message of this type; None where it is not that."""
        try:
            return ParseDict(content, message_class(message)(), descriptor_pool=self._descriptors.pool)
        except (ParseError, TypeError, AttributeError):
            # AttributeError: the message has a field of a name that json_format uses itself, `DESCRIPTOR` for example.
            return None

    def _as_sent(self, field: FieldDescriptor, example: Any, spelling: Spelling) -> Any:
        held = example.Extensions[field] if field.is_extension else getattr(example, field.name)
        if field.enum_type is not None:
            spelled = spelling(field.enum_type).spelled
            return [spelled[each] for each in held] if field.is_repeated else spelled[held]
        if field.message_type is not None and not is_map(field):
            convert = WELL_KNOWN[field.message_type.full_name].convert
            return [convert(each) for each in held] if field.is_repeated else convert(held)
        content: dict[str, Any] = MessageToDict(
            example,
            always_print_fields_with_no_presence=True,
            descriptor_pool=self._descriptors.pool,
        )
        return content[json_key(field)]


def json_key(field: FieldDescriptor) -> str:
    """The key that json_format reads a field by before all others, and writes unless it is told otherwise."""
    return f"[{field.full_name}]" if field.is_extension else str(field.json_name)


def is_map(field: FieldDescriptor) -> bool:
    """True for a map, which protobuf keeps as repeated entries."""
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _plain(field: FieldDescriptor) -> bool:
    """True where a field's JSON does not depend on what its contract makes of other messages."""
    if field.message_type is not None and is_map(field):
        held = field.message_type.fields_by_name["value"]
        return held.message_type is None and held.enum_type is None
    return field.message_type is None or field.message_type.full_name in WELL_KNOWN


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
