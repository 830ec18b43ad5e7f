"""The rules of one field of a message: itself, its items, its keys and values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import copysign
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from gateway.contract.descriptors import Descriptors
from gateway.contract.validation.checks import Check, Keywords, Named, Values, count
from gateway.contract.validation.keywords import all_of, as_texts, narrowed
from gateway.contract.validation.kinds import ValueRules, compile_value, type_name
from gateway.contract.validation.reading import Ignore, Rules, read_rules
from gateway.contract.validation.times import Clock

REQUIRED = "required"
_ZEROS = {
    FieldDescriptor.CPPTYPE_STRING: "",
    FieldDescriptor.CPPTYPE_BOOL: False,
    FieldDescriptor.CPPTYPE_DOUBLE: 0.0,
    FieldDescriptor.CPPTYPE_FLOAT: 0.0,
}
_WHOLE = ValueRules(Values(show=lambda value: str(len(value))))


@dataclass(frozen=True)
class FieldRules:
    """The compiled rules of one field."""

    field: FieldDescriptor
    value: ValueRules
    """Of the field; of a list or a map as a whole."""
    keys: ValueRules | None = None
    """Of a map's keys."""
    items: ValueRules | None = None
    """Of a list's items or a map's values."""

    @property
    def ignored(self) -> bool:
        """True where nothing of the field is checked."""
        return self.value.ignore is Ignore.ALWAYS

    @property
    def nested_ignored(self) -> bool:
        """True where the messages that the field holds are not checked by their own rules."""
        return self.ignored or (self.items is not None and self.items.ignore is Ignore.ALWAYS)

    @property
    def unchecked(self) -> int:
        """How many rules are left to the backend."""
        return sum(each.unchecked for each in (self.value, self.keys, self.items) if each)

    @property
    def idle(self) -> bool:
        """True where nothing is checked but what the messages in it say of themselves."""
        some = (self.value, self.keys, self.items)
        return self.ignored or not (self.value.required or any(each.checks for each in some if each))

    @property
    def needed(self) -> bool:
        """True where a message without the field is refused."""
        if self.ignored or self.value.required:
            return not self.ignored
        zero = () if self.field.is_repeated else self.field.default_value
        optional = self.field.has_presence or self.value.ignore is not Ignore.UNSET
        return not optional and next(self.value.wrong(zero), None) is not None

    def wrong(self, message: Any) -> Iterator[tuple[str, str]]:
        """The place within the field (`[2]`, or empty) and the reason of everything that is wrong."""
        value = getattr(message, self.field.name)
        if not is_set(message, self.field):
            if self.value.required:
                yield "", REQUIRED
                return
            if self.field.has_presence or self.value.ignore is not Ignore.UNSET:
                return
        elif self.value.ignore is Ignore.DEFAULT and value == self.field.default_value:
            return
        yield from (("", reason) for reason in self.value.wrong(value))
        if self.keys is not None or self.items is not None:
            yield from self._wrong_parts(value)

    def _wrong_parts(self, value: Any) -> Iterator[tuple[str, str]]:
        is_map = is_map_field(self.field)
        for place in value if is_map else range(len(value)):
            if self.keys and not _is_ignored(self.keys, place):
                yield from ((bracketed(place), f"key: {reason}") for reason in self.keys.wrong(place))
            if self.items and not _is_ignored(self.items, value[place]):
                yield from ((bracketed(place), reason) for reason in self.items.wrong(value[place]))

    def schema(self, body: bool) -> Keywords:
        """What the rules are as JSON Schema keywords.

        Args:
            body: True for a JSON body, where 64 bit integers are texts; False for a parameter.
        """
        if self.ignored:
            return {}
        keywords = _written(self.value, body)
        if self.items and self.items.ignore is not Ignore.ALWAYS:
            name = "additionalProperties" if is_map_field(self.field) else "items"
            items = self._alternative(_written(self.items, body), self.items, body)
            keywords |= {name: items} if items else {}
        if self.keys and (names := _names(self.keys, self.field)):
            keywords |= {"propertyNames": names}
        if self.field.has_presence:
            return keywords
        if self.value.required:
            return narrowed(keywords, self._not_zero(body))
        return self._alternative(keywords, self.value, body)

    def notes(self, body: bool) -> list[str]:
        """What the schema does not say, as phrases: "expected a time not after now"."""
        said = [
            (check, _said(check, rules, body)) for rules in (self.value, self.items) if rules for check in rules.checks
        ]
        notes = [f"expected {check.expected}" for check, whole in said if not whole]
        if self.keys and not (_names(self.keys, self.field) and all(check.exact for check in self.keys.checks)):
            notes += [f"keys: expected {check.expected}" for check in self.keys.checks]
        return notes

    def _alternative(self, keywords: Keywords, rules: ValueRules, body: bool) -> Keywords:
        zero = self._zero_schema(rules, body)
        return {"anyOf": [zero, keywords]} if keywords and rules.ignore is not Ignore.UNSET and zero else keywords

    def _zero_schema(self, rules: ValueRules, body: bool) -> Keywords:
        if rules is self.value and self.field.is_repeated:
            return {"maxProperties": 0} if is_map_field(self.field) else {"maxItems": 0}
        zero = _zero(element_of(self.field))
        if rules.values.json is None or zero is None:
            return {}
        json = rules.values.json(zero)
        return {"const": str(json) if rules.long and body else json}

    def _not_zero(self, body: bool) -> Keywords:
        if self.field.is_repeated:
            return {"minProperties": 1} if is_map_field(self.field) else {"minItems": 1}
        if self.field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
            return {"minLength": 1}
        return {"not": self._zero_schema(self.value, body)}


def compile_field(descriptors: Descriptors, field: FieldDescriptor, rules: Rules, now: Clock) -> FieldRules:
    """The rules of a field.

    Raises:
        ValueError: they do not fit the field's type or contradict each other.
    """
    if rules.ignore is Ignore.ALWAYS:
        return FieldRules(field, replace(_WHOLE, ignore=Ignore.ALWAYS))
    if not field.is_repeated:
        return FieldRules(field, compile_value(descriptors, field, rules, now))
    is_map = is_map_field(field)
    if rules.type != ("map" if is_map else "repeated") and rules.type:
        found = "a map" if is_map else f"repeated {type_name(field)}"
        raise ValueError(f"rules of {rules.type} do not fit a field of type {found}")
    named = dict(rules.named)
    parts = {name: read_rules(named.pop(name)) for name in ("keys", "values", "items") if name in named}
    checks = tuple(_counted(named, field, "entry" if is_map else "item"))
    whole = replace(
        _WHOLE,
        checks=checks,
        required=rules.required,
        ignore=rules.ignore,
        unchecked=len(named) + rules.expressions,
    )
    compiled = {
        name: compile_value(descriptors, element_of(field, name == "keys"), each, now) for name, each in parts.items()
    }
    return FieldRules(field, whole, compiled.get("keys"), compiled.get("values") or compiled.get("items"))


def is_map_field(field: FieldDescriptor) -> bool:
    """True for `map<key, value>`."""
    return bool(field.is_repeated and field.message_type and field.message_type.GetOptions().map_entry)


def element_of(field: FieldDescriptor, key: bool = False) -> FieldDescriptor:
    """The field that says of what type a map's keys or values are; of another field itself."""
    entry = field.message_type
    return entry.fields_by_name["key" if key else "value"] if entry and is_map_field(field) else field


def is_set(message: Any, field: FieldDescriptor) -> bool:
    """True where a field is given; one without presence where it is not zero."""
    if field.has_presence:
        return bool(message.HasField(field.name))
    value = getattr(message, field.name)
    if field.is_repeated:
        return len(value) > 0
    # -0.0 is sent, so it is given.
    return bool(value != field.default_value or (isinstance(value, float) and copysign(1.0, value) < 0))


def bracketed(place: Any) -> str:
    """A place in a list or a map: `[2]`, `["key"]`."""
    if isinstance(place, bool):
        return "[true]" if place else "[false]"
    return f"[{place}]" if isinstance(place, int) else '["{}"]'.format(place if len(place) <= 60 else f"{place[:57]}…")


def _counted(named: Named, field: FieldDescriptor, noun: str) -> Iterator[Check]:
    names = ("min_pairs", "max_pairs", "Properties") if noun == "entry" else ("min_items", "max_items", "Items")
    low, high, keyword = named.pop(names[0], None), named.pop(names[1], None), names[2]
    if low is not None and high is not None and low > high:
        raise ValueError(f"{names[0]} {low} is above {names[1]} {high}")
    if low is not None:
        yield Check(f"at least {count(low, noun)}", lambda value: len(value) >= low, {f"min{keyword}": low})
    if high is not None:
        yield Check(f"at most {count(high, noun)}", lambda value: len(value) <= high, {f"max{keyword}": high})
    if named.pop("unique", False):
        if field.message_type is not None and not type_name(field).startswith("google.protobuf."):
            raise ValueError("unique is for lists of scalars and enums")
        yield Check("items that are all different", _differ(field), {"uniqueItems": True})


def _differ(field: FieldDescriptor) -> Callable[[Any], bool]:
    if field.message_type is None:
        return lambda items: len(set(items)) == len(items)
    return lambda items: len({item.SerializeToString(deterministic=True) for item in items}) == len(items)


def _zero(field: FieldDescriptor) -> Any:
    """The zero of a single value, of a wrapper that of what it holds; None for other messages."""
    inner = field.message_type.fields_by_name.get("value") if field.message_type else field
    if inner is None or inner.message_type is not None:
        return None
    return _ZEROS.get(inner.cpp_type, 0) if inner.type != FieldDescriptor.TYPE_BYTES else b""


def _is_ignored(rules: ValueRules, value: Any) -> bool:
    if rules.ignore in (Ignore.UNSET, Ignore.ALWAYS):
        return rules.ignore is Ignore.ALWAYS
    return not (value.ByteSize() if isinstance(value, Message) else value)


def _written(rules: ValueRules, body: bool) -> Keywords:
    keywords = all_of(check.schema for check in rules.checks)
    return as_texts(keywords) if body and rules.long else keywords


def _said(check: Check, rules: ValueRules, body: bool) -> bool:
    return check.exact and not (body and rules.long and as_texts(check.schema) != check.schema and not _listed(check))


def _listed(check: Check) -> bool:
    return not {"enum", "const", "not"}.isdisjoint(check.schema)


def _names(keys: ValueRules, field: FieldDescriptor) -> Keywords:
    """The keywords of a map's keys, which are texts in JSON; empty for keys that are not texts in protobuf."""
    texts = element_of(field, key=True).type == FieldDescriptor.TYPE_STRING
    return _written(keys, body=True) if texts and keys.ignore is Ignore.UNSET else {}
