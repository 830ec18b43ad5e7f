"""One rule as a check: what is expected, whether a value meets it, and what that is as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any, NamedTuple

Keywords = dict[str, Any]
"""Keywords of JSON Schema (draft 2020-12)."""
Named = dict[str, Any]
"""The rules that are set, by name. A builder takes out those that it knows; what stays is known to none."""


@dataclass(frozen=True)
class Check:
    """One rule of one value."""

    expected: str
    """What a client is told was expected: "at least 3 characters"."""
    holds: Callable[[Any], bool]
    """True where a value meets the rule."""
    schema: Keywords = field(default_factory=dict)
    """What every value that meets the rule meets as well, as JSON Schema."""
    exact: bool = True
    """False where the schema says less than the rule."""


class Words(NamedTuple):
    """How bounds are named."""

    at_least: str = "at least"
    above: str = "more than"
    at_most: str = "at most"
    below: str = "less than"


WORDS = Words()


@dataclass(frozen=True)
class Values:
    """How the values of one type are compared and written."""

    read: Callable[[Any], Any] = lambda value: value
    """From what a message or a rule holds to what is compared."""
    show: Callable[[Any], str] = str
    """What a client is shown of a compared value."""
    json: Callable[[Any], Any] | None = lambda value: value
    """A compared value as JSON; None where equal values have more than one spelling."""
    words: Words = WORDS
    """How bounds are named."""


class _Bound(NamedTuple):
    rule: str
    value: Any

    @property
    def inclusive(self) -> bool:
        return self.rule.endswith("e")


def count(number: int, noun: str) -> str:
    """A number of things: "1 item", "3 items"."""
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else several}"


def listed(named: Named, values: Values) -> Iterator[Check]:
    """The checks of `const`, `in` and `not_in`."""
    json = values.json
    if "const" in named:
        only = values.read(named.pop("const"))
        yield Check(values.show(only), lambda value: value == only, {"const": json(only)} if json else {}, bool(json))
    if "in" in named:
        some = [values.read(each) for each in named.pop("in")]
        schema = {"enum": [json(each) for each in some]} if json else {}
        yield Check(f"one of {', '.join(map(values.show, some))}", lambda value: value in some, schema, bool(json))
    if "not_in" in named:
        none = [values.read(each) for each in named.pop("not_in")]
        never: Keywords = {"not": {"enum": [json(each) for each in none]}} if json else {}
        yield Check(f"none of {', '.join(map(values.show, none))}", lambda value: value not in none, never, bool(json))


def bounded(named: Named, values: Values) -> Iterator[Check]:
    """The check of `gt`, `gte`, `lt` and `lte`; a lower bound above the upper one leaves out what is between.

    Raises:
        ValueError: no value lies within the bounds, or one is NaN.
    """
    low, high = _bound(named, values, "gt", "gte"), _bound(named, values, "lt", "lte")
    if low and high:
        yield _outside(low, high, values) if low.value > high.value else _between(low, high, values)
    elif low:
        yield _above(low, values)
    elif high:
        yield _below(high, values)


def _bound(named: Named, values: Values, *rules: str) -> _Bound | None:
    for rule in rules:
        if rule in named:
            value = values.read(named.pop(rule))
            if isinstance(value, float) and isnan(value):
                raise ValueError(f"{rule} is NaN, which nothing compares with")
            return _Bound(rule, value)
    return None


def _above(low: _Bound, values: Values) -> Check:
    limit, word = low.value, values.words.at_least if low.inclusive else values.words.above
    schema = _limit("minimum" if low.inclusive else "exclusiveMinimum", limit, values)
    holds = (lambda value: value >= limit) if low.inclusive else (lambda value: value > limit)
    return Check(f"{word} {values.show(limit)}", holds, schema, bool(values.json))


def _below(high: _Bound, values: Values) -> Check:
    limit, word = high.value, values.words.at_most if high.inclusive else values.words.below
    schema = _limit("maximum" if high.inclusive else "exclusiveMaximum", limit, values)
    holds = (lambda value: value <= limit) if high.inclusive else (lambda value: value < limit)
    return Check(f"{word} {values.show(limit)}", holds, schema, bool(values.json))


def _between(low: _Bound, high: _Bound, values: Values) -> Check:
    if low.value == high.value and not (low.inclusive and high.inclusive):
        shown = values.show(low.value)
        raise ValueError(f"no value meets both {low.rule} {shown} and {high.rule} {shown}")
    first, second = _above(low, values), _below(high, values)
    expected = f"{first.expected} and {second.expected}"
    schema = first.schema | second.schema
    return Check(expected, lambda value: first.holds(value) and second.holds(value), schema, first.exact)


def _outside(low: _Bound, high: _Bound, values: Values) -> Check:
    first, second = _below(high, values), _above(low, values)
    expected = f"{first.expected} or {second.expected}"
    schema = {"anyOf": [first.schema, second.schema]} if first.schema and second.schema else {}
    return Check(expected, lambda value: first.holds(value) or second.holds(value), schema, bool(schema))


def _limit(keyword: str, limit: Any, values: Values) -> Keywords:
    return {keyword: values.json(limit)} if values.json and isfinite(limit) else {}
