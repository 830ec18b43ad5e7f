"""Fields of a request that a query and a path reach: nested, repeated, well-known, required, in oneofs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract.requests.fields import MOST, shared_oneofs, wrong_body_field, wrong_path_field
from gateway.errors import ParametersError
from tests.support.bound import Bound

REQUIRED = "[(google.api.field_behavior) = REQUIRED]"
RICH = """
enum Kind { KIND_NONE = 0; KIND_FAST = 1; }
enum Level { option (gateway.sse.v1.spelling) = SPELLING_LOWER; LEVEL_INFO = 0; LEVEL_WARN = 1; }
message Author { string display_name = 1; repeated string tags = 2; Level level = 3; Author editor = 4; }
message Book { Author author = 1; string title = 2; google.protobuf.Timestamp print_time = 3; }
message Request {
  Book book = 1;
  bytes raw = 2;
  google.protobuf.Timestamp at = 3;
  google.protobuf.Duration wait = 4;
  google.protobuf.FieldMask mask = 5;
  google.protobuf.BoolValue flag = 6;
  google.protobuf.Int64Value count = 7;
  google.protobuf.StringValue text = 8;
  google.protobuf.BytesValue blob = 9;
  google.protobuf.DoubleValue ratio = 10;
  repeated google.protobuf.Timestamp times = 11;
  repeated google.protobuf.Int32Value numbers = 12;
  repeated Kind kinds = 13;
  map<string, string> labels = 14;
  repeated Book books = 15;
  google.protobuf.Any any = 16;
  google.protobuf.Struct struct = 17;
  google.protobuf.Value value = 18;
  google.protobuf.ListValue list = 19;
  google.protobuf.Empty nothing = 20;
  optional int32 maybe = 21;
  oneof choice { string by_name = 22; Book by_book = 23; google.protobuf.Timestamp by_time = 24; }
  string page_token = 25;
  Level lowest = 26;
}
"""


@pytest.fixture(scope="module")
def rich() -> Bound:
    """A request with a field of every kind."""
    return Bound(RICH)


def test_every_field_that_text_can_carry_is_a_parameter_by_its_dotted_path(rich: Bound) -> None:
    """Maps, repeated messages and messages of any shape are left out; a message is entered once on a way."""
    book = ["author.display_name", "author.tags", "author.level", "title", "print_time"]
    assert rich.names == [
        *(f"book.{each}" for each in book),
        *("raw", "at", "wait", "mask", "flag", "count", "text", "blob", "ratio", "times", "numbers", "kinds", "maybe"),
        *("by_name", *(f"by_book.{each}" for each in book), "by_time", "page_token", "lowest"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "fields"),
    [
        pytest.param("book.title", "x", {"book": {"title": "x"}}, id="nested"),
        pytest.param("book.author.display_name", "x", {"book": {"author": {"display_name": "x"}}}, id="nested twice"),
        pytest.param("book.author.displayName", "x", {"book": {"author": {"display_name": "x"}}}, id="its JSON name"),
        pytest.param("byBook.author.display_name", "x", {"by_book": {"author": {"display_name": "x"}}}, id="mixed"),
        pytest.param("book.author.level", "warn", {"book": {"author": {"level": 1}}}, id="nested enum as spelled"),
        pytest.param("pageToken", "x", {"page_token": "x"}, id="a JSON name of the request's own"),
        pytest.param("raw", "AP8-_w==", {"raw": b"\x00\xff>\xff"}, id="base64url, padded"),
        pytest.param("raw", "AP8-_w", {"raw": b"\x00\xff>\xff"}, id="base64url, not padded"),
        pytest.param("raw", "AP8+/w==", {"raw": b"\x00\xff>\xff"}, id="base64, padded"),
        pytest.param("raw", "AP8+/w", {"raw": b"\x00\xff>\xff"}, id="base64, not padded"),
        pytest.param("at", "1970-01-01T00:00:01Z", {"at": {"seconds": 1}}, id="a time"),
        pytest.param("at", "1970-01-01T01:00:01.5+01:00", {"at": {"seconds": 1, "nanos": 500_000_000}}, id="offset"),
        pytest.param("at", "1970-01-01T00:00:00Z", {"at": {}}, id="the beginning of time is there, not absent"),
        pytest.param("book.print_time", "1970-01-01T00:00:01Z", {"book": {"print_time": {"seconds": 1}}}, id="nested"),
        pytest.param("wait", "1.5s", {"wait": {"seconds": 1, "nanos": 500_000_000}}, id="a duration"),
        pytest.param("wait", "-0.000000001s", {"wait": {"nanos": -1}}, id="a short one before now"),
        pytest.param("wait", "0s", {"wait": {}}, id="no time at all is there, not absent"),
        pytest.param("mask", "a,b.c", {"mask": {"paths": ["a", "b.c"]}}, id="a mask"),
        pytest.param("mask", "displayName,b_c.dE", {"mask": {"paths": ["display_name", "b_c.d_e"]}}, id="camel, snake"),
        pytest.param("mask", "*", {"mask": {"paths": ["*"]}}, id="the mask of everything (AIP-134)"),
        pytest.param("flag", "false", {"flag": {"value": False}}, id="a wrapped default is there, not absent"),
        pytest.param("count", "-5", {"count": {"value": -5}}, id="a wrapped integer"),
        pytest.param("ratio", "0.5", {"ratio": {"value": 0.5}}, id="a wrapped number"),
        pytest.param("text", "x", {"text": {"value": "x"}}, id="a wrapped text"),
        pytest.param("blob", "AA", {"blob": {"value": b"\x00"}}, id="wrapped bytes"),
        pytest.param("maybe", "0", {"maybe": 0}, id="a zero with presence"),
        pytest.param("kinds", "1", {"kinds": [1]}, id="an enum by its number"),
        pytest.param("by_time", "1970-01-01T00:00:00Z", {"by_time": {}}, id="a member of a oneof"),
    ],
)
def test_a_query_reaches_a_field(rich: Bound, name: str, text: str, fields: dict[str, Any]) -> None:
    """The backend gets what a client with the message in its hands would have sent."""
    assert rich.sent((name, text)) == rich.request(**fields)


@pytest.mark.parametrize(
    ("name", "expected", "texts"),
    [
        ("raw", "bytes in base64", ["*", "A", "AA=", "AA===", "A A=", "é", "AAAA=", "="]),
        (
            "at",
            "a time as 2030-01-31T23:59:59Z",
            [
                *("now", "2020-01-01", "2020-01-01T00:00:00", "2020-02-30T00:00:00Z", "2020-01-01T00:00:60Z"),
                *("2020-01-01T00:00:00+25:00", "2020-01-01 00:00:00Z", "0000-01-01T00:00:00Z", "1577836800"),
                *("9999-12-31T23:59:59-01:00", "2020-01-01T00:00:00.1234567890Z", "2020-01-01T00:00:00Z\n"),
            ],
        ),
        (
            "wait",
            "a duration in seconds as 1.5s",
            ["1", "1m", "s", ".5s", "1.s", "+1s", "315576000001s", "1.1234567890s"],
        ),
        ("mask", "names of fields as a,b.c", [",", "a,", "a b", "a..b", "9a", "a-b", ".", "*.a"]),
        ("flag", "true or false", ["1", "True"]),
        ("count", "an integer from -9223372036854775808 to 9223372036854775807", ["x", "9223372036854775808"]),
        ("ratio", "a number", ["NaN", "Infinity"]),
        ("blob", "bytes in base64", ["*"]),
        ("book.author.level", "one of info, warn", ["loud"]),
    ],
)
def test_another_text_is_refused_with_what_was_expected(
    rich: Bound, name: str, expected: str, texts: list[str]
) -> None:
    """Nothing is guessed: protobuf's own readers take more than it documents."""
    for text in texts:
        assert rich.wrong((name, text)) == [(name, f"expected {expected}, got {text!r}")]


def test_a_repeated_field_of_any_text_type_is_given_by_repetition(rich: Bound) -> None:
    """Scalars, enums, well-known types and wrappers alike, nested ones too."""
    query = [("times", f"1970-01-01T00:00:0{second}Z") for second in (2, 1)]
    query += [("numbers", "7"), ("numbers", "0"), ("kinds", "KIND_FAST"), ("kinds", "KIND_NONE")]
    query += [("book.author.tags", "x"), ("book.author.tags", "y")]
    assert rich.sent(*query) == rich.request(
        times=[{"seconds": 2}, {"seconds": 1}],
        numbers=[{"value": 7}, {"value": 0}],
        kinds=[1, 0],
        book={"author": {"tags": ["x", "y"]}},
    )


def test_one_field_by_both_of_its_names_is_given_twice(rich: Bound) -> None:
    """A name in another spelling is no other parameter; the answer uses the first one given."""
    assert rich.wrong(("pageToken", "x"), ("page_token", "x")) == [("pageToken", "expected once, got 2 times")]


def test_both_names_of_a_repeated_field_make_one_list(rich: Bound) -> None:
    """In the order of the query."""
    query = [("book.author.tags", "a"), ("byBook.title", ""), ("book.author.tags", "b")]
    assert rich.sent(*query).book.author.tags == ["a", "b"]


def test_a_wrong_value_is_told_by_the_name_that_the_client_used(rich: Bound) -> None:
    """Nobody has to guess which parameter is meant."""
    assert [name for name, _ in rich.wrong(("book.printTime", "x"))] == ["book.printTime"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("labels", id="a map"),
        pytest.param("labels.a", id="an entry of a map"),
        pytest.param("books", id="a repeated message"),
        pytest.param("books.title", id="a field of a repeated message"),
        pytest.param("any", id="an Any"),
        pytest.param("struct.a", id="a key of a Struct"),
        pytest.param("value", id="a Value"),
        pytest.param("list", id="a ListValue"),
        pytest.param("nothing", id="a message without fields"),
        pytest.param("book", id="a message with fields"),
        pytest.param("book.", id="no name after the dot"),
        pytest.param(".book", id="no name before the dot"),
        pytest.param("book.title.x", id="a field of a scalar"),
        pytest.param("count.value", id="the inside of a wrapper"),
        pytest.param("at.seconds", id="the inside of a time"),
        pytest.param("book.author.editor.display_name", id="a message in itself"),
    ],
)
def test_what_no_query_can_carry_is_an_unknown_parameter(rich: Bound, name: str) -> None:
    """It is no problem of the contract: such a field is only not to be had by a query."""
    ((told, reason),) = rich.wrong((name, "x"))
    assert (told, reason.split(";")[0]) == (name, "unknown parameter")


def test_an_unknown_name_is_not_answered_with_a_thousand_others() -> None:
    """The first twenty are shown."""
    fields = " ".join(f"string field_{number} = {number};" for number in range(1, 31))
    ((_, reason),) = Bound(f"message Request {{ {fields} }}").wrong(("zzz", "1"))
    assert reason.endswith("field_19, field_20, …")


def test_an_answer_names_twenty_unknown_parameters_at_most(rich: Bound) -> None:
    """What a query of 64 KiB could hold must not become an answer of megabytes."""
    assert len(rich.wrong(*((f"no_{number}", "x") for number in range(100)))) == 20


def test_names_are_shown_as_json_has_them() -> None:
    """With camel names the parameters have them too; the proto names are still read."""
    camel = Bound(RICH, json_names="camel")
    assert {"book.author.displayName", "pageToken"} < set(camel.names)
    assert camel.sent(("page_token", "x")).page_token == "x"
    assert camel.wrong(("page_tken", "x"))[0][1] == "unknown parameter; did you mean 'pageToken'?"


def test_a_path_reaches_nested_fields_and_keeps_its_own_name_for_them() -> None:
    """`{book.author.display_name}` is what router and documents call it, whatever JSON has."""
    bound = Bound(RICH, in_path=("book.author.display_name", "at"), json_names="camel")
    placed = {each.name: each.in_path for each in bound.parameters}
    assert (placed["book.author.display_name"], placed["at"], placed["book.title"]) == (True, True, False)
    sent = bound.sent(path={"book.author.display_name": "a/b", "at": "1970-01-01T00:00:01Z"})
    assert sent == bound.request(book={"author": {"display_name": "a/b"}}, at={"seconds": 1})


def test_a_path_may_lead_into_a_message_in_itself() -> None:
    """Only what nobody has written down has to end somewhere."""
    bound = Bound(RICH, in_path=("book.author.editor.editor.display_name",))
    sent = bound.sent(path={"book.author.editor.editor.display_name": "x"})
    assert sent.book.author.editor.editor.display_name == "x"


@pytest.mark.parametrize("name", ["book.title", "byName"])
def test_what_stands_in_the_path_cannot_be_given_by_the_query(name: str) -> None:
    """By neither of its names, equal or not: Envoy would let the query win over the path that access rules look at."""
    bound = Bound(RICH, in_path=("book.title", "by_name"))
    path = {"book.title": "x", "by_name": "x"}
    assert [reason for _, reason in bound.wrong((name, "x"), path=path)] == ["expected once, got 2 times"]


def test_two_members_of_one_oneof_are_refused_by_both_names(rich: Bound) -> None:
    """Protobuf would keep the last one without a word."""
    reason = "cannot be given together with 'by_name': a request holds one of them"
    assert rich.wrong(("by_book.title", "x"), ("by_name", "y")) == [("by_book.title", reason)]


def test_several_fields_of_one_member_of_a_oneof_are_one_member(rich: Bound) -> None:
    """They are in the same message."""
    assert rich.sent(("by_book.title", "x"), ("by_book.author.tags", "y")).WhichOneof("choice") == "by_book"


def test_a_default_gives_way_to_another_member_of_its_oneof() -> None:
    """It stands for an absent value, and what is absent there is the other member."""
    bound = Bound(
        "message Request { oneof choice { string name = 1;"
        ' int32 size = 2 [(gateway.sse.v1.parameter).default = "7"]; } }'
    )
    assert (bound.sent().size, bound.sent(("name", "x")).WhichOneof("choice")) == (7, "name")


def test_an_optional_field_is_no_oneof() -> None:
    """Proto3 `optional` is a oneof that nobody wrote."""
    bound = Bound("message Request { optional string a = 1; optional string b = 2; }")
    assert bound.sent(("a", "x"), ("b", "y")) == bound.request(a="x", b="y")


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        pytest.param([], ["project", "owner"], id="nothing given"),
        pytest.param([("project", "p")], ["owner"], id="a message that must be there, with nothing of it"),
        pytest.param([("project", "p"), ("owner.nick", "n")], ["owner.name"], id="what the message must have"),
        pytest.param([("project", ""), ("owner.name", "n")], ["project"], id="an empty text is an absent one"),
        pytest.param(
            [("project", "p"), ("owner.name", "n"), ("other.nick", "x")], ["other.name"], id="in an optional message"
        ),
    ],
)
def test_what_the_contract_requires_must_be_given(query: list[tuple[str, str]], missing: list[str]) -> None:
    """`google.api.field_behavior = REQUIRED`: refused before any call; of a message only where the message is there."""
    bound = Bound(
        f"message Owner {{ string name = 1 {REQUIRED}; string nick = 2; }}"
        f"message Request {{ string project = 1 {REQUIRED}; Owner owner = 2 {REQUIRED}; Owner other = 3; }}"
    )
    assert bound.wrong(*query) == [(name, "required") for name in missing]


def test_a_required_parameter_is_told_as_such() -> None:
    """For the documents: one that every request must have, and not one of a message that may be absent."""
    bound = Bound(
        f"message Owner {{ string name = 1 {REQUIRED}; }}"
        f"message Request {{ string project = 1 {REQUIRED}; Owner owner = 2 {REQUIRED}; Owner other = 3; string x = 4;"
        ' string y = 5 [(google.api.field_behavior) = REQUIRED, (gateway.sse.v1.parameter).default = "d"]; }'
    )
    assert [each.name for each in bound.parameters if each.required] == ["project", "owner.name"]
    assert bound.sent(("project", "p"), ("owner.name", "n")).y == "d"


def test_a_required_field_in_the_path_is_given() -> None:
    """The path says it."""
    bound = Bound(f"message Request {{ string project = 1 {REQUIRED}; }}", in_path=("project",))
    assert bound.sent(path={"project": "x"}).project == "x"


def test_what_is_required_and_cannot_be_given_is_not_asked_for() -> None:
    """A REQUIRED map in a query could never be there; the backend may say what it thinks of that."""
    bound = Bound(f"message Request {{ map<string, string> labels = 1 {REQUIRED}; string x = 2; }}")
    assert bound.sent(("x", "y")).x == "y"


PROTO2 = """
syntax = "proto2"; package test;
message Inner { required int32 a = 1; optional int32 b = 2 [default = 5]; }
message Request {
  required string name = 1;
  optional Inner inner = 2;
  optional group Part = 3 { optional string label = 1; }
  repeated int32 sizes = 4 [packed = true];
}
"""


def test_proto2_is_bound_like_proto3() -> None:
    """Groups by their field's name, presence, packed lists."""
    bound = Bound(PROTO2)
    assert bound.names == ["name", "inner.a", "inner.b", "part.label", "sizes"]
    sent = bound.sent(("name", "n"), ("inner.a", "0"), ("part.label", "l"), ("sizes", "1"), ("sizes", "2"))
    assert sent == bound.request(name="n", inner={"a": 0}, part={"label": "l"}, sizes=[1, 2])
    assert sent.inner.HasField("a")


def test_proto2_required_is_required() -> None:
    """Without it the message could not even be serialised."""
    assert Bound(PROTO2).wrong(("inner.b", "1")) == [("name", "required"), ("inner.a", "required")]


def test_a_required_message_that_no_query_can_carry_is_a_refusal_and_no_crash() -> None:
    """Protobuf does not serialise a proto2 message without it."""
    bound = Bound(
        'syntax = "proto2"; package test; message Inner { repeated Inner many = 1; }'
        "message Request { required Inner inner = 1; optional string x = 2; }"
    )
    assert bound.wrong(("x", "y")) == [("inner", "required")]


def test_editions_are_bound_like_the_others() -> None:
    """Explicit presence by default, implicit where the file says so, delimited messages."""
    bound = Bound(
        'edition = "2023"; package test; message Inner { string a = 1; }'
        "message Request { string one = 1; int32 two = 2 [features.field_presence = IMPLICIT];"
        " Inner inner = 3 [features.message_encoding = DELIMITED]; string must = 4"
        " [features.field_presence = LEGACY_REQUIRED]; }"
    )
    assert bound.sent(("one", "1"), ("two", "2"), ("inner.a", "x"), ("must", "m")) == bound.request(
        one="1", two=2, inner={"a": "x"}, must="m"
    )
    assert bound.wrong(("one", "1")) == [("must", "required")]


def test_a_contract_of_endless_ways_is_compiled_and_keeps_the_near_ones() -> None:
    """Twenty messages, each with two of the next one, make a million ways."""
    messages = " ".join(
        f"message M{number} {{ string s = 1; M{number + 1} a = 2; M{number + 1} b = 3; }}" for number in range(20)
    )
    bound = Bound(f"{messages} message M20 {{ string s = 1; }} message Request {{ M0 m = 1; string last = 2; }}")
    assert len(bound.names) == MOST
    assert {"last", "m.s", "m.a.s", "m.b.b.b.s"} < set(bound.names)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("book.title", "", id="a nested scalar"),
        pytest.param("lowest", "", id="an enum"),
        pytest.param("at", "", id="a time"),
        pytest.param("count", "", id="a wrapper"),
        pytest.param("pageToken", "", id="a JSON name, which Envoy reads too"),
        pytest.param("bok.title", "test.Request has no field 'bok.title'; it has: book, raw, at, wait", id="a typo"),
        pytest.param(
            "book.titel", "test.Book has no field 'book.titel'; it has: author, title, print_time", id="in it"
        ),
        pytest.param("labels.a", "field 'labels' of 'labels.a' must be a single message", id="in a map"),
        pytest.param("books.title", "field 'books' of 'books.title' must be a single message", id="in a list"),
        pytest.param("raw.x", "field 'raw' of 'raw.x' must be a single message", id="in a scalar"),
        pytest.param("at.seconds", "field 'at' of 'at.seconds' must be a single message", id="in a time"),
        pytest.param("book", "field 'book' must be a single scalar", id="a message"),
        pytest.param("times", "field 'times' must be a single scalar", id="a list"),
        pytest.param("labels", "field 'labels' must be a single scalar", id="a map"),
        pytest.param("struct", "field 'struct' must be a single scalar", id="a Struct"),
        pytest.param("by_name", "field 'by_name' is the resume field, which the gateway fills", id="the resume field"),
    ],
)
def test_a_field_of_a_path_is_looked_at_when_the_contract_is_compiled(rich: Bound, name: str, reason: str) -> None:
    """Empty where it can stand there, else why not."""
    said = wrong_path_field(rich.pool.FindMessageTypeByName("test.Request"), name, ("by_name",))
    assert said.startswith(reason)
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *(pytest.param(name, "", id=f"{name!r}") for name in ("", "*", "book", "labels", "books", "raw", "pageToken")),
        pytest.param("bok", "test.Request has no field 'bok'; it has: book, raw", id="a typo"),
        pytest.param("book.title", "test.Request has no field 'book.title'", id="a field deeper down: http.proto"),
        pytest.param("at", "field 'at' stands in the path", id="in the path"),
        pytest.param("by_name", "field 'by_name' is the resume field, which the gateway fills", id="the resume field"),
    ],
)
def test_the_field_of_a_body_is_looked_at_when_the_contract_is_compiled(rich: Bound, name: str, reason: str) -> None:
    """Empty where it can be one, else why not."""
    said = wrong_body_field(rich.pool.FindMessageTypeByName("test.Request"), name, ("at",), ("by_name",))
    assert said.startswith(reason)
    assert bool(said) == bool(reason)


def test_two_members_of_a_oneof_in_one_path_are_found(rich: Bound) -> None:
    """No request could ever be bound."""
    request = rich.pool.FindMessageTypeByName("test.Request")
    assert list(shared_oneofs(request, ("by_name", "by_book.title"))) == [("by_name", "by_book")]
    assert not list(shared_oneofs(request, ("by_book.title", "by_book.print_time", "maybe", "at")))


FUZZED = Bound(RICH)
NAMES = st.sampled_from([*FUZZED.names, "byBook.printTime", "labels", "book", "zzz", "book.author.editor.tags"])
VALUES = st.text(max_size=12) | st.sampled_from(
    [
        "1",
        "-1",
        "true",
        "warn",
        "KIND_FAST",
        "1.5s",
        "AA==",
        "a,b.c",
        "1970-01-01T00:00:01Z",
        "1e400",
        "\ud800",
        "x" * 500,
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(NAMES | st.text(st.characters(exclude_categories=()), max_size=8), VALUES), max_size=6))
def test_no_query_is_anything_but_bound_or_refused(query: list[tuple[str, str]]) -> None:
    """Random names and texts: a request, or a ParametersError that names what is wrong; nothing else ever."""
    told: ParametersError | None = None
    try:
        assert isinstance(FUZZED.sent(*query), FUZZED.request)
    except ParametersError as error:
        told = error
    assert told is None or (told.wrong and all(each.reason for each in told.wrong))
