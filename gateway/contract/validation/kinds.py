"""The checks of one value, by the type of its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import isfinite
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.messages.enums import enum_spelling
from gateway.contract.messages.wellknown import double, single
from gateway.contract.validation.checks import Check, Named, Values, bounded, listed
from gateway.contract.validation.reading import Ignore, Rules
from gateway.contract.validation.texts import BYTES, STRINGS, bytes_checks, string_checks
from gateway.contract.validation.times import (
    ANYS,
    DURATIONS,
    MASKS,
    TIMESTAMPS,
    Clock,
    any_checks,
    duration_checks,
    mask_checks,
    timestamp_checks,
)

Field = FieldDescriptor
_SCALARS = {
    "double": (Field.TYPE_DOUBLE, "DoubleValue"),
    "float": (Field.TYPE_FLOAT, "FloatValue"),
    "int32": (Field.TYPE_INT32, "Int32Value"),
    "int64": (Field.TYPE_INT64, "Int64Value"),
    "uint32": (Field.TYPE_UINT32, "UInt32Value"),
    "uint64": (Field.TYPE_UINT64, "UInt64Value"),
    "sint32": (Field.TYPE_SINT32, ""),
    "sint64": (Field.TYPE_SINT64, ""),
    "fixed32": (Field.TYPE_FIXED32, ""),
    "fixed64": (Field.TYPE_FIXED64, ""),
    "sfixed32": (Field.TYPE_SFIXED32, ""),
    "sfixed64": (Field.TYPE_SFIXED64, ""),
    "bool": (Field.TYPE_BOOL, "BoolValue"),
    "string": (Field.TYPE_STRING, "StringValue"),
    "bytes": (Field.TYPE_BYTES, "BytesValue"),
}
_MESSAGES = {"any": "Any", "duration": "Duration", "timestamp": "Timestamp", "field_mask": "FieldMask"}
_BOOLS = Values(show=lambda value: "true" if value else "false")
_DOUBLES = Values(show=lambda value: str(double(value)), json=double)
_SINGLES = Values(show=lambda value: str(single(value)), json=single)
_VALUES = {
    "bool": _BOOLS,
    "string": STRINGS,
    "bytes": BYTES,
    "float": _SINGLES,
    "double": _DOUBLES,
    "any": ANYS,
    "duration": DURATIONS,
    "timestamp": TIMESTAMPS,
    "field_mask": MASKS,
}
_WRAPPERS = frozenset(f"google.protobuf.{wrapper}" for _, wrapper in _SCALARS.values() if wrapper)
_SIXTY_FOUR = frozenset({"int64", "uint64", "sint64", "fixed64", "sfixed64"})
# Names that are set beside rules and check nothing.
_SILENT = ("example", "strict")


@dataclass(frozen=True)
class ValueRules:
    """The compiled rules of one value: a field's, an item's, a map's key or value."""

    values: Values
    checks: tuple[Check, ...] = ()
    required: bool = False
    ignore: Ignore = Ignore.UNSET
    unchecked: int = 0
    """Rules and CEL expressions that are left to the backend."""
    long: bool = False
    """True for 64 bit integers, which are texts in JSON."""

    def wrong(self, value: Any) -> Iterator[str]:
        """What was expected and what came, for each rule that a value as its message holds it does not meet."""
        plain = self.values.read(value)
        for check in self.checks:
            if not check.holds(plain):
                yield f"expected {check.expected}, got {self.values.show(plain)}"


def compile_value(descriptors: Descriptors, field: FieldDescriptor, rules: Rules, now: Clock) -> ValueRules:
    """The rules of a value of a field's type.

    Args:
        descriptors: the contract.
        field: the field; its label does not matter.
        rules: the rules, which are none of a list or a map.
        now: the clock that `lt_now` and its like look at.

    Raises:
        ValueError: the rules do not fit the type or contradict each other.
    """
    if reason := _misfit(rules.type, field):
        raise ValueError(reason)
    named = dict(rules.named)
    kind = rules.type or _natural(field)
    values, made = _typed(descriptors, field, kind, named, now)
    checks = tuple(made)
    _some_value(rules.named, values, checks)
    left = sum(name not in _SILENT for name in named) + rules.expressions
    values = _unwrapped(values, field)
    return ValueRules(values, checks, rules.required, rules.ignore, left, long=kind in _SIXTY_FOUR)


def _misfit(kind: str, field: FieldDescriptor) -> str:
    message = field.message_type.full_name if field.message_type else ""
    if kind in _SCALARS:
        scalar, wrapper = _SCALARS[kind]
        fits = field.type == scalar or bool(wrapper and message == f"google.protobuf.{wrapper}")
    elif kind in _MESSAGES:
        fits = message == f"google.protobuf.{_MESSAGES[kind]}"
    else:
        fits = not kind or (kind == "enum" and field.enum_type is not None)
    return "" if fits else f"rules of {kind} do not fit a field of type {type_name(field)}"


def _natural(field: FieldDescriptor) -> str:
    """The type of rules that fits a field; empty for a message that none fits."""
    return next((kind for kind in (*_SCALARS, *_MESSAGES, "enum") if not _misfit(kind, field)), "")


def type_name(field: FieldDescriptor) -> str:
    """How a proto file names the type of a field."""
    named = field.message_type or field.enum_type
    if named:
        return str(named.full_name)
    return next(name for name, (number, _) in _SCALARS.items() if number == field.type)


def _typed(
    descriptors: Descriptors, field: FieldDescriptor, kind: str, named: Named, now: Clock
) -> tuple[Values, Iterator[Check]]:
    if kind == "enum" and field.enum_type:
        values = _enum_values(descriptors, field.enum_type)
        return values, chain(listed(named, values), _defined(named, field.enum_type, values))
    values = _VALUES.get(kind, Values())
    builders: dict[str, Callable[[], Iterator[Check]]] = {
        "": lambda: iter(()),  # of a message of the contract's own, which has rules of its own
        "string": lambda: string_checks(named),
        "bytes": lambda: bytes_checks(named),
        "timestamp": lambda: timestamp_checks(named, now),
        "duration": lambda: duration_checks(named),
        "any": lambda: any_checks(named),
        "field_mask": lambda: mask_checks(named),
    }
    return values, builders.get(kind, lambda: _numbers(named, values))()


def _numbers(named: Named, values: Values) -> Iterator[Check]:
    yield from listed(named, values)
    yield from bounded(named, values)
    if named.pop("finite", False):
        yield Check("a finite number", isfinite, {"type": "number"})


def _enum_values(descriptors: Descriptors, enum: EnumDescriptor) -> Values:
    spelled = enum_spelling(descriptors, enum).spelled
    return Values(show=lambda number: spelled.get(number, str(number)), json=lambda number: spelled.get(number, number))


def _defined(named: Named, enum: EnumDescriptor, values: Values) -> Iterator[Check]:
    if named.pop("defined_only", False):
        defined = dict.fromkeys(value.number for value in enum.values)
        choices = dict.fromkeys(map(values.show, defined))
        yield Check(f"one of {', '.join(choices)}", defined.__contains__, {"enum": list(choices)})


def _some_value(named: Named, values: Values, checks: tuple[Check, ...]) -> None:
    """Raises ValueError where every value that `const` and `in` allow is refused by another rule."""
    given = [named["const"]] if "const" in named else list(named.get("in", ()))
    timed = {"lt_now", "gt_now", "within"} & named.keys()
    if not given or timed or values in (ANYS, MASKS):
        return
    if not any(all(check.holds(values.read(each)) for check in checks) for each in given):
        raise ValueError("the rules contradict each other: no value meets all of them")


def _unwrapped(values: Values, field: FieldDescriptor) -> Values:
    name = field.message_type.full_name if field.message_type else ""
    if name not in _WRAPPERS:
        return values
    return Values(lambda message: values.read(message.value), values.show, values.json, values.words)
