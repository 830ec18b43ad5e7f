"""Filters: which events of a shared stream one client sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

Attributes = tuple[Any, ...]
"""The fields of one event that filters of its route look at, in the order of the route's filters."""


class Match(IntEnum):
    """How a filter compares; the numbers of gateway.sse.v1.Match."""

    EQUAL = 1
    ANY_OF = 2
    AT_LEAST = 3


class Condition(NamedTuple):
    """One parameter held against one attribute."""

    position: int
    """Which attribute."""
    match: Match
    """EQUAL or ANY_OF: the attribute is among `wanted`. AT_LEAST: it is not below its only member."""
    wanted: frozenset[Any]
    """What the client asked for."""


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions of one client. Equal filters are equal values, so that clients can be grouped by them."""

    conditions: tuple[Condition, ...]
    _test: Callable[[Attributes], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compiles the conditions: a filter is asked for every event."""
        shape = tuple((each.position, _operator(each)) for each in self.conditions)
        object.__setattr__(self, "_test", _compiled(shape)(*(_operand(each) for each in self.conditions)))

    def __call__(self, attributes: Attributes) -> bool:
        """True where the client sees an event: each attribute fits, or the event has no such field."""
        return self._test(attributes)


def _operand(condition: Condition) -> Any:
    """What an attribute is held against: the greatest of the lower bounds, else everything wanted."""
    return condition.wanted if _operator(condition) == "in" else max(condition.wanted)


def _operator(condition: Condition) -> str:
    if condition.match is Match.AT_LEAST:
        return ">="
    return "in" if len(condition.wanted) != 1 else "=="


@lru_cache(maxsize=1024)
def _compiled(shape: tuple[tuple[int, str], ...]) -> Callable[..., Callable[[Attributes], bool]]:
    """Makes the test of all filters with conditions on the same attributes, as source that is compiled once."""
    tests = [
        f"(a[{position}] is None or a[{position}] {operator} w{number})"
        for number, (position, operator) in enumerate(shape)
    ]
    operands = ", ".join(f"w{number}" for number in range(len(shape)))
    # Made of numbers only.
    source = f"lambda {operands}: lambda a: {' and '.join(tests) or True}"
    made: Callable[..., Callable[[Attributes], bool]] = eval(source)  # noqa: S307
    return made
