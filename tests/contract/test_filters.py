"""Which events a client's filter lets through."""

from __future__ import annotations

import pytest

from gateway.contract.filters import Attributes, Condition, Filter, Match
from tests.support.protos import GET, SHARED, Served

MORE = """
message Tick {
  string id = 1; Level level = 2; int32 size = 3; optional string owner = 4; bool flag = 5; float part = 6;
}
message Tock { string id = 1; }
enum Level {
  option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  LEVEL_UNSPECIFIED = 0 [(gateway.sse.v1.json) = "info"];
  LEVEL_DEBUG = 1;
  LEVEL_INFO = 2;
  LEVEL_WARN = 3;
}
"""


def filtering(name: str, declared: str, field: str, match: str) -> str:
    """A request field that filters."""
    return f'{declared} {name} [(gateway.sse.v1.parameter).filter = {{field: "{field}" match: {match}}}];\n'


@pytest.fixture(scope="module")
def served() -> Served:
    """A route with two events and every kind of filter."""
    return Served(
        method=f"{GET} {SHARED}",
        request=(
            filtering("id = 1", "string", "id", "MATCH_EQUAL")
            + filtering("level = 2", "Level", "level", "MATCH_UNSPECIFIED")
            + filtering("levels = 3", "repeated Level", "level", "MATCH_ANY_OF")
            + filtering("lowest = 4", "Level", "level", "MATCH_AT_LEAST")
            + filtering("size = 5", "int32", "size", "MATCH_EQUAL")
            + filtering("sizes = 6", "repeated int32", "size", "MATCH_ANY_OF")
            + filtering("smallest = 7", "int32", "size", "MATCH_AT_LEAST")
            + filtering("owner = 8", "string", "owner", "MATCH_EQUAL")
            + filtering("flag = 9", "bool", "flag", "MATCH_EQUAL")
            + filtering("part = 10", "float", "part", "MATCH_EQUAL")
            + filtering("first = 11", "string", "id", "MATCH_AT_LEAST")
        ),
        response="oneof event { Tick tick = 1; Tock tock = 2; }",
        more=MORE,
    )


def sees(served: Served, query: str, **response: object) -> bool:
    """True where a client with this query sees an event."""
    chosen = served.bind(*(tuple(part.split("=")) for part in query.split("&"))).filter
    assert chosen is not None
    return chosen(served.translate(**response).attributes)


@pytest.mark.parametrize(
    ("query", "tick", "seen"),
    [
        pytest.param("id=x", {"id": "x"}, True, id="an equal text"),
        pytest.param("id=x", {"id": "X"}, False, id="case counts"),
        pytest.param("id=x", {"id": "xx"}, False, id="a prefix is not equal"),
        pytest.param("id=x", {}, False, id="an empty text is not equal"),
        pytest.param("size=5", {"size": 5}, True, id="an equal number"),
        pytest.param("size=5", {"size": -5}, False, id="another number"),
        pytest.param("size=0", {}, True, id="zero equals what was never set"),
        pytest.param("flag=true", {"flag": True}, True, id="an equal flag"),
        pytest.param("flag=false", {"flag": True}, False, id="another flag"),
        pytest.param("flag=false", {}, True, id="false equals what was never set"),
        pytest.param("level=warn", {"level": 3}, True, id="an equal enum; MATCH_UNSPECIFIED is equal"),
        pytest.param("level=warn", {"level": 2}, False, id="another enum value"),
        pytest.param("level=info", {"level": 2}, True, id="INFO is info"),
        pytest.param("level=info", {"level": 0}, True, id="UNSPECIFIED compares by its spelling, which is info"),
        pytest.param("level=debug", {"level": 0}, False, id="UNSPECIFIED is nothing else"),
        pytest.param("level=info", {"level": 9}, False, id="an unknown enum number equals nothing"),
        pytest.param("owner=x", {"owner": "x"}, True, id="an optional field that is set"),
        pytest.param("owner=x", {}, False, id="an optional field that is not set is no match"),
        pytest.param("levels=warn&levels=debug", {"level": 3}, True, id="the first of several"),
        pytest.param("levels=warn&levels=debug", {"level": 1}, True, id="the second of several"),
        pytest.param("levels=warn&levels=debug", {"level": 2}, False, id="none of several"),
        pytest.param("levels=info&levels=warn", {"level": 0}, True, id="UNSPECIFIED among several"),
        pytest.param("sizes=1&sizes=2", {"size": 2}, True, id="one of several numbers"),
        pytest.param("sizes=1&sizes=2", {"size": 3}, False, id="none of several numbers"),
        pytest.param("lowest=info", {"level": 1}, False, id="below"),
        pytest.param("lowest=info", {"level": 2}, True, id="the level itself"),
        pytest.param("lowest=info", {"level": 3}, True, id="above"),
        pytest.param("lowest=info", {"level": 0}, True, id="UNSPECIFIED is as severe as its spelling"),
        pytest.param("lowest=warn", {"level": 0}, False, id="and no more than that"),
        pytest.param("lowest=warn", {"level": 9}, True, id="an unknown level is above all known ones"),
        pytest.param("smallest=-1", {"size": -2}, False, id="a smaller number"),
        pytest.param("smallest=-1", {"size": -1}, True, id="the number itself"),
        pytest.param("smallest=-1", {}, True, id="zero is above -1"),
        pytest.param("first=b", {"id": "a"}, False, id="a text before"),
        pytest.param("first=b", {"id": "ba"}, True, id="a text after"),
        pytest.param("id=x&size=1", {"id": "x", "size": 1}, True, id="all conditions hold"),
        pytest.param("id=x&size=1", {"id": "x", "size": 2}, False, id="one of two does not"),
        pytest.param("levels=debug&lowest=info", {"level": 1}, False, id="two conditions on one field"),
        pytest.param("part=0.5", {"part": 0.5}, True, id="a float that 32 bits hold exactly"),
        pytest.param(
            "part=0.1",
            {"part": 0.1},
            True,
            id="a float that 32 bits round",
        ),
    ],
)
def test_a_client_sees_the_events_that_fit_its_filter(
    served: Served, query: str, tick: dict[str, object], seen: bool
) -> None:
    """Equal, any of, at least; several parameters must all hold."""
    assert sees(served, query, tick=tick) is seen


@pytest.mark.parametrize(
    "query", ["level=warn", "levels=warn", "lowest=warn", "size=5", "smallest=5", "owner=x", "flag=true"]
)
def test_an_event_that_does_not_have_the_field_passes(served: Served, query: str) -> None:
    """A filter on log levels must not hide events that are no log entries."""
    assert sees(served, query, tock={"id": "x"})


def test_a_field_that_both_events_have_filters_both(served: Served) -> None:
    """The same name in another message is looked at as well."""
    assert sees(served, "id=x", tock={"id": "x"})
    assert not sees(served, "id=x", tock={"id": "y"})


def test_attributes_stand_in_the_order_of_the_filters(served: Served) -> None:
    """One for each filter, None for a field that the event does not have; enums by their spelling."""
    tick = served.translate(tick={"id": "x", "size": 4})
    assert tick.attributes == ("x", 2, 2, 2, 4, 4, 4, "", False, 0.0, "x")
    tock = served.translate(tock={"id": "x"})
    assert tock.attributes == ("x", *[None] * 9, "x")


def test_a_route_without_filters_looks_at_nothing() -> None:
    """Attributes cost what they are used for."""
    served = Served()
    assert served.translate(tick={"id": "x"}).attributes == ()
    assert served.bind().filter is None


def test_a_response_without_a_oneof_is_filtered_by_its_own_fields() -> None:
    """The payload of an unnamed event is the whole response."""
    served = Served(
        method=f"{GET} {SHARED}", request=filtering("id = 1", "string", "id", "MATCH_EQUAL"), response="string id = 1;"
    )
    chosen = served.bind(("id", "x")).filter
    assert chosen is not None
    assert [chosen(served.translate(id=text).attributes) for text in ("x", "y")] == [True, False]


@pytest.mark.parametrize(
    ("match", "wanted", "attribute", "holds"),
    [
        (Match.EQUAL, {1}, 1, True),
        (Match.EQUAL, {1}, 2, False),
        (Match.ANY_OF, {1, 2}, 2, True),
        (Match.ANY_OF, {1, 2}, 3, False),
        (Match.AT_LEAST, {2}, 1, False),
        (Match.AT_LEAST, {2}, 2, True),
        pytest.param(Match.EQUAL, {1}, None, True, id="no such field"),
        pytest.param(Match.ANY_OF, {1}, None, True, id="no such field, any of"),
        pytest.param(Match.AT_LEAST, {1}, None, True, id="no such field, at least"),
        pytest.param(Match.EQUAL, {1}, 0, False, id="zero is a value, not the lack of one"),
        pytest.param(Match.EQUAL, {"x"}, "", False, id="so is the empty text"),
    ],
)
def test_a_condition_holds_one_attribute_against_what_is_wanted(
    match: Match, wanted: set[object], attribute: object, holds: bool
) -> None:
    """The three comparisons, and what stands for "no such field"."""
    attributes: Attributes = ("something else", attribute)
    assert Filter((Condition(1, match, frozenset(wanted)),))(attributes) is holds


def test_a_filter_without_conditions_lets_everything_through() -> None:
    """All of nothing holds."""
    assert Filter(())(("x",))
