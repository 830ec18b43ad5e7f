"""One field of a message as a field of a Struct: its key, its type, and the expression that fills it."""

from __future__ import annotations

from keyword import iskeyword
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, Union

from google.protobuf.descriptor import FieldDescriptor
from msgspec import Meta, UnsetType

from gateway.contract.values import Value


class StructField(NamedTuple):
    """A field of a Struct, and how it is filled."""

    attribute: str
    """The Struct's attribute: the field's name, with a `_` where Python owns it."""
    key: str
    """The JSON key: the field's name as declared."""
    annotation: Any
    """The type, with the comment as its description."""
    default: Any
    """`msgspec.NODEFAULT` where the key is always there, else UNSET."""
    expression: str
    """Python that makes the value of the message `m`."""


def single_field(field: FieldDescriptor, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a field that is neither repeated nor a map."""
    got = access(field.name)
    converted = value.expression.format(got)
    if required:
        return value.annotation, converted
    if field.has_presence and (field.message_type is not None or field.has_default_value):
        return _optional(value.annotation), f'{converted} if m.HasField("{field.name}") else UNSET'
    if field.has_presence:
        # What is not the default is there: asking the message is for the default only.
        present = f'(v := {got}) or m.HasField("{field.name}")'
        return _optional(value.annotation), f"{value.expression.format('v')} if {present} else UNSET"
    return _optional(value.annotation), f"{value.expression.format('v')} if {value.present.format(got)} else UNSET"


def repeated_field(field: FieldDescriptor, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a repeated field; an empty one is absent unless it is required."""
    items = f"[{value.expression.format('v')} for v in {access(field.name)}]"
    return _maybe_empty(GenericAlias(list, value.annotation), items, required)


def map_field(field: FieldDescriptor, key: str, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a map, sorted by its keys; `key` is the expression for them."""
    pairs = f"{{{key.format('k')}: {value.expression.format('v')} for k, v in sorted({access(field.name)}.items())}}"
    return _maybe_empty(GenericAlias(dict, (str, value.annotation)), pairs, required)


def attribute(name: str) -> str:
    """The Struct's attribute for a field."""
    return f"{name}_" if iskeyword(name) else name


def described(annotation: Any, comment: str, examples: list[Any] | None) -> Any:
    """A type with a field's comment as its description, and with examples of its JSON."""
    if not comment and not examples:
        return annotation
    return Annotated[annotation, Meta(description=comment or None, examples=examples)]


def access(name: str) -> str:
    """Python that gets a field of the message `m`."""
    return f'getattr(m, "{name}")' if iskeyword(name) else f"m.{name}"


def _optional(annotation: Any) -> Any:
    # typing.Union, not `|`: a Struct in the making is a ForwardRef, which has no `|`.
    return Union[annotation, UnsetType]  # noqa: UP007


def _maybe_empty(annotation: Any, expression: str, required: bool) -> tuple[Any, str]:
    return (annotation, expression) if required else (_optional(annotation), f"{expression} or UNSET")
