"""Filters: which events of a shared stream one client sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
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

    def holds(self, attributes: Attributes) -> bool:
        """True where the attribute fits, or where the event has no such field."""
        attribute = attributes[self.position]
        if attribute is None:
            return True
        if self.match is Match.AT_LEAST:
            return all(attribute >= each for each in self.wanted)
        return attribute in self.wanted


@dataclass(frozen=True)
class Filter:
    """All conditions of one client. Equal filters are equal values, so that clients can be grouped by them."""

    conditions: tuple[Condition, ...]

    def __call__(self, attributes: Attributes) -> bool:
        """True where the client sees an event with these attributes."""
        return all(condition.holds(attributes) for condition in self.conditions)
