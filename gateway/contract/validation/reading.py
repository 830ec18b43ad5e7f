"""`buf.validate.FieldRules` as the contract's own copy of validate.proto has them, whatever its version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from google.protobuf.descriptor import Descriptor, OneofDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.validation.checks import Named

FIELD, ONEOF, MESSAGE = "buf.validate.field", "buf.validate.oneof", "buf.validate.message"
_NOT_CHECKED = ("cel", "cel_expression", "constraint")


class Ignore(Enum):
    """When the rules of a field are left out (buf.validate.Ignore)."""

    UNSET = 0
    ZERO = 1
    DEFAULT = 2
    """Of versions before 1.0: also where the field's default was set."""
    ALWAYS = 3


@dataclass(frozen=True)
class Rules:
    """The rules of one value."""

    type: str
    """The member of `FieldRules.type` that is set; empty where none is."""
    named: Named
    """The rules of that type that are set, by name."""
    required: bool
    ignore: Ignore
    ignore_given: bool
    """True where `ignore` is written, whatever it says."""
    expressions: int
    """CEL expressions, which are left to the backend."""
    given: bool
    """False where a field has no option at all."""


NONE = Rules("", {}, required=False, ignore=Ignore.UNSET, ignore_given=False, expressions=0, given=False)


def read_rules(message: Any) -> Rules:
    """The rules that a `FieldRules` (before 0.10: `FieldConstraints`) holds; None stands for no rules."""
    if message is None:
        return NONE
    given = set_fields(message)
    kind = message.WhichOneof("type") or ""
    return Rules(
        kind,
        set_fields(given[kind]) if kind else {},
        bool(given.get("required", False)),
        _ignore(given),
        "ignore" in given,
        expressions(given),
        given=True,
    )


def options_of(descriptors: Descriptors, element: Descriptor | OneofDescriptor, name: str) -> dict[str, Any]:
    """What an option of a message or a oneof holds, by field name."""
    message = descriptors.option(element, name)
    return set_fields(message) if message is not None else {}


def set_fields(message: Any) -> dict[str, Any]:
    """The fields of a message that are set, by name; of an extension the full name."""
    return {field.full_name if field.is_extension else field.name: value for field, value in message.ListFields()}


def expressions(given: dict[str, Any]) -> int:
    """How many CEL expressions stand beside the rules."""
    return sum(len(given[name]) for name in _NOT_CHECKED if name in given and hasattr(given[name], "__len__"))


def _ignore(given: dict[str, Any]) -> Ignore:
    if given.get("skipped"):
        return Ignore.ALWAYS
    number = given.get("ignore", Ignore.ZERO.value if given.get("ignore_empty") else 0)
    return Ignore(number) if number in {each.value for each in Ignore} else Ignore.UNSET
