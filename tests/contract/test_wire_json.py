"""Payloads are ProtoJSON, as protobuf's own json_format writes it, but for the departures the design names."""

from __future__ import annotations

import json
from functools import lru_cache
from math import copysign
from random import Random
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import message_class
from gateway.contract.translation import Translator
from gateway.errors import TranslationError
from tests.contract.everything import EVERYTHING, OLD, PYTHON_NAMES, random_message
from tests.support.documents import components as components_of
from tests.support.protos import HEAD, Served, descriptor_set, proto_class, service_proto

NAN, INFINITY = float("nan"), float("inf")
REQUIRED = "[(google.api.field_behavior) = REQUIRED]"


@lru_cache(maxsize=1)
def everything() -> tuple[Translator, Any]:
    """What translates the message with every kind of field, and its class."""
    source = service_proto(response="oneof event { Everything all = 1; }", more=EVERYTHING)
    data = descriptor_set(source.replace(HEAD, f'{HEAD}import "old.proto";\n'), OLD)
    (route,) = compile_contract(data).routes
    return route.translate, proto_class(data, "test.WatchResponse")


def translated(message: Any) -> str:
    """The JSON that the gateway makes of an Everything."""
    translate, response = everything()
    text: str = translate(response(all=message).SerializeToString()).data.decode()
    return text


def canonical(text: str) -> str:
    """JSON with its keys in order and all numbers as doubles, which is what JSON has."""
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True)


def proto_json(message: Message) -> str:
    """What protobuf itself writes."""
    pool = message.DESCRIPTOR.file.pool
    return json.dumps(MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=pool))


def message_of(**values: Any) -> Any:
    """An Everything with these fields."""
    _, response = everything()
    return message_class(response.DESCRIPTOR.fields_by_name["all"].message_type)(**values)


def row(why: str, *, marks: Any = (), **values: Any) -> Any:
    """A row: what it is about, and the fields that are set."""
    return pytest.param(values, id=why, marks=marks)


def timestamp(why: str, seconds: int, nanos: int = 0) -> Any:
    """A row for a Timestamp."""
    return row(f"a timestamp {why}", Timestamp_one={"seconds": seconds, "nanos": nanos})


INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "sfixed32": (-(2**31), 2**31 - 1),
    "uint32": (1, 2**32 - 1),
    "fixed32": (1, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "sint64": (-(2**63), 2**63 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
    "uint64": (1, 2**64 - 1),
    "fixed64": (1, 2**64 - 1),
}
ZEROES = {**dict.fromkeys(INTEGERS, 0), "double": 0.0, "float": 0.0, "bool": False, "string": "", "bytes": b""}

CASES = [
    row("nothing set at all"),
    row("implicit fields at their defaults are absent", **{f"{kind}_implicit": zero for kind, zero in ZEROES.items()}),
    row("optional fields at their defaults are there", **{f"{kind}_optional": zero for kind, zero in ZEROES.items()}),
    row("repeated defaults are there", **{f"{kind}_repeated": [zero, zero] for kind, zero in ZEROES.items()}),
    row("map values at their defaults are there", **{f"{kind}_values": {"": zero} for kind, zero in ZEROES.items()}),
    *(
        row(
            f"the extremes of {kind}",
            **{
                f"{kind}_implicit": low,
                f"{kind}_optional": high,
                f"{kind}_repeated": [low, 0, high],
                f"{kind}_values": {"low": low, "high": high},
                f"{kind}_keys": {low: "low", high: "high"},
            },
        )
        for kind, (low, high) in INTEGERS.items()
    ),
    *(
        row(
            f"{number!r} in doubles and floats",
            **{f"{kind}_{form}": value for kind in ("double", "float") for form, value in forms},
        )
        for number in (NAN, INFINITY, -INFINITY, 0.1, 1.0, 1e20, -1.5e-10)
        for forms in [(("implicit", number), ("optional", number), ("repeated", [number]), ("values", {"x": number}))]
    ),
    row(
        "the smallest and the largest double", double_repeated=[5e-324, 1.7976931348623157e308, -1.7976931348623157e308]
    ),
    row(
        "the smallest and the largest float", float_repeated=[1.401298464324817e-45, 3.4028234663852886e38, 16777216.0]
    ),
    row("-0.0 where presence is not its value", double_optional=-0.0, float_optional=-0.0, double_repeated=[-0.0]),
    row(
        "-0.0 in an implicit double, which is not the default",
        double_implicit=-0.0,
    ),
    row(
        "-0.0 in an implicit float, which is not the default",
        float_implicit=-0.0,
    ),
    row("true", bool_implicit=True, bool_optional=True, bool_repeated=[True, False], bool_values={"x": True}),
    row("a map with boolean keys", bool_keys={True: "yes", False: "no"}),
    row("text of every plane, quotes and control characters", string_implicit='é世😀\u2028"\\/\n\r\t\x00\x7f<&>'),
    row(
        "text in maps and lists",
        string_optional="x",
        string_repeated=["", "x"],
        string_keys={"": "", "é": "x"},
        string_values={"a": "b"},
    ),
    row(
        "bytes of every remainder by three",
        bytes_repeated=[b"", b"\x00", b"\xff\xfe", b"\xfb\xef\xbe", bytes(range(256))],
    ),
    row("bytes elsewhere", bytes_implicit=b"\x00", bytes_optional=b"\xff", bytes_values={"x": b"\x3e\x3f"}),
    row("enum values by their declared names", color_implicit=1, color_optional=0, color_repeated=[0, 1, -1]),
    row(
        "enum numbers that the contract does not know", color_implicit=7, color_optional=-8, color_repeated=[2**31 - 1]
    ),
    row("enums in maps", color_values={True: 1, False: 7}),
    row("a nested message without a field set", nested={}, nested_optional={"deeper": {}}, nested_repeated=[{}, {}]),
    row("nested messages", nested={"text": "x", "deeper": {"number": 1}}, nested_values={-1: {}, 1: {"text": "y"}}),
    row("a message that holds itself", itself={"itself": {"itself": {"int32_implicit": 1}}}),
    row("lists and maps of itself", itself_repeated=[{}, {"itself_repeated": [{}]}], all_values={"x": {"self": "y"}}),
    row("a member of a oneof at its default", choice_number=0),
    row("a text member of a oneof at its default", choice_text=""),
    row("a boolean member of a oneof at its default", choice_flag=False),
    row("a message member of a oneof", choice_nested={}),
    row("field names that Python or the converter owns", **{name: name for name in PYTHON_NAMES}),
    timestamp("at the epoch", 0),
    timestamp("with three digits", 1_700_000_000, 120_000_000),
    timestamp("with three digits and leading zeros", 1_700_000_000, 1_000_000),
    timestamp("with six digits", 1_700_000_000, 120_000),
    timestamp("with nine digits", 1_700_000_000, 1),
    timestamp("with nine digits all set", 1_700_000_000, 999_999_999),
    timestamp("before 1970", -1),
    timestamp("before 1970 with a fraction, which counts forwards", -1, 1),
    timestamp("on a leap day", 951_782_400),
    timestamp("in the first second of year 1", -62_135_596_800),
    timestamp("in year 999, of three digits", -30_641_760_000),
    timestamp("in the last nanosecond of year 9999", 253_402_300_799, 999_999_999),
    row("timestamps in lists and maps", Timestamp_many=[{}, {"seconds": 1}], timestamp_values={"x": {"nanos": 5}}),
    row(
        "durations of every number of digits",
        Duration_many=[{}, {"seconds": 3}, {"nanos": 1}, {"nanos": 1_000}, {"seconds": 1, "nanos": 1_000_000}],
    ),
    row(
        "negative durations, below a second too",
        Duration_one={"seconds": -315_576_000_000, "nanos": -999_999_999},
        Duration_many=[{"seconds": -1}, {"nanos": -1}, {"seconds": -1, "nanos": -500_000_000}],
    ),
    row("an empty struct, value and list", Struct_one={}, Value_one={}, ListValue_one={}),
    row(
        "a struct of everything",
        Struct_one={
            "null": None,
            "whole": 3.0,
            "part": 0.5,
            "text": "",
            "flag": False,
            "list": [1.0, None, [], {}],
            "struct": {"": "x", "fields": {}},
        },
    ),
    row(
        "numbers at the edge of what a double counts",
        Value_many=[{"number_value": 2.0**53}, {"number_value": -(2.0**60)}],
    ),
    row(
        "-0.0 as a value",
        Value_one={"number_value": -0.0},
    ),
    row("values in maps", value_values={"a": {"null_value": 0}, "b": {"bool_value": True}}),
    row("lists and structs that repeat", Struct_many=[{}], ListValue_many=[{"values": [{"string_value": "x"}]}]),
    row("field masks", FieldMask_one={"paths": ["user.display_name", "photo"]}, FieldMask_many=[{}, {"paths": ["a"]}]),
    row("empties", Empty_one={}, Empty_many=[{}, {}]),
    row(
        "wrappers at their defaults",
        **{f"{kind}Value_one": {} for kind in ("Double", "Float", "Bool", "String", "Bytes")},
    ),
    row(
        "integer wrappers at their defaults",
        Int64Value_one={},
        UInt64Value_one={},
        Int32Value_one={},
        UInt32Value_one={},
    ),
    row("wrapped 64-bit integers", Int64Value_one={"value": -(2**63)}, UInt64Value_many=[{"value": 2**64 - 1}, {}]),
    row("wrapped 32-bit integers", Int32Value_many=[{"value": -(2**31)}], UInt32Value_one={"value": 2**32 - 1}),
    row("wrapped numbers", DoubleValue_many=[{"value": NAN}, {"value": -INFINITY}], FloatValue_many=[{"value": 0.1}]),
    row(
        "wrapped rest",
        BoolValue_one={"value": True},
        StringValue_one={"value": "x"},
        BytesValue_many=[{"value": b"\xff"}],
    ),
    row(
        "lists of wrappers",
        BoolValue_many=[{}],
        StringValue_many=[{}],
        Int64Value_many=[{"value": 1}],
        Int32Value_one={"value": 1},
    ),
    row(
        "lists of wrappers, the rest",
        DoubleValue_one={"value": 1.5},
        BytesValue_one={"value": b"x"},
        UInt32Value_many=[{"value": 1}],
    ),
    row("floats in wrappers", FloatValue_one={"value": INFINITY}, UInt64Value_one={"value": 1}),
    row("null values", null_implicit=0, null_optional=0, null_repeated=[0, 0]),
    row("an Any without a type", Any_one={}),
    row(
        "an Any of a type of the contract",
        Any_one={"type_url": "type.googleapis.com/test.Nested", "value": b"\x0a\x01x"},
        Any_many=[{"type_url": "example.com/path/test.Nested", "value": b""}],
    ),
    row(
        "an Any inside an Any",
        Any_one={
            "type_url": "type.googleapis.com/google.protobuf.Any",
            "value": b"\x0a\x0dx/test.Nested\x12\x03\x0a\x01x",
        },
    ),
    row(
        "an Any of a well-known type",
        Any_one={"type_url": "type.googleapis.com/google.protobuf.Duration", "value": b"\x08\x01"},
        Any_many=[{"type_url": "type.googleapis.com/google.protobuf.Int64Value", "value": b"\x08\x01"}],
    ),
    row("a proto2 message whose defaults are not sent", old={}),
    row("proto2 fields at zero, which is not their default", old={"number": 0, "closed": 0, "unpacked": [0, 1]}),
    row("a proto2 group, and one inside it", old={"group": {"text": "x", "inner": [{"on": False}, {}]}}),
    row("an enum at its first value, which is not 0", old={"late": 5}),
    row("an enum at 0, which is not its first value", old={"late": 0}),
    row("closed enums", old={"closed": 1, "many_closed": [0, 1]}),
    row("1.0 in every map of numbers", double_values={"x": 1.0}, float_values={"x": 1.0}),
]


@pytest.mark.parametrize("values", CASES)
def test_a_payload_is_what_protobuf_writes_as_json(values: dict[str, Any]) -> None:
    """The parsed payload equals json_format's, with the field names as declared."""
    message = message_of(**values)
    assert canonical(translated(message)) == canonical(proto_json(message))


def test_every_field_of_the_proto_is_in_some_case() -> None:
    """The table above has no hole: a field that is added to the proto must be added to a row."""
    _, response = everything()
    declared = {field.name for field in response.DESCRIPTOR.fields_by_name["all"].message_type.fields}
    assert declared - {name for case in CASES for name in case.values[0]} == set()


@pytest.mark.parametrize("seed", range(60))
def test_a_random_payload_is_what_protobuf_writes_as_json(seed: int) -> None:
    """Combinations that nobody thought of: about half of all fields set, nested three deep."""
    message = random_message(type(message_of()), Random(seed))  # noqa: S311 - must repeat
    assert canonical(translated(message)) == canonical(proto_json(message))


def test_minus_zero_keeps_its_sign() -> None:
    """-0.0 is another double than 0.0, and JSON can say so."""
    payload = json.loads(translated(message_of(double_optional=-0.0)))
    assert copysign(1, payload["double_optional"]) == -1


def test_the_payload_is_one_line() -> None:
    """A line break in a text is escaped: SSE data ends at the first one."""
    assert not {"\n", "\r"} & set(translated(message_of(string_implicit="a\nb\r\nc", string_keys={"\n": "\r"})))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        pytest.param(0.1, "0.1", id="the shortest that reads back as the same 32 bits, not 0.10000000149011612"),
        pytest.param(16777216.0, "16777216.0", id="whole"),
        pytest.param(NAN, '"NaN"', id="not a number is a string, which JSON needs"),
        pytest.param(-INFINITY, '"-Infinity"', id="an infinity is a string, which JSON needs"),
    ],
)
def test_a_float_is_written_with_the_fewest_digits(number: float, text: str) -> None:
    """ProtoJSON's floats, to the letter."""
    assert translated(message_of(float_implicit=number)) == f'{{"float_implicit":{text}}}'


@pytest.mark.parametrize("number", [NAN, INFINITY, -INFINITY])
def test_a_value_that_is_no_json_number_is_a_string(number: float) -> None:
    """json_format refuses NaN and the infinities in a Value; one odd number must not cost the whole event."""
    name = "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"  # noqa: PLR0124 - NaN
    assert json.loads(translated(message_of(Value_one={"number_value": number}))) == {"Value_one": name}


@pytest.mark.parametrize(
    "values",
    [
        row("an Any of a type that the contract does not hold", Any_one={"type_url": "type.googleapis.com/no.Such"}),
        row("an Any without a type, with a value", Any_one={"value": b"x"}),
        row(
            "an Any whose bytes are not its type",
            Any_one={"type_url": "type.googleapis.com/test.Nested", "value": b"\xff"},
        ),
        row("a field mask that camel case cannot carry", FieldMask_one={"paths": ["camelCase"]}),
        row(
            "a timestamp that no calendar has",
            Timestamp_one={"seconds": 2**62},
        ),
        row(
            "a timestamp in year 10000",
            Timestamp_one={"seconds": 253_402_300_800},
        ),
        row(
            "a timestamp before year 1",
            Timestamp_one={"seconds": -62_135_596_801},
        ),
        row(
            "a timestamp with negative nanoseconds",
            Timestamp_one={"nanos": -1},
        ),
        row(
            "a timestamp with a second of nanoseconds",
            Timestamp_one={"nanos": 10**9},
        ),
        row(
            "a duration of two signs",
            Duration_one={"seconds": 1, "nanos": -1},
        ),
        row(
            "a duration longer than 10,000 years",
            Duration_one={"seconds": 315_576_000_001},
        ),
        row(
            "an invalid timestamp inside an Any",
            Any_one={
                "type_url": "type.googleapis.com/google.protobuf.Timestamp",
                "value": b"\x10" + b"\xff" * 9 + b"\x01",
            },
        ),
        row(
            "an invalid timestamp inside a message inside an Any",
            Any_one={
                "type_url": "type.googleapis.com/test.Stamped",
                "value": b"\x0a\x0b\x10" + b"\xff" * 9 + b"\x01",
            },
        ),
    ],
)
def test_what_json_cannot_say_is_a_translation_error(values: dict[str, Any]) -> None:
    """A backend's invalid message is told as such: never as broken JSON, never as an error of another kind."""
    message = message_of(**values)
    with pytest.raises(TranslationError):
        translated(message)


def test_an_any_nested_beyond_reason_is_a_translation_error() -> None:
    """Protobuf's limit of 100 levels does not see into an Any's bytes; 70 kB from a backend must not crash a feed."""
    kind = type(message_of().Any_one)
    nested = kind()
    for _ in range(2_000):
        nested = kind(type_url="x/google.protobuf.Any", value=nested.SerializeToString())
    message = message_of(Any_one=nested)
    with pytest.raises(TranslationError):
        translated(message)


def test_an_any_of_a_type_that_cannot_be_compiled_is_a_translation_error() -> None:
    """What is wrong with a message that only an Any holds is found late, and must still not stop a feed."""
    more = f"message Tick {{ google.protobuf.Any any = 1; }} message Bad {{ Bad bad = 1 {REQUIRED}; }}"
    served = Served(more=more)
    with pytest.raises(TranslationError):
        served.translate(tick={"any": {"type_url": "x/test.Bad"}})


SPELLED = """
// What a thing does.
message Tick {
  // Where it stands.
  State state = 1;
  optional State optional_state = 2;
  repeated State states = 3;
  map<string, State> by_name = 4;
}
enum State {
  option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  STATE_UNSPECIFIED = 0 [(gateway.sse.v1.json) = "idle"];
  STATE_IN_PROGRESS = 1;
  STATE_DONE = 2 [(gateway.sse.v1.json) = "Done!"];
  OTHER = 3;
}
"""


@pytest.mark.parametrize(
    ("values", "payload"),
    [
        pytest.param({"state": 1}, {"state": "in_progress"}, id="lower case, without the enum's name"),
        pytest.param({"state": 2}, {"state": "Done!"}, id="the value's own spelling wins"),
        pytest.param({"state": 3}, {"state": "other"}, id="a name without the prefix is only lowered"),
        pytest.param({"state": 9}, {"state": "idle"}, id="an unknown number is the first value"),
        pytest.param({"state": 0}, {}, id="an implicit default is absent"),
        pytest.param({"optional_state": 0}, {"optional_state": "idle"}, id="a default with presence is spelled"),
        pytest.param({"states": [0, 1, 9]}, {"states": ["idle", "in_progress", "idle"]}, id="in a list"),
        pytest.param({"by_name": {"x": 1}}, {"by_name": {"x": "in_progress"}}, id="in a map"),
    ],
)
def test_an_enum_is_spelled_as_the_contract_asks(values: dict[str, Any], payload: dict[str, Any]) -> None:
    """The one departure from ProtoJSON in values: the spelling option."""
    assert json.loads(Served(more=SPELLED).translate(tick=values).data) == payload


REQUIRING = f"""
message Tick {{
  string text = 1 {REQUIRED};
  int32 number = 2 {REQUIRED};
  int64 long = 3 {REQUIRED};
  double part = 4 {REQUIRED};
  bool flag = 5 {REQUIRED};
  bytes raw = 6 {REQUIRED};
  Kind kind = 7 {REQUIRED};
  repeated string many = 8 {REQUIRED};
  map<string, int32> by_name = 9 {REQUIRED};
  Inner inner = 10 {REQUIRED};
  google.protobuf.Timestamp at = 11 {REQUIRED};
  google.protobuf.Struct struct = 12 {REQUIRED};
  optional string asked = 13 {REQUIRED};
  repeated Tick ticks = 14 {REQUIRED};
  google.protobuf.Value value = 15 {REQUIRED};
  google.protobuf.StringValue wrapped = 16 {REQUIRED};
  string free = 17;
}}
message Inner {{ string text = 1 {REQUIRED}; string free = 2; }}
enum Kind {{ KIND_NONE = 0; }}
"""


def test_a_required_key_is_sent_even_when_it_is_at_its_default() -> None:
    """The one departure from ProtoJSON in keys: REQUIRED is there, whatever its type, also inside of it."""
    assert json.loads(Served(more=REQUIRING).translate(tick={}).data) == {
        "text": "",
        "number": 0,
        "long": "0",
        "part": 0.0,
        "flag": False,
        "raw": "",
        "kind": "KIND_NONE",
        "many": [],
        "by_name": {},
        "inner": {"text": ""},
        "at": "1970-01-01T00:00:00Z",
        "struct": {},
        "asked": "",
        "ticks": [],
        "value": None,
        "wrapped": "",
    }


def test_a_proto2_required_field_is_a_required_key() -> None:
    """proto2 says `required` in the language; the key is required in the schema too."""
    old = 'syntax = "proto2";\npackage test;\nmessage Old { required int32 number = 1; optional int32 other = 2; }'
    source = service_proto(more="message Tick { Old old = 1; }")
    data = descriptor_set(source.replace(HEAD, f'{HEAD}import "old.proto";\n'), ("old.proto", old))
    assert components_of(data)["Old"]["required"] == ["number"]


def test_an_any_of_a_type_of_the_contract_is_written_as_that_type_elsewhere() -> None:
    """A type has one JSON, wherever it stands."""
    more = f"{SPELLED} message Holder {{ google.protobuf.Any any = 1; }} message Must {{ string text = 1 {REQUIRED}; }}"
    served = Served(response="oneof event { Holder tick = 1; Tick other = 2; Must must = 3; }", more=more)
    one = served.translate(tick={"any": {"type_url": "x/test.Tick", "value": b"\x08\x01"}})
    two = served.translate(tick={"any": {"type_url": "x/test.Must", "value": b""}})
    assert json.loads(one.data)["any"]["state"] == "in_progress"
    assert json.loads(two.data)["any"]["text"] == ""


@pytest.mark.parametrize(
    ("kind", "value", "payload"),
    [
        pytest.param("Struct", {"a": 1.0}, {"a": 1}, id="a struct is an object"),
        pytest.param("Value", {"string_value": "x"}, "x", id="a value is what it holds"),
        pytest.param("ListValue", {"values": [{"bool_value": True}]}, [True], id="a list is an array"),
        pytest.param("StringValue", {"value": "x"}, "x", id="a wrapper is its value"),
        pytest.param("Timestamp", {"seconds": 1}, "1970-01-01T00:00:01Z", id="a timestamp is a string"),
    ],
)
def test_a_well_known_type_as_the_whole_payload_is_proto_json_too(kind: str, value: Any, payload: Any) -> None:
    """A method that streams google.protobuf.Struct sends objects, not the Struct's insides."""
    served = Served(response=f"oneof event {{ google.protobuf.{kind} tick = 1; }}")
    assert json.loads(served.translate(tick=value).data) == payload


def test_an_empty_as_the_whole_payload_is_an_object_without_keys() -> None:
    """`google.protobuf.Empty` is the event without anything to say."""
    assert Served(response="oneof event { google.protobuf.Empty tick = 1; }").translate(tick={}).data == b"{}"


DESCRIBED = f"""
// One beat
//   of the clock.
message Tick {{
  // When it was.
  google.protobuf.Timestamp at = 1 {REQUIRED};
  // Where it stands.
  State state = 2 {REQUIRED};
  // Why not.
  optional string reason = 3;
  int64 total = 4;
  uint64 unsigned_total = 5;
  google.protobuf.Duration took = 6;
  bytes raw = 7;
  repeated Part parts = 8 {REQUIRED};
  Tick before = 9;
  string class = 10 {REQUIRED};
  google.protobuf.NullValue nothing = 11;
  map<int32, bool> flags = 12;
  google.protobuf.Any any = 13;
  google.protobuf.Value free = 14;
  google.protobuf.FieldMask mask = 15;
}}
// A part of it.
message Part {{ int32 number = 1 {REQUIRED}; }}
enum State {{
  option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  STATE_UNSPECIFIED = 0 [(gateway.sse.v1.json) = "off"];
  STATE_OFF = 1;
  STATE_ON = 2;
}}
"""


@pytest.fixture(scope="module")
def components() -> dict[str, Any]:
    """The schemas of the event that DESCRIBED is the payload of."""
    return components_of(descriptor_set(service_proto(more=DESCRIBED)))


def test_the_schema_is_named_after_service_and_event(components: dict[str, Any]) -> None:
    """The event's own schema is `<Service><Event>Event`; payloads inside keep their messages' names."""
    assert set(components) == {"WatchTickEvent", "Tick", "Part"}


def test_the_schema_requires_what_is_required(components: dict[str, Any]) -> None:
    """REQUIRED keys, by their JSON names and in the order of the source, and no others."""
    assert components["WatchTickEvent"]["required"] == ["at", "state", "parts", "class"]
    assert components["Tick"]["required"] == ["at", "state", "parts", "class"]
    assert components["Part"]["required"] == ["number"]


def test_the_schema_tells_the_proto_comments(components: dict[str, Any]) -> None:
    """A comment over several lines is one paragraph; what has no comment has no description."""
    tick = components["WatchTickEvent"]
    assert tick["description"] == "One beat of the clock."
    assert components["Part"]["description"] == "A part of it."
    described = {name: schema["description"] for name, schema in tick["properties"].items() if "description" in schema}
    assert described == {"at": "When it was.", "state": "Where it stands.", "reason": "Why not."}


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        pytest.param("at", {"type": "string", "format": "date-time"}, id="a timestamp"),
        pytest.param("state", {"type": "string", "enum": ["off", "on"]}, id="an enum's choices, each once"),
        pytest.param("reason", {"type": "string"}, id="an optional key is absent, never null"),
        pytest.param("total", {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}, id="int64 is text"),
        pytest.param(
            "unsigned_total", {"type": "string", "format": "uint64", "pattern": "^[0-9]+$"}, id="so is uint64"
        ),
        pytest.param("took", {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"}, id="a duration"),
        pytest.param("raw", {"type": "string", "contentEncoding": "base64"}, id="bytes are base64"),
        pytest.param(
            "parts", {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}, id="a list of messages"
        ),
        pytest.param("before", {"$ref": "#/components/schemas/Tick"}, id="a message that holds itself"),
        pytest.param("class", {"type": "string"}, id="a key that Python owns"),
        pytest.param("nothing", {"type": "null"}, id="a NullValue"),
        pytest.param("flags", {"type": "object", "additionalProperties": {"type": "boolean"}}, id="a map"),
        pytest.param(
            "any",
            {"type": "object", "properties": {"@type": {"type": "string"}}, "additionalProperties": True},
            id="an Any",
        ),
        pytest.param("free", {}, id="a Value may be anything"),
        pytest.param("mask", {"type": "string"}, id="a field mask"),
    ],
)
def test_the_schema_of_a_field_is_that_of_its_json(
    components: dict[str, Any], field: str, schema: dict[str, Any]
) -> None:
    """What is documented is what is sent."""
    documented = dict(components["WatchTickEvent"]["properties"][field])
    documented.pop("description", None)
    assert documented == schema


def test_two_messages_of_one_identifier_are_two_messages() -> None:
    """`A.B` and `A_B` are different messages, and each keeps its own fields."""
    more = "message Tick { A.B one = 1; A_B two = 2; } message A { message B { string x = 1; } }"
    served = Served(more=f"{more} message A_B {{ string y = 1; }}")
    payload = served.translate(tick={"one": {"x": "1"}, "two": {"y": "2"}}).data
    assert json.loads(payload) == {"one": {"x": "1"}, "two": {"y": "2"}}
