"""An HTTP body read into a request: ProtoJSON, the contract's spellings, one field, raw bytes; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract.filters import Condition, Filter, Match
from gateway.errors import ParametersError
from tests.support.bound import JSON, Bound
from tests.support.protos import HEAD

REQUIRED = "[(google.api.field_behavior) = REQUIRED]"
STAGES = """
enum State { option (gateway.sse.v1.spelling) = SPELLING_LOWER; STATE_PENDING = 0; STATE_IN_PROGRESS = 1; }
enum Kind { KIND_NONE = 0; KIND_FAST = 1; }
message Stage { State state = 1; string display_name = 2; Stage inner = 3; repeated Stage stages = 4; }
message Request {
  string id = 1;
  repeated Stage stages = 2;
  map<string, Stage> by_name = 3;
  map<int32, State> states = 4;
  map<bool, string> flags = 5;
  repeated State many = 6;
  Kind kind = 7;
  int64 size = 8;
  double ratio = 9;
  bytes raw = 10;
  google.protobuf.Timestamp at = 11;
  google.protobuf.Duration wait = 12;
  google.protobuf.FieldMask mask = 13;
  google.protobuf.Int32Value count = 14;
  google.protobuf.Struct free = 15;
  google.protobuf.Value value = 16;
  google.protobuf.ListValue list = 17;
  google.protobuf.Any any = 18;
  repeated google.protobuf.Value values = 19;
  oneof choice { string by_text = 20; Stage by_stage = 21; google.protobuf.NullValue nothing = 22; }
  optional int32 maybe = 23;
  Stage stage = 24;
  repeated google.protobuf.Timestamp times = 25;
  map<string, google.protobuf.Value> free_values = 26;
  bool flag = 27;
  uint32 small = 28;
}
"""


@pytest.fixture(scope="module")
def whole() -> Bound:
    """A request that its body fills but for what the path has."""
    return Bound(STAGES, body="*")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        pytest.param({"id": "x"}, {"id": "x"}, id="a text"),
        pytest.param({"stages": [{"displayName": "x"}]}, {"stages": [{"display_name": "x"}]}, id="camel names"),
        pytest.param({"stages": [{"display_name": "x"}]}, {"stages": [{"display_name": "x"}]}, id="proto names"),
        pytest.param({"stages": [{"state": "in_progress"}]}, {"stages": [{"state": 1}]}, id="an enum as it is spelled"),
        pytest.param({"stages": [{"state": "STATE_IN_PROGRESS"}]}, {"stages": [{"state": 1}]}, id="as it is declared"),
        pytest.param({"stages": [{"state": 1}]}, {"stages": [{"state": 1}]}, id="by its number"),
        pytest.param({"kind": 7}, {"kind": 7}, id="a number that an open enum does not have yet"),
        pytest.param({"many": ["in_progress", "pending", 1]}, {"many": [1, 0, 1]}, id="a list of enums"),
        pytest.param({"states": {"-3": "in_progress"}}, {"states": {-3: 1}}, id="a map of enums"),
        pytest.param({"by_name": {"a b": {"state": "in_progress"}}}, {"by_name": {"a b": {"state": 1}}}, id="messages"),
        pytest.param({"flags": {"true": "x", "false": "y"}}, {"flags": {True: "x", False: "y"}}, id="boolean keys"),
        pytest.param({"size": "9007199254740993"}, {"size": 9007199254740993}, id="64 bits as text"),
        pytest.param({"size": 5}, {"size": 5}, id="64 bits as a number"),
        pytest.param({"size": 5.0}, {"size": 5}, id="an integer with a point"),
        pytest.param({"ratio": "Infinity"}, {"ratio": float("inf")}, id="an infinity as text"),
        pytest.param({"raw": "AP8-_w"}, {"raw": b"\x00\xff>\xff"}, id="base64url, not padded"),
        pytest.param({"at": "1970-01-01T00:00:01Z"}, {"at": {"seconds": 1}}, id="a time"),
        pytest.param({"wait": "1.5s"}, {"wait": {"seconds": 1, "nanos": 500_000_000}}, id="a duration"),
        pytest.param(
            {"mask": "displayName,b.c"}, {"mask": {"paths": ["display_name", "b.c"]}}, id="a mask in camel case"
        ),
        pytest.param({"mask": "display_name"}, {"mask": {"paths": ["display_name"]}}, id="a mask as in a query"),
        pytest.param({"mask": ""}, {"mask": {}}, id="an empty mask is there"),
        pytest.param({"count": 0}, {"count": {"value": 0}}, id="a wrapped zero is there"),
        pytest.param({"count": None}, {}, id="null is an absent one"),
        pytest.param({"stages": None, "by_name": None, "stage": None}, {}, id="null of lists, maps and messages"),
        pytest.param({"value": None}, {"value": {"null_value": 0}}, id="null of a Value is a value"),
        pytest.param({"values": [None]}, {"values": [{"null_value": 0}]}, id="null of Values in a list"),
        pytest.param({"nothing": None}, {"nothing": 0}, id="a NullValue"),
        pytest.param({"stage": {}}, {"stage": {}}, id="an empty message is there"),
        pytest.param({"maybe": 0}, {"maybe": 0}, id="a zero with presence"),
        pytest.param({"by_stage": {"state": "in_progress"}}, {"by_stage": {"state": 1}}, id="a member of a oneof"),
        pytest.param({"by_text": "x", "by_stage": None}, {"by_text": "x"}, id="null beside a member of its oneof"),
        pytest.param({"times": ["1970-01-01T00:00:01Z"]}, {"times": [{"seconds": 1}]}, id="a list of times"),
        pytest.param({"id": "😀"}, {"id": "😀"}, id="a character written as a whole surrogate pair"),
        pytest.param({}, {}, id="nothing at all"),
    ],
)
def test_a_body_is_read_as_protojson(whole: Bound, content: Any, fields: dict[str, Any]) -> None:
    """By either name of each field, with the enum spellings of events."""
    assert whole.sent(body=json.dumps(content)) == whole.request(**fields)


def test_free_json_is_kept_as_it_is(whole: Bound) -> None:
    """Struct, Value and ListValue hold any JSON."""
    content = {"a": [1.0, "x", None, True, {"b": {}}]}
    body = {
        "free": content,
        "value": [content],
        "list": [content],
        "free_values": {"k": content},
        "values": [content, 1.0],
    }
    assert MessageToDict(whole.sent(body=json.dumps(body)), preserving_proto_field_name=True) == body


@pytest.mark.parametrize("body", [None, "", " \n", "{}", b""])
def test_an_empty_body_is_an_empty_message(whole: Bound, body: Any) -> None:
    """As for other gateways."""
    assert whole.sent(body=body) == whole.request()


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ({"zzz": 1}, "body.zzz", "unknown key; known are: id, stages, by_name"),
        ({"idd": 1}, "body.idd", "unknown key; did you mean 'id'?"),
        ({"a b": 1}, 'body["a b"]', "unknown key"),
        ({"": 1}, 'body[""]', "unknown key"),
        (
            {"stages": [{}, {}, {"state": "done"}]},
            "body.stages[2].state",
            'expected one of pending, in_progress, got "done"',
        ),
        ({"stages": [{}, None]}, "body.stages[1]", "expected an object, got null"),
        ({"stages": {}}, "body.stages", "expected an array, got an object"),
        ({"stages": [[]]}, "body.stages[0]", "expected an object, got an array"),
        ({"stage": "x"}, "body.stage", 'expected an object, got "x"'),
        (
            {"stage": {"inner": {"inner": {"state": True}}}},
            "body.stage.inner.inner.state",
            "expected one of pending, in_",
        ),
        ({"many": ["pending", "x"]}, "body.many[1]", 'expected one of pending, in_progress, got "x"'),
        ({"many": "pending"}, "body.many", 'expected an array, got "pending"'),
        ({"many": [None]}, "body.many[0]", "expected one of pending, in_progress, got null"),
        ({"states": {"x": 1}}, "body.states.x", "key: expected an integer from -2147483648 to 2147483647, got 'x'"),
        ({"states": {"1": "x"}}, 'body.states["1"]', 'expected one of pending, in_progress, got "x"'),
        ({"states": {"1": None}}, 'body.states["1"]', "expected one of pending, in_progress, got null"),
        ({"states": []}, "body.states", "expected an object, got an array"),
        ({"flags": {"yes": "x"}}, "body.flags.yes", "key: expected true or false, got 'yes'"),
        (
            {"by_name": {"a": {"x": 1}}},
            "body.by_name.a.x",
            "unknown key; known are: state, display_name, inner, stages",
        ),
        ({"by_name": {"a": None}}, "body.by_name.a", "expected an object, got null"),
        ({"id": 1}, "body.id", "expected text, got 1"),
        ({"size": 1.5}, "body.size", "expected an integer from -9223372036854775808 to 9223372036854775807, got 1.5"),
        ({"size": 2**63}, "body.size", "expected an integer from"),
        ({"size": True}, "body.size", "expected an integer from"),
        ({"small": -1}, "body.small", "expected an integer from 0 to 4294967295, got -1"),
        ({"ratio": "x"}, "body.ratio", 'expected a number, got "x"'),
        ({"flag": 1}, "body.flag", "expected true or false, got 1"),
        ({"flag": "true"}, "body.flag", 'expected true or false, got "true"'),
        ({"raw": "A"}, "body.raw", 'expected bytes in base64, got "A"'),
        ({"at": "now"}, "body.at", 'expected a time as 2030-01-31T23:59:59Z, got "now"'),
        ({"at": "2030-1-1T0:0:0Z"}, "body.at", "expected a time as 2030-01-31T23:59:59Z, got"),
        ({"at": 5}, "body.at", "expected a time as 2030-01-31T23:59:59Z, got 5"),
        ({"times": ["now"]}, "body.times[0]", 'expected a time as 2030-01-31T23:59:59Z, got "now"'),
        ({"wait": "1"}, "body.wait", 'expected a duration in seconds as 1.5s, got "1"'),
        ({"mask": "a b"}, "body.mask", 'expected names of fields as a,b.c, got "a b"'),
        ({"mask": {"paths": []}}, "body.mask", "expected names of fields as a,b.c, got an object"),
        ({"count": "x"}, "body.count", 'expected an integer from -2147483648 to 2147483647, got "x"'),
        ({"count": {}}, "body.count", "expected an integer from -2147483648 to 2147483647, got an object"),
        ({"free": 1}, "body.free", "expected an object, got 1"),
        ({"list": {}}, "body.list", "expected an array, got an object"),
        ({"any": 1}, "body.any", "expected an object with the key '@type', got 1"),
        ({"any": {"x": 1}}, "body.any", "expected an object with the key '@type', got an object"),
        ({"any": {"@type": "t/no.Such"}}, 'body.any["@type"]', 'expected a type of this contract, got "t/no.Such"'),
        ({"any": {"@type": "t/test.Stage", "state": "x"}}, "body.any.state", "expected one of pending, in_progress"),
        ({"by_text": "x", "by_stage": {}}, "body.by_stage", "cannot be given together with 'by_text'"),
        ({"display": 1, "id": "x"}, "body.display", "unknown key"),
        ({"by_name": {}, "byName": {}}, "body.byName", "given twice: it is 'by_name' too"),
        ([], "body", "expected an object, got an array"),
        ("x", "body", 'expected an object, got "x"'),
        (None, "body", "expected an object, got null"),
    ],
)
def test_what_is_wrong_in_a_body_is_told_by_its_place(whole: Bound, content: Any, place: str, reason: str) -> None:
    """Where it stands, what was expected, what came."""
    ((told, said),) = whole.wrong(body=json.dumps(content))
    assert told == place
    assert said.startswith(reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "expected JSON; line 1, column 2: "),
        ('{"id": NaN}', "expected JSON, got NaN"),
        ('{"ratio": -Infinity}', "expected JSON, got -Infinity"),
        ('{"ratio": 1e999}', 'the number "1e999" is more than a double can hold'),
        ('{"free": {"a": -1e400}}', 'the number "-1e400" is more than a double can hold'),
        (f'{{"ratio": {"9" * 500}}}', "a number has 500 digits; expected 400 at most"),
        (b'{"id": "\xff"}', "expected JSON in UTF-8; byte 9 is not UTF-8"),
        ('{"id": "x"}'.encode("utf-16"), "expected JSON in UTF-8"),
        ('\ufeff{"id": "x"}', "expected JSON; line 1, column 1: "),
        ("{} {}", "expected JSON; line 1, column 4: "),
        ("{'id': 1}", "expected JSON; line 1, column 2: "),
        *(
            (body, "expected characters; an escape in a text is half a surrogate pair")
            for body in (
                r'{"id": "\ud800"}',
                r'{"many": ["\uDC00"]}',
                r'{"[\ud800]": 1}',
                r'{"any": {"@type": "\ud800"}}',
            )
        ),
        ("[" * 100_000, "nested more than 100 deep"),
        ('{"free": ' + '{"a": ' * 100 + "1" + "}" * 101, "nested more than 100 deep"),
        ('{"stage": ' + '{"inner": ' * 2000 + "1" + "}" * 2001, "nested more than 100 deep"),
    ],
    ids=lambda each: repr(each)[:30],
)
def test_what_is_no_json_is_refused(whole: Bound, body: Any, reason: str) -> None:
    """RFC 8259 and nothing more, with an end to every measure."""
    ((told, said),) = whole.wrong(body=body)
    assert told == "body"
    assert said.startswith(reason)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"id": "a", "id": "a"}', "body.id"),
        ('{"stages": [{}, {"state": 1, "state": 1}]}', "body.stages[1].state"),
        ('{"free": {"a": {"b": 1, "b": 2}}}', "body.free.a.b"),
        ('[{"a": 1, "a": 2}]', "body[0].a"),
    ],
)
def test_a_key_given_twice_is_refused(whole: Bound, body: str, place: str) -> None:
    """Readers differ in which one they take, and somebody before us may have looked at the other."""
    assert whole.wrong(body=body) == [(place, "given twice")]


def test_json_at_the_limit_of_nesting_is_read_or_refused_and_never_a_crash(whole: Bound) -> None:
    """A Struct takes three messages a level: what protobuf writes and cannot read is refused."""
    body = '{"free": ' + '{"a": ' * 98 + "1" + "}" * 99
    assert whole.wrong(body=body) == [("body", "expected less deeply nested messages")]
    deep = '{"stage": ' + '{"inner": ' * 90 + "{}" + "}" * 91
    assert whole.sent(body=deep).HasField("stage")


def test_an_answer_names_twenty_mistakes_at_most(whole: Bound) -> None:
    """A body of a megabyte must not be answered with another one."""
    assert len(whole.wrong(body=json.dumps({f"no_{number}": 1 for number in range(100)}))) == 20


def test_every_wrong_item_of_a_long_list_is_found(whole: Bound) -> None:
    """Each by its own place."""
    items = ["pending"] * 350
    items[7] = items[299] = "x"
    assert [place for place, _ in whole.wrong(body=json.dumps({"many": items}))] == ["body.many[7]", "body.many[299]"]


def test_everything_wrong_in_query_path_and_body_is_told_at_once() -> None:
    """One answer, everything."""
    bound = Bound(
        "message Request { int32 a = 1; int32 b = 2; Inner c = 3; } message Inner { int32 d = 1; }", ("a",), "c"
    )
    told = bound.wrong(("b", "x"), ("e", "1"), path={"a": "x"}, body='{"d": "x", "f": 1}')
    assert [name for name, _ in told] == ["e", "a", "b", "body.d", "body.f"]


def test_the_path_replaces_what_the_body_says() -> None:
    """Of the same field, nested or not: the path is what was called and what access rules have looked at."""
    bound = Bound(STAGES, ("id", "stage.display_name"), "*")
    path = {"id": "path", "stage.display_name": "path"}
    sent = bound.sent(path=path, body='{"id": "body", "stage": {"displayName": "body", "state": 1}}')
    assert sent == bound.request(id="path", stage={"display_name": "path", "state": 1})


def test_a_path_and_a_body_cannot_give_two_members_of_one_oneof() -> None:
    """Neither of them can win."""
    bound = Bound(STAGES, ("by_text",), "*")
    reason = "cannot be given together with 'by_stage': a request holds one of them"
    assert bound.wrong(path={"by_text": "x"}, body='{"by_stage": {}}') == [("by_text", reason)]


def test_a_whole_body_leaves_no_query() -> None:
    """`body: "*"`: everything that the path does not have."""
    bound = Bound(STAGES, ("id",), "*")
    assert bound.names == ["id"]
    assert [name for name, _ in bound.wrong(("size", "1"), path={"id": "x"})] == ["size"]


def test_a_query_beside_a_body_has_the_other_fields() -> None:
    """`body: "stage"`: the rest is for the query."""
    bound = Bound(STAGES, ("id",), "stage")
    assert "stage.state" not in bound.names
    assert {"id", "kind", "by_stage.state"} < set(bound.names)
    sent = bound.sent(("kind", "KIND_FAST"), path={"id": "x"}, body='{"state": "in_progress"}')
    assert sent == bound.request(id="x", kind=1, stage={"state": 1})


@pytest.mark.parametrize(
    ("name", "body", "fields"),
    [
        ("stage", '{"state": "in_progress"}', {"stage": {"state": 1}}),
        ("stage", "{}", {"stage": {}}),
        ("stage", "", {}),
        ("stage", "null", {}),
        ("stages", '[{"state": 1}, {}]', {"stages": [{"state": 1}, {}]}),
        ("states", '{"1": "in_progress"}', {"states": {1: 1}}),
        ("many", '["in_progress"]', {"many": [1]}),
        ("id", '"x"', {"id": "x"}),
        ("kind", '"KIND_FAST"', {"kind": 1}),
        ("at", '"1970-01-01T00:00:01Z"', {"at": {"seconds": 1}}),
        ("value", "null", {"value": {"null_value": 0}}),
        ("free", '{"a": "b"}', {"free": {"a": "b"}}),
        ("byName", "{}", {}),
    ],
)
def test_a_body_may_be_one_field_of_any_type(name: str, body: str, fields: dict[str, Any]) -> None:
    """A message, a list, a map, a scalar, a well-known type; an absent body is an absent field."""
    bound = Bound(STAGES, body=name)
    assert bound.sent(body=body) == bound.request(**fields)


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("stages", '[{}, {"x": 1}]', "body[1].x"),
        ("states", '{"1": "x"}', 'body["1"]'),
        ("id", "1", "body"),
        ("id", "{}", "body"),
    ],
)
def test_what_is_wrong_in_the_body_of_a_field_is_told_by_its_place(name: str, body: str, place: str) -> None:
    """The body is the field: its name does not stand in the place."""
    assert [told for told, _ in Bound(STAGES, body=name).wrong(body=body)] == [place]


@pytest.mark.parametrize(
    ("name", "message", "single"),
    [
        ("*", "test.Request", True),
        ("stage", "test.Stage", True),
        ("at", "google.protobuf.Timestamp", True),
        ("stages", None, False),
        ("by_name", None, False),
        ("id", None, False),
    ],
)
def test_a_body_says_whose_json_it_is(name: str, message: str | None, single: bool) -> None:
    """For the documents: a message, or the field that it fills."""
    body = Bound(STAGES, body=name).body
    assert body is not None
    assert (body.message and body.message.full_name) == message
    assert (body.filled is None) == (name == "*")
    assert single == (body.message is not None)


def test_a_route_without_a_body_looks_at_none() -> None:
    """Some clients send a body with everything."""
    bound = Bound(STAGES)
    assert bound.body is None
    assert bound.sent(("id", "x"), body="not json").id == "x"


@pytest.mark.parametrize(
    "content_type",
    ["", JSON, "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json", "text/json"],
)
def test_a_body_of_json_is_read(whole: Bound, content_type: str) -> None:
    """However it is called."""
    assert whole.sent(body=(content_type, b'{"id": "x"}')).id == "x"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_a_body_of_another_type_is_refused(whole: Bound, content_type: str) -> None:
    """A form of another site can send these without asking first."""
    reason = f"expected the content type application/json, got {content_type!r}"
    assert whole.wrong(body=(content_type, b"{}")) == [("body", reason)]
    assert whole.sent(body=(content_type, b"")) == whole.request()


RAW = HEAD + 'import "google/api/httpbody.proto"; '


@pytest.mark.parametrize(
    ("source", "name", "path"),
    [
        pytest.param(
            "message Request { string id = 1; google.api.HttpBody file = 2; }", "file", {"id": "x"}, id="a field"
        ),
        pytest.param("message Request { string id = 1; google.api.HttpBody body = 2; }", "body", {}, id="another name"),
    ],
)
def test_an_http_body_goes_upstream_as_it_is(source: str, name: str, path: dict[str, str]) -> None:
    """google.api.HttpBody: any bytes with their content type, in one field."""
    bound = Bound(RAW + source, tuple(path), name)
    sent = bound.sent(path=path, body=("image/png", b"\x89PNG\x00"))
    assert sent == bound.request(**path, **{name: {"content_type": "image/png", "data": b"\x89PNG\x00"}})
    assert bound.body is not None
    assert bound.body.raw


def test_an_http_body_beside_other_fields_of_a_whole_body_is_json() -> None:
    """Only what is the body itself is raw."""
    bound = Bound(RAW + "message Request { string id = 1; google.api.HttpBody file = 2; }", body="*")
    sent = bound.sent(body='{"id": "x", "file": {"contentType": "text/plain", "data": "AA=="}}')
    assert (sent.id, sent.file.content_type, sent.file.data) == ("x", "text/plain", b"\x00")


def test_an_any_holds_a_message_of_the_contract(whole: Bound) -> None:
    """With its enums as they are spelled, and well-known types by their `value`."""
    sent = whole.sent(body='{"any": {"@type": "type.googleapis.com/test.Stage", "state": "in_progress"}}')
    assert (sent.any.type_url, sent.any.value) == ("type.googleapis.com/test.Stage", b"\x08\x01")
    inner = '{"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}'
    sent = whole.sent(body=f'{{"any": {{"@type": "type.googleapis.com/google.protobuf.Any", "value": {inner}}}}}')
    assert sent.any.value.endswith(b"\x12\x02\x08\x01")
    assert whole.sent(body='{"any": {}}').HasField("any")


def test_extensions_are_given_by_their_full_name_in_brackets() -> None:
    """Scalars, messages and lists; one of another message is an unknown key."""
    bound = Bound(
        'syntax = "proto2"; package test; message Inner { optional int32 a = 1; }'
        "message Request { optional string x = 1; extensions 100 to 200; } message Other { extensions 100 to 200; }"
        "extend Request { optional int32 number = 100; optional Inner inner = 101; repeated Inner many = 102; }"
        "extend Other { optional int32 foreign = 100; }",
        body="*",
    )
    sent = bound.sent(body='{"x": "y", "[test.number]": 5, "[test.inner]": {"a": 1}, "[test.many]": [{}, {"a": 2}]}')
    content = MessageToDict(sent, preserving_proto_field_name=True)
    assert content == {"x": "y", "[test.number]": 5, "[test.inner]": {"a": 1}, "[test.many]": [{}, {"a": 2}]}
    assert bound.wrong(body='{"[test.inner]": {"a": "x"}}')[0][0] == 'body["[test.inner]"].a'
    assert [name for name, _ in bound.wrong(body='{"[test.foreign]": 5}')] == ['body["[test.foreign]"]']


def test_the_field_that_the_gateway_fills_is_an_unknown_key() -> None:
    """No client resumes for the gateway."""
    bound = Bound("message Request { string id = 1; string token = 2; }", body="*", without=("token",))
    assert bound.wrong(body='{"token": "t"}') == [("body.token", "unknown key; known are: id")]


NEEDS = f"""
message Owner {{ string name = 1 {REQUIRED}; string nick = 2; }}
message Request {{ string project = 1 {REQUIRED}; Owner owner = 2 {REQUIRED}; repeated Owner others = 3; int32 n = 4; }}
"""


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("", ["body.owner"]),
        ('{"owner": {"nick": "x"}}', ["body.owner.name"]),
        ('{"owner": null}', ["body.owner"]),
        ('{"owner": {"name": ""}, "others": [{"name": "a"}, {}]}', ["body.others[1].name"]),
    ],
)
def test_what_the_contract_requires_must_stand_in_the_body(body: str, missing: list[str]) -> None:
    """Unless the path says it; given is what has a key, whatever it holds."""
    bound = Bound(NEEDS, ("project",), "*")
    assert bound.wrong(path={"project": "p"}, body=body) == [(place, "required") for place in missing]


def test_a_required_field_must_be_the_body() -> None:
    """An empty body is an absent one."""
    assert Bound(NEEDS, ("project",), "owner").wrong(path={"project": "p"}) == [("body", "required")]


def test_a_required_field_of_the_body_may_stand_in_the_path() -> None:
    """`PUT /v1/{owner.name}` with `body: "owner"`, as google.aip.dev/134 has it."""
    bound = Bound(NEEDS, ("project", "owner.name"), "owner")
    sent = bound.sent(path={"project": "p", "owner.name": "path"}, body='{"nick": "x"}')
    assert sent == bound.request(project="p", owner={"name": "path", "nick": "x"})


def test_an_update_of_some_fields_may_lack_what_the_whole_must_have() -> None:
    """PATCH: google.aip.dev/134 sends the fields of the mask and no others."""
    bound = Bound(NEEDS, ("project",), "owner", partial=True)
    assert bound.sent(path={"project": "p"}, body='{"nick": "x"}').owner.nick == "x"
    assert Bound(NEEDS, ("project",), "*", partial=True).wrong(path={"project": "p"}) == [("body.owner", "required")]


def test_proto2_required_must_stand_in_the_body() -> None:
    """At every depth: protobuf does not serialise a message without it, an update or not."""
    source = (
        'syntax = "proto2"; package test; message Inner { required int32 a = 1; }'
        "message Request { optional Inner inner = 1; }"
    )
    assert Bound(source, body="*").wrong(body='{"inner": {}}') == [("body.inner.a", "required")]
    assert Bound(source, body="inner", partial=True).wrong(body="{}") == [("inner.a", "required")]


OPTIONED = """
enum Level { option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  LEVEL_UNSPECIFIED = 0 [(gateway.sse.v1.json) = "info"]; LEVEL_INFO = 1; LEVEL_WARN = 2; }
message Request {
  string project = 1;
  string id = 2 [(gateway.sse.v1.parameter).filter = {field: "id"}];
  repeated Level levels = 3 [(gateway.sse.v1.parameter).filter = {field: "level" match: MATCH_ANY_OF}];
  int32 initial = 4 [(gateway.sse.v1.parameter) = {last: true default: "50" maximum: 500}];
  float ratio = 5 [(gateway.sse.v1.parameter) = {default: "0.1" maximum: 0.1}];
  google.protobuf.Int32Value size = 6 [(gateway.sse.v1.parameter) = {maximum: 9}];
}
"""


def test_options_hold_for_what_the_body_gives() -> None:
    """Filters and "the last N" are taken out of the request, and clients that differ only in them share one call."""
    bound = Bound(OPTIONED, body="*")
    body = {"project": "p", "id": "x", "levels": ["warn", "LEVEL_UNSPECIFIED"], "initial": 0, "ratio": 0.05}
    selection = bound.select(body=json.dumps(body))
    assert bound.request.FromString(selection.request) == bound.request(project="p", ratio=0.05)
    assert selection.last == 0
    assert selection.filter == Filter(
        (Condition(0, Match.EQUAL, frozenset({"x"})), Condition(1, Match.ANY_OF, frozenset({1, 2})))
    )


def test_defaults_hold_for_what_the_body_leaves_out() -> None:
    """As for a query."""
    bound = Bound(OPTIONED, body="*")
    selection = bound.select(body='{"id": "", "levels": []}')
    assert (selection.last, selection.filter) == (50, None)
    assert bound.request.FromString(selection.request) == bound.request(ratio=0.1)


def test_bounds_hold_for_what_the_body_gives() -> None:
    """Of wrapped numbers too; a float is held against its bound as it is written."""
    bound = Bound(OPTIONED, body="*")
    assert bound.sent(body='{"ratio": 0.1, "size": 9}').size.value == 9
    assert bound.wrong(body='{"initial": 501, "ratio": 0.11, "size": 10}') == [
        ("body.initial", "expected an integer from 0 to 500, got '501'"),
        ("body.ratio", "expected a number up to 0.1, got '0.11'"),
        ("body.size", "expected an integer from -2147483648 to 9, got '10'"),
    ]


def test_equal_bodies_are_equal_requests_however_they_are_written(whole: Bound) -> None:
    """Clients share a call by the bytes of their requests."""
    one = '{"states": {"1": 1, "2": 1}, "id": "x", "by_name": {"a": {}, "b": {}}}'
    other = '{"byName": {"b": {}, "a": {}}, "id": "\\u0078", "states": {"2": "in_progress", "1": "in_progress"}}'
    assert whole.select(body=one).request == whole.select(body=other).request


FUZZED = Bound(STAGES, body="*")
KEYS = st.sampled_from(
    [*(field.name for field in FUZZED.request.DESCRIPTOR.fields), "state", "inner", "@type", "1", "zzz"]
)
TEXTS = st.sampled_from(
    ["in_progress", "1", "1s", "AA==", "1970-01-01T00:00:01Z", "t/test.Stage", "\ud800", "NaN", "a,b"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | TEXTS
CONTENT = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def refused_or_bound(body: bytes) -> None:
    """Nothing but a request or a ParametersError, whose texts can be sent."""
    told: ParametersError | None = None
    try:
        assert isinstance(FUZZED.sent(body=body), FUZZED.request)
    except ParametersError as error:
        told = error
    assert told is None or all(each.reason and f"{each.name}{each.reason}".encode() for each in told.wrong)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, CONTENT, max_size=4))
def test_no_json_is_anything_but_bound_or_refused(content: Any) -> None:
    """Random JSON with the keys of the request."""
    refused_or_bound(json.dumps(content).encode())


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]":,.\\eEnN019+-tf'), max_size=40).map(str.encode))
def test_no_bytes_are_anything_but_bound_or_refused(data: bytes) -> None:
    """Random bytes, and random text of what JSON is made of."""
    refused_or_bound(data)
