"""What `buf.validate` (buf/validate/validate.proto) asks of request messages: checks, and JSON Schema for documents.

CEL expressions are not evaluated: the backend, which has the same contract, checks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from time import time_ns
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.validation.checks import Keywords
from gateway.contract.validation.fields import FieldRules, bracketed, compile_field, element_of, is_map_field
from gateway.contract.validation.oneofs import Choice, compile_choices, lenient_fields
from gateway.contract.validation.reading import FIELD, MESSAGE, Ignore, expressions, options_of, read_rules
from gateway.contract.validation.times import Clock
from gateway.errors import ContractError, Problem, WrongParameter

MOST_WRONG = 32
"""How many wrong parameters are named at most: a body may hold any number of them."""
FieldPath = tuple[str, ...] | FieldDescriptor
"""The names of fields from a message down (`("filter", "tags")`), or a field of any message below it."""


class _Nested(NamedTuple):
    field: FieldDescriptor
    key: str
    constraints: Constraints
    lenient: bool
    """True where empty messages of a list or a map are not checked."""


class Constraints:
    """The rules of one message type and of all that it holds; false where there are none."""

    def __init__(self, message: Descriptor, compiled: Mapping[str, Constraints]) -> None:
        self.message = message
        self.choices: list[Choice] = []
        self.holds: list[tuple[FieldDescriptor, Descriptor]] = []
        """The fields that hold messages, with their types."""
        self.nested: tuple[_Nested, ...] = ()
        """Those of them that have rules."""
        self.unchecked = 0
        """How many rules of this message are left to the backend: CEL expressions, and rules not known here."""
        self._compiled = compiled
        self._fields: dict[str, FieldRules] = {}
        self._checked: list[tuple[str, FieldRules]] = []

    def __bool__(self) -> bool:
        return bool(self._checked or self.choices or self.nested)

    def add(self, key: str, rules: FieldRules) -> None:
        """Adds the rules of a field that has a JSON name."""
        self._fields[rules.field.name] = rules
        self.unchecked += rules.unchecked
        if not rules.idle:
            self._checked.append((key, rules))

    def skips_empty(self, field: FieldDescriptor) -> bool:
        """True where empty messages that a list or a map holds are not checked."""
        rules = self._fields.get(field.name)
        return rules is not None and rules.items is not None and rules.items.ignore is not Ignore.UNSET

    def check(self, message: Any) -> list[WrongParameter]:
        """What of a message its rules refuse, named by dotted path in JSON names; at most `MOST_WRONG`."""
        return list(islice(self._wrong(message), MOST_WRONG))

    def schema(self, path: FieldPath, body: bool = False) -> Keywords:
        """The JSON Schema keywords of a field's rules, to be merged by `validation.keywords.narrowed`.

        Args:
            path: the field.
            body: True for a JSON body, where 64 bit integers are texts; False for a parameter.
        """
        rules = self._rules(path)
        return rules.schema(body) if rules else {}

    def notes(self, path: FieldPath, body: bool = False) -> list[str]:
        """What the schema of a field cannot say, as phrases: "expected a time not after now"."""
        rules = self._rules(path)
        return rules.notes(body) if rules and not rules.ignored else []

    def required(self, path: FieldPath) -> bool:
        """True where a message without the field is refused; of a path, where one without any step of it is."""
        if isinstance(path, FieldDescriptor):
            rules = self._rules(path)
            return rules is not None and rules.needed
        return all(self.required_at(path[: length + 1]) for length in range(len(path)))

    def required_at(self, path: tuple[str, ...]) -> bool:
        """True where the message that the path's last field is in is refused without it."""
        rules = self._rules(path)
        return rules is not None and rules.needed

    def _wrong(self, message: Any) -> Iterator[WrongParameter]:
        for choice in self.choices:
            yield from choice.wrong(message)
        for key, rules in self._checked:
            yield from (WrongParameter(key + place, reason) for place, reason in rules.wrong(message))
        for nested in self.nested:
            for place, held in _held(message, nested.field):
                if nested.lenient and not held.ByteSize():
                    continue
                for wrong in nested.constraints._wrong(held):
                    yield WrongParameter(f"{nested.key}{place}.{wrong.name}", wrong.reason)

    def _rules(self, path: FieldPath) -> FieldRules | None:
        if isinstance(path, FieldDescriptor):
            owner = self._compiled.get(path.containing_type.full_name) if path.containing_type else None
            return owner._rules((path.name,)) if owner else None
        first, *rest = path
        found = self._fields.get(first)
        if not rest:
            return found
        below = self._below(first)
        return below._rules(tuple(rest)) if below else None

    def _below(self, name: str) -> Constraints | None:
        return next((nested.constraints for nested in self.nested if nested.field.name == name), None)


def compile_constraints(
    descriptors: Descriptors,
    message: Descriptor,
    *,
    now: Clock = time_ns,
    compiled: dict[str, Constraints] | None = None,
) -> Constraints:
    """The constraints of a message type.

    Args:
        descriptors: the contract.
        message: the type.
        now: the clock that `lt_now` and its like look at, in nanoseconds since 1970.
        compiled: the constraints made so far, by full name; shared by the calls for one contract, so that a
            message type is compiled once.

    Raises:
        ContractError: rules do not fit their field, contradict each other, or have a pattern that is none.
    """
    made = {} if compiled is None else compiled
    if message.full_name in made:
        return made[message.full_name]
    compiler = _Compiler(descriptors, now, made)
    compiler.walk(message)
    if compiler.problems:
        raise ContractError(descriptors.in_file_order(compiler.problems))
    _link(descriptors, made)
    return made[message.full_name]


class _Compiler:
    """Compiles a message type and all that can be reached from it."""

    def __init__(self, descriptors: Descriptors, now: Clock, made: dict[str, Constraints]) -> None:
        self._descriptors = descriptors
        self._now = now
        self._made = made
        self.problems: list[Problem] = []

    def walk(self, message: Descriptor) -> None:
        """Compiles what is not yet compiled."""
        waiting = [message]
        while waiting:
            each = waiting.pop()
            if each.full_name not in self._made:
                made = self._made[each.full_name] = Constraints(each, self._made)
                self._fill(made, options_of(self._descriptors, each, MESSAGE))
                waiting += [held for _, held in made.holds]

    def _fill(self, made: Constraints, given: dict[str, Any]) -> None:
        if given.get("disabled"):  # of versions before 0.12: nothing of the message is checked
            return
        made.unchecked = expressions(given)
        try:
            made.choices = compile_choices(self._descriptors, made.message, given)
        except ValueError as error:
            self.problems.append(self._descriptors.problem(made.message, str(error), MESSAGE))
        lenient = lenient_fields(given)
        for field in made.message.fields:
            rules = self._field(field, field.name in lenient)
            if rules:
                made.add(self._descriptors.key(field), rules)
            if (held := _held_type(field)) and not (rules and rules.nested_ignored):
                made.holds.append((field, held))

    def _field(self, field: FieldDescriptor, lenient: bool) -> FieldRules | None:
        rules = read_rules(self._descriptors.option(field, FIELD))
        if lenient and not rules.ignore_given:
            rules = replace(rules, ignore=Ignore.ZERO)
        try:
            return compile_field(self._descriptors, field, rules, self._now) if rules.given else None
        except ValueError as error:
            self.problems.append(self._descriptors.problem(field, str(error), FIELD))
            return None


def _link(descriptors: Descriptors, made: dict[str, Constraints]) -> None:
    """Joins messages to those that they hold, but for those below which no rule is."""
    alive = {name for name, each in made.items() if each}
    while more := {
        name
        for name, each in made.items()
        if name not in alive and any(held.full_name in alive for _, held in each.holds)
    }:
        alive |= more
    for each in made.values():
        each.nested = tuple(
            _Nested(field, descriptors.key(field), made[held.full_name], each.skips_empty(field))
            for field, held in each.holds
            if held.full_name in alive
        )


def _held_type(field: FieldDescriptor) -> Descriptor | None:
    held = element_of(field).message_type
    # Well-known types have no rules of their own.
    return held if held is not None and not held.full_name.startswith("google.protobuf.") else None


def _held(message: Any, field: FieldDescriptor) -> Iterator[tuple[str, Any]]:
    value = getattr(message, field.name)
    if not field.is_repeated:
        if message.HasField(field.name):
            yield "", value
    elif is_map_field(field):
        yield from ((bracketed(key), value[key]) for key in value)
    else:
        yield from ((f"[{place}]", each) for place, each in enumerate(value))
