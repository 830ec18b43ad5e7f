"""Replies of unary methods: JSON of the response or of one of its fields, or the bytes of a google.api.HttpBody."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import schema

from gateway.contract.descriptors import Descriptors, JsonNames, message_class
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.replies import Answer, Reply, compile_reply
from gateway.errors import ContractError, TranslationError
from tests.support.protos import HEAD, descriptor_set, here, marked_places

REQUIRED = "[(google.api.field_behavior) = REQUIRED]"
WELL_KNOWN = ("Timestamp", "Duration", "Struct", "Value", "ListValue", "FieldMask", "Empty", "Any", "Int64Value")
RESPONSE = f"""
message Thing {{
  string display_name = 1 {REQUIRED};
  int32 size = 2;
}}
// Everything a body may be.
message GetThingResponse {{
  Thing thing = 1;
  repeated Thing things = 2;
  map<string, Thing> by_name = 3;
  string text = 4;
  int64 total = 5;
  bytes raw = 6;
  bool flag = 7;
  double share = 8;
  Kind kind = 9;
  optional string maybe_text = 10;
  optional Kind maybe_kind = 11;
  repeated int64 totals = 12;
  oneof choice {{ int32 chosen_number = 13; Thing chosen_thing = 14; }}
  Thing must = 15 {REQUIRED};
  optional string must_text = 16 {REQUIRED};
  google.api.HttpBody http_body = 17;
  repeated google.api.HttpBody bodies = 18;
  string class = 19;
  optional string HasField = 20;
  google.protobuf.Timestamp must_at = 21 {REQUIRED};
{"".join(f"  google.protobuf.{kind} one_{kind} = {number};{chr(10)}" for number, kind in enumerate(WELL_KNOWN, 30))}}}
enum Kind {{ KIND_NONE = 0; KIND_A = 1; }}
"""
SOURCE = f"""{HEAD}import "google/api/httpbody.proto";
service ThingService {{
  rpc GetThing(GetThingRequest) returns (GetThingResponse);
  rpc GetBody(GetThingRequest) returns (google.api.HttpBody);
  rpc GetNothing(GetThingRequest) returns (google.protobuf.Empty);
  // Gets a list.
  // Example: [1, "two"]
  rpc GetList(GetThingRequest) returns (google.protobuf.ListValue);
  rpc GetBad(GetThingRequest) returns (Bad);
  rpc GetMisplaced(GetThingRequest) returns (GetThingResponse) {{
    {here("option (google.api.http) = {get: '/v1/thing' response_body: 'no_such'};")}
  }}
}}
message GetThingRequest {{}}
message Bad {{ Bad bad = 1 {REQUIRED}; Thing thing = 2; }}
{RESPONSE}"""


@lru_cache(maxsize=2)
def contract(names: JsonNames = "proto") -> tuple[Descriptors, MessageCompiler]:
    """The contract of all tests here."""
    descriptors = Descriptors(descriptor_set(SOURCE), names)
    return descriptors, MessageCompiler(descriptors)


def method(name: str) -> Any:
    """A method of it."""
    return contract()[0].pool.FindServiceByName("test.ThingService").methods_by_name[name]


def reply_of(response_body: str = "", name: str = "GetThing", names: JsonNames = "proto") -> Reply:
    """The reply of a method."""
    descriptors, messages = contract(names)
    service = descriptors.pool.FindServiceByName("test.ThingService")
    return compile_reply(descriptors, messages, service.methods_by_name[name], response_body)


def response(name: str = "GetThing", **values: Any) -> bytes:
    """A serialised response."""
    return message_class(method(name).output_type)(**values).SerializeToString()


def body(response_body: str, **values: Any) -> Any:
    """The parsed JSON of a response, which is valid against the type that documents are made of."""
    reply = reply_of(response_body)
    answer = reply(response(**values))
    assert answer.content_type == "application/json"
    jsonschema_rs.validate(schema(reply.struct), parsed := json.loads(answer.body))
    return parsed


def row(why: str, response_body: str, expected: Any, **values: Any) -> Any:
    """A row: what it is about, the field, its JSON, and what is set in the response."""
    return pytest.param(response_body, values, expected, id=why)


ADA = {"display_name": "Ada"}
PRESENT = [
    row("a message", "thing", {"display_name": "Ada", "size": 1}, thing={**ADA, "size": 1}),
    row("a list of messages", "things", [ADA, {"display_name": ""}], things=[ADA, {}]),
    row("a map of messages, by its keys in order", "by_name", {"a": ADA, "b": ADA}, by_name={"b": ADA, "a": ADA}),
    row("text", "text", "x", text="x"),
    row("an int64, which is text", "total", "-5", total=-5),
    row("bytes, which are base64 and not raw", "raw", "/w==", raw=b"\xff"),
    row("a boolean", "flag", True, flag=True),
    row("a number that JSON has not", "share", "NaN", share=float("nan")),
    row("an enum", "kind", "KIND_A", kind=1),
    row("an enum number that the contract does not know", "kind", 7, kind=7),
    row("an optional text that is empty", "maybe_text", "", maybe_text=""),
    row("an optional enum at its default", "maybe_kind", "KIND_NONE", maybe_kind=0),
    row("a list of int64", "totals", ["1", "2"], totals=[1, 2]),
    row("a member of a oneof at its default", "chosen_number", 0, chosen_number=0),
    row("a list of HttpBody, which is JSON", "bodies", [{"data": "/w=="}], bodies=[{"data": b"\xff"}]),
    row("a field whose name Python owns", "class", "x", **{"class": "x"}),
    row("a field whose name messages own", "HasField", "x", HasField="x"),
    row("a timestamp", "one_Timestamp", "1970-01-01T00:00:01Z", one_Timestamp={"seconds": 1}),
    row("a struct", "one_Struct", {"a": 1}, one_Struct={"a": 1.0}),
]
ABSENT = [
    row("a message is the empty one, with what it requires", "thing", {"display_name": ""}),
    row("a list is empty", "things", []),
    row("a map is empty", "by_name", {}),
    row("text is empty", "text", ""),
    row("an int64 is zero", "total", "0"),
    row("bytes are empty", "raw", ""),
    row("a boolean is false", "flag", False),
    row("a double is zero", "share", 0),
    row("an enum is its first value", "kind", "KIND_NONE"),
    row("an optional text is null: it is not the empty one", "maybe_text", None),
    row("an optional enum is null", "maybe_kind", None),
    row("a scalar of a oneof is null", "chosen_number", None, chosen_thing={}),
    row("a message of a oneof is the empty one", "chosen_thing", {"display_name": ""}, chosen_number=1),
    row("what is required is never null", "must", {"display_name": ""}),
    row("a required text is never null", "must_text", ""),
    row("a required timestamp is the epoch", "must_at", "1970-01-01T00:00:00Z"),
    row("an optional field whose name messages own", "HasField", None),
    row("a timestamp is null: nobody said 1970", "one_Timestamp", None),
    row("a duration is null", "one_Duration", None),
    row("a field mask is null", "one_FieldMask", None),
    row("a wrapper is null", "one_Int64Value", None),
    row("a value is null", "one_Value", None),
    row("a struct is an object", "one_Struct", {}),
    row("a list value is an array", "one_ListValue", []),
    row("an empty is an object", "one_Empty", {}),
    row("an Any is an object", "one_Any", {}),
]


@pytest.mark.parametrize(("response_body", "values", "expected"), PRESENT)
def test_the_body_is_the_field_that_response_body_names(
    response_body: str, values: dict[str, Any], expected: Any
) -> None:
    """A message, a list, a map or a scalar: whatever the field is, as it stands in the whole response."""
    assert body(response_body, **values) == expected


@pytest.mark.parametrize(("response_body", "values", "expected"), ABSENT)
def test_an_absent_field_is_a_body_all_the_same(response_body: str, values: dict[str, Any], expected: Any) -> None:
    """A body cannot be left out: it is empty where that is a value, and null where empty would say something."""
    assert body(response_body, **values) == expected


def test_without_response_body_the_body_is_the_whole_response() -> None:
    """The Struct that streams would send."""
    answer = reply_of()(response(text="x", must=ADA))
    assert answer.content_type == "application/json"
    assert answer.body.startswith(b'{"text":"x","must":{"display_name":"Ada"},"must_text":"",')
    assert reply_of().struct.__doc__ == "Everything a body may be."


def test_a_response_of_nothing_is_an_object() -> None:
    """`google.protobuf.Empty` is what deleting answers."""
    assert reply_of(name="GetNothing")(b"") == Answer("application/json", b"{}")


def test_a_body_has_the_names_that_the_contract_is_served_with() -> None:
    """`response_body` is the proto's name; the JSON's is another matter."""
    assert reply_of("thing", names="camel")(response(thing=ADA)).body == b'{"displayName":"Ada"}'


@pytest.mark.parametrize(
    ("response_body", "name"),
    [pytest.param("", "GetBody", id="as the response"), pytest.param("http_body", "GetThing", id="as a field of it")],
)
@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        pytest.param("text/csv; charset=utf-8", "text/csv; charset=utf-8", id="its own"),
        pytest.param("", "application/octet-stream", id="none: any bytes (RFC 9110, 8.3)"),
        pytest.param(" image/png\t", "image/png", id="with space around, which is not part of a header's value"),
    ],
)
def test_a_http_body_is_answered_as_it_is(response_body: str, name: str, content_type: str, expected: str) -> None:
    """Its bytes, untouched, with its own content type."""
    held = {"content_type": content_type, "data": b"\x00\xff"}
    data = response(name, **({response_body: held} if response_body else held))
    assert reply_of(response_body, name)(data) == Answer(expected, b"\x00\xff")


def test_an_absent_http_body_is_no_bytes() -> None:
    """As an empty one."""
    assert reply_of("http_body")(b"") == Answer("application/octet-stream", b"")


def test_only_a_single_http_body_is_raw() -> None:
    """What documents need to know: a raw body has no schema and no example."""
    raw = [reply_of(name="GetBody"), reply_of("http_body")]
    assert [(reply.raw, reply.struct, reply.sample()) for reply in raw] == [(True, bytes, None)] * 2
    assert not reply_of("bodies").raw
    assert not reply_of().raw


@pytest.mark.parametrize(
    "content_type", ["text/plain\r\nSet-Cookie: a=b", "text/plain\n", "a\x00b", "a\x7fb", "é/x", "\u2028"]
)
def test_a_content_type_that_no_header_can_carry_is_a_translation_error(content_type: str) -> None:
    """A backend cannot write headers of its own; a line break at the end is one too."""
    with pytest.raises(TranslationError, match=r"content type of a google\.api\.HttpBody"):
        reply_of(name="GetBody")(response("GetBody", content_type=content_type))


@pytest.mark.parametrize("response_body", ["", "thing", "things", "text", "http_body"])
@pytest.mark.parametrize("data", [b"\xff\xff", b"\x0a\x05abc", b"\x22\x01\xff"])
def test_bytes_that_are_no_response_are_a_translation_error(response_body: str, data: bytes) -> None:
    """As of a stream, with the size of what came."""
    with pytest.raises(TranslationError, match=f"^cannot translate a message of {len(data)} bytes: ."):
        reply_of(response_body)(data)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    st.binary(max_size=60),
    st.sampled_from(["", "thing", "things", "by_name", "text", "http_body", "one_Any", "one_Value"]),
)
def test_random_bytes_are_an_answer_or_a_translation_error(data: bytes, response_body: str) -> None:
    """Whatever a backend sends."""
    try:
        answer = reply_of(response_body)(data)
    except TranslationError:
        return
    assert answer.content_type.isprintable()
    assert reply_of(response_body).raw or json.loads(answer.body) is not ...


@pytest.mark.parametrize("name", ["no_such", "*", "thing.display_name", "displayName", "maybeText", " thing"])
def test_a_response_body_that_is_no_field_is_a_contract_error(name: str) -> None:
    """Only top-level fields are bodies (google/api/http.proto)."""
    with pytest.raises(ContractError, match=r"expected a field of test\.GetThingResponse, or nothing for all of it"):
        reply_of(name)


def test_a_wrong_response_body_is_placed_at_the_rule() -> None:
    """File, line and column."""
    with pytest.raises(ContractError) as caught:
        reply_of("no_such", "GetMisplaced")
    (problem,) = caught.value.problems
    assert [(problem.line, problem.column)] == marked_places(SOURCE)
    assert problem.element == "test.ThingService.GetMisplaced"


def test_what_cannot_be_served_is_refused_only_where_it_is_the_body() -> None:
    """The rest of a response is never converted."""
    with pytest.raises(ContractError, match="could never end"):
        reply_of(name="GetBad")
    assert reply_of("thing", "GetBad")(b"").body == b'{"display_name":""}'


@pytest.mark.parametrize(
    ("response_body", "name", "expected"),
    [
        pytest.param("thing", "GetThing", {"display_name": "display_name"}, id="a message"),
        pytest.param("text", "GetThing", "text", id="what is not required, beside what is"),
        pytest.param("by_name", "GetThing", {}, id="a map, for whose keys there is no name"),
        pytest.param("", "GetList", [1, "two"], id="what the method's comment gives"),
        pytest.param("", "GetNothing", {}, id="nothing"),
    ],
)
def test_a_sample_is_a_body(response_body: str, name: str, expected: Any) -> None:
    """What documents show is encoded by what encodes the answers."""
    sample = reply_of(response_body, name).sample()
    assert sample is not None
    assert json.loads(sample) == expected
