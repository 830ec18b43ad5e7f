"""Messages that are no event: all are counted, the first of a route is logged."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.metrics import BLANKS
from gateway.upstream.blanks import _told, count_blank


class Route(SimpleNamespace):
    """What of a route is looked at; as a route, equal only to itself."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def counted(method: str) -> float:
    """How many were counted."""
    value: float = BLANKS.labels(method)._value.get()
    return value


def test_all_are_counted_and_the_first_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """By method."""
    route: Any = Route(method="test.Blanks.One")
    for _ in range(5):
        count_blank(route)
    assert counted("test.Blanks.One") == 5
    (told,) = caplog.messages
    assert told.startswith("test.Blanks.One: skipped a message without an event")


def test_each_route_has_its_first_one(caplog: pytest.LogCaptureFixture) -> None:
    """Another method, and the same one of a contract that was read again."""
    routes: list[Any] = [
        Route(method="test.Blanks.Two"),
        Route(method="test.Blanks.Three"),
        Route(method="test.Blanks.Two"),
    ]
    for route in routes * 2:
        count_blank(route)
    assert [counted(f"test.Blanks.{name}") for name in ("Two", "Three")] == [4, 2]
    assert len(caplog.messages) == 3


def test_a_route_that_is_no_longer_served_is_not_kept() -> None:
    """A contract may be read again for years."""
    route: Any = Route(method="test.Blanks.Four")
    before = len(_told)
    count_blank(route)
    assert len(_told) == before + 1
    del route
    assert len(_told) == before
