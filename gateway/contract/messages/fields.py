"""One field of a message as a field of a Struct: its key, its type, and the expression that fills it."""

from __future__ import annotations

from keyword import iskeyword
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, Union

from google.protobuf.descriptor import FieldDescriptor
from msgspec import Meta, UnsetType

from gateway.contract.messages.values import Value

_APART = "\N{MIDDLE DOT}"
"""May stand in a Python identifier and not in a protobuf one: what is made with it never meets a field's name."""


class StructField(NamedTuple):
    """A field of a Struct, and how it is filled."""

    attribute: str
    """The Struct's attribute: the field's name, or one made of it where Python owns that."""
    key: str
    """The JSON key: `Descriptors.key`."""
    annotation: Any
    """The type, with the comment as its description."""
    default: Any
    """`msgspec.NODEFAULT` where the key is always there, else UNSET."""
    expression: str
    """Python that makes the value of the message `m`."""


def single_field(field: FieldDescriptor, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a field that is neither repeated nor a map."""
    got, present = _access(field), _presence(field)
    converted = value.expression.format(got)
    if required:
        return value.annotation, converted
    if field.has_presence and (field.message_type is not None or field.default_value):
        return _optional(value.annotation), f"{converted} if {present} else UNSET"
    if field.has_presence:
        # What is not nothing, the default here, is there: asking the message is for nothing only.
        there = f"(v := {got}) or {present}"
        return _optional(value.annotation), f"{value.expression.format('v')} if {there} else UNSET"
    return _optional(value.annotation), f"{value.expression.format('v')} if {value.present.format(got)} else UNSET"


def repeated_field(field: FieldDescriptor, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a repeated field; an empty one is absent unless it is required."""
    items = f"[{value.expression.format('v')} for v in {_access(field)}]"
    return _maybe_empty(GenericAlias(list, value.annotation), items, required)


def map_field(field: FieldDescriptor, key: str, value: Value, required: bool) -> tuple[Any, str]:
    """The type and the expression of a map, sorted by its keys; `key` is the expression for them."""
    pairs = f"{{{key.format('k')}: {value.expression.format('v')} for k, v in sorted({_access(field)}.items())}}"
    return _maybe_empty(GenericAlias(dict, (str, value.annotation)), pairs, required)


def or_null(field: FieldDescriptor, annotation: Any, expression: str) -> tuple[Any, str]:
    """The type and the expression of a field's value alone, which is null where the field is absent."""
    return Union[annotation, None], f"{expression} if {_presence(field)} else None"  # noqa: UP007 - as in _optional


def identifier(full_name: str) -> str:
    """A Python identifier for a full name: `A.B` and `A_B` stay apart."""
    return full_name.replace(".", _APART)


def extension_name(field: FieldDescriptor) -> str:
    """The identifier that expressions use for an extension's descriptor."""
    return f"extension{_APART}{identifier(field.full_name)}"


def attribute(field: FieldDescriptor) -> str:
    """The Struct's attribute for a field.

    Keywords cannot be written in a call; what begins with `__` is mangled by Python, or means something to a class.
    """
    if field.is_extension:
        return extension_name(field)
    return f"of{_APART}{field.name}" if iskeyword(field.name) or field.name.startswith("__") else str(field.name)


def described(annotation: Any, comment: str, examples: list[Any] | None) -> Any:
    """A type with a field's comment as its description, and with examples of its JSON."""
    if not comment and not examples:
        return annotation
    return Annotated[annotation, Meta(description=comment or None, examples=examples)]


def access(name: str) -> str:
    """Python that gets a field of the message `m`."""
    return f'getattr(m, "{name}")' if iskeyword(name) else f"m.{name}"


def _access(field: FieldDescriptor) -> str:
    return f"extensions(m)[{extension_name(field)}]" if field.is_extension else access(field.name)


def _presence(field: FieldDescriptor) -> str:
    # Functions, not methods of `m`: a field may be called HasField.
    return f"has_extension(m, {extension_name(field)})" if field.is_extension else f'has(m, "{field.name}")'


def _optional(annotation: Any) -> Any:
    # typing.Union, not `|`: a Struct in the making is a ForwardRef, which has no `|`.
    return Union[annotation, UnsetType]  # noqa: UP007


def _maybe_empty(annotation: Any, expression: str, required: bool) -> tuple[Any, str]:
    return (annotation, expression) if required else (_optional(annotation), f"{expression} or UNSET")
