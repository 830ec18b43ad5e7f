"""Rules of which fields of a message are given together: of a oneof, and of `buf.validate.MessageOneofRule`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.validation.fields import is_set
from gateway.contract.validation.reading import ONEOF, options_of
from gateway.errors import WrongParameter


class Choice(NamedTuple):
    """Fields of which at most one is given."""

    fields: tuple[FieldDescriptor, ...]
    keys: tuple[str, ...]
    """Their JSON names."""
    required: bool
    """True where one must be given."""

    def wrong(self, message: Any) -> Iterator[WrongParameter]:
        """What of a message has too many of them, or none; it is named after a field, for it has no name in JSON."""
        given = [key for key, field in zip(self.keys, self.fields, strict=True) if is_set(message, field)]
        if len(given) > 1:
            yield WrongParameter(given[1], f"expected only one of {', '.join(self.keys)}, got {', '.join(given)}")
        if self.required and not given:
            one = f"required: one of {', '.join(self.keys)}"
            yield WrongParameter(self.keys[0], one if len(self.keys) > 1 else "required")


def compile_choices(descriptors: Descriptors, message: Descriptor, given: Mapping[str, Any]) -> list[Choice]:
    """The choices of a message type.

    Args:
        descriptors: the contract.
        message: the type.
        given: its `buf.validate.message` option, by field name.

    Raises:
        ValueError: a rule names no field, one twice, or one that the message does not have.
    """
    choices = [
        _choice(descriptors, tuple(oneof.fields), required=True)
        for oneof in message.oneofs
        if options_of(descriptors, oneof, ONEOF).get("required")
    ]
    for rule in given.get("oneof", ()):
        choices.append(_choice(descriptors, _named(message, list(rule.fields)), rule.required))
    return choices


def lenient_fields(given: Mapping[str, Any]) -> set[str]:
    """The fields that a message's own oneof rules name: unset, their rules are not checked."""
    return {name for rule in given.get("oneof", ()) for name in rule.fields}


def _choice(descriptors: Descriptors, fields: tuple[FieldDescriptor, ...], required: bool) -> Choice:
    return Choice(fields, tuple(map(descriptors.key, fields)), required)


def _named(message: Descriptor, names: list[str]) -> tuple[FieldDescriptor, ...]:
    if not names:
        raise ValueError("oneof: expected at least one field")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"oneof: field {twice!r} is named twice")
    if unknown := next((name for name in names if name not in message.fields_by_name), None):
        raise ValueError(f"oneof: {message.full_name} has no field {unknown!r}")
    return tuple(message.fields_by_name[name] for name in names)
