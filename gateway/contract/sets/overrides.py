"""Rules of the configuration: options for elements whose protos one does not own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.sets.option_values import suggestion, wrong_value
from gateway.contract.sets.selectors import Pattern, SelectorError, parse_selector
from gateway.contract.sets.shipped import shipped_descriptor_set
from gateway.errors import ContractError, Problem

HTTP = "google.api.http"
_PATTERN = "one of get, put, post, delete, patch, custom"


class Table(NamedTuple):
    """One list of tables in the configuration."""

    kind: str
    """The kind of element that its selectors select, as `Element` names it."""
    options: tuple[str, ...]
    """The options that its keys belong to."""


TABLES = {
    "http.rules": Table("method", (HTTP,)),
    "sse.methods": Table("method", ("gateway.sse.v1.stream", "gateway.sse.v1.unary")),
    "sse.events": Table("member of a oneof", ("gateway.sse.v1.event",)),
    "sse.parameters": Table("field", ("gateway.sse.v1.parameter",)),
    "sse.enums": Table("enum", ("gateway.sse.v1.spelling",)),
}
"""By their name in the configuration."""


@dataclass(frozen=True)
class Override:
    """One rule of the configuration."""

    file: str
    """The configuration file."""
    rule: str
    """The rule's place in it, like `http.rules[2]`; counted from 0."""
    kind: str
    """The kind of element it is for."""
    patterns: tuple[Pattern, ...]
    """Which ones."""
    values: Mapping[str, Any]
    """By the name of an option: what it is set to, as ProtoJSON."""

    def problem(self, reason: str) -> Problem:
        """A problem with the rule."""
        return Problem(self.file, 0, 0, self.rule, reason)


def parse_overrides(tables: Mapping[str, Iterable[Mapping[str, Any]]], file: str) -> tuple[Override, ...]:
    """The rules of a configuration file.

    Args:
        tables: by their names, which are those of `TABLES`.
        file: what problems call the file.

    Raises:
        ContractError: with every unknown key, wrong value and selector that is none.
    """
    overrides: list[Override] = []
    problems: list[Problem] = []
    for name, rules in tables.items():
        for at, rule in enumerate(rules):
            try:
                overrides.append(_override(TABLES[name], rule, file, f"{name}[{at}]"))
            except ContractError as error:
                problems += error.problems
    if problems:
        raise ContractError(problems)
    return tuple(overrides)


def _override(table: Table, rule: Mapping[str, Any], file: str, place: str) -> Override:
    reasons: list[str] = []
    patterns: tuple[Pattern, ...] = ()
    try:
        patterns = parse_selector(rule.get("selector"))
    except SelectorError as error:
        reasons.append(f"selector: {error}")
    keys = _keys(table)
    values: dict[str, Any] = {}
    for key, value in rule.items():
        if key == "selector":
            continue
        if key not in keys:
            reasons.append(f"unknown key {key!r}{suggestion(key, ['selector', *keys])}")
            continue
        option, field = keys[key]
        reasons += wrong_value(value, field, key)
        if field.is_extension:
            values[option] = value
        else:
            values.setdefault(option, {})[key] = value
    reasons += [] if reasons else _wrong_whole(table, values)
    if reasons:
        raise ContractError([Problem(file, 0, 0, place, reason) for reason in reasons])
    return Override(file, place, table.kind, patterns, values)


def _wrong_whole(table: Table, values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a rule whose keys are all right."""
    if not values:
        yield f"no key beside the selector; known are: {', '.join(_keys(table))}"
    for option, value in values.items():
        extension = extension_of(option)
        options = message_class(extension.containing_type)()
        try:
            parse_into({option: value}, options)
        except ParseError:
            yield f"expected {_PATTERN}, and not several" if option == HTTP else f"expected {option}, got {value!r}"
            continue
        if option == HTTP and options.Extensions[extension].WhichOneof("pattern") is None:
            yield f"no path; expected {_PATTERN}"


def _keys(table: Table) -> dict[str, tuple[str, FieldDescriptor]]:
    """By each key of a table: the option it belongs to, and its field there."""
    keys = {}
    for option in table.options:
        extension = extension_of(option)
        if extension is not None and extension.message_type is None:
            keys[extension.name] = (option, extension)
        elif extension is not None:
            keys |= {field.name: (option, field) for field in extension.message_type.fields if field.name != "selector"}
    return keys


def parse_into(values: Mapping[str, Any], options: Message) -> None:
    """Sets options, as ProtoJSON has them, in an options message of the shipped pool."""
    ParseDict({f"[{option}]": value for option, value in values.items()}, options, descriptor_pool=options_pool().pool)


@cache
def options_pool() -> Descriptors:
    """The shipped descriptors, whose options are those that the gateway understands."""
    return Descriptors(shipped_descriptor_set())


def extension_of(option: str) -> Any:
    """An option's descriptor."""
    return options_pool().extension(option)
