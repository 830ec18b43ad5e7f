"""A message with every kind of field that protobuf has, and random values for all of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field

from gateway.contract.descriptors import message_class

SCALARS = (
    *("double", "float", "bool", "string", "bytes"),
    *("int32", "int64", "uint32", "uint64", "sint32", "sint64"),
    *("fixed32", "fixed64", "sfixed32", "sfixed64"),
)
KEYS = tuple(each for each in SCALARS if each not in ("double", "float", "bytes"))
WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
WELL_KNOWN = (
    *("Timestamp", "Duration", "Struct", "Value", "ListValue", "FieldMask", "Empty", "Any"),
    *(f"{name}Value" for name in WRAPPERS),
)
PYTHON_NAMES = ("class", "from", "None", "lambda", "self", "m", "v", "k", "str", "double", "UNSET", "items")
"""Names that Python owns, or that converters use for something of their own."""


def _fields() -> list[str]:
    return [
        *(f"{kind} {kind}_implicit" for kind in SCALARS),
        *(f"optional {kind} {kind}_optional" for kind in SCALARS),
        *(f"repeated {kind} {kind}_repeated" for kind in SCALARS),
        *(f"map<{key}, string> {key}_keys" for key in KEYS),
        *(f"map<string, {kind}> {kind}_values" for kind in SCALARS),
        *("map<int32, Nested> nested_values", "map<bool, Color> color_values", "map<string, Everything> all_values"),
        *("map<string, google.protobuf.Value> value_values", "map<string, google.protobuf.Timestamp> timestamp_values"),
        *("Color color_implicit", "optional Color color_optional", "repeated Color color_repeated"),
        *("Nested nested", "optional Nested nested_optional", "repeated Nested nested_repeated"),
        *("Everything itself", "repeated Everything itself_repeated"),
        *(f"google.protobuf.{kind} {kind}_one" for kind in WELL_KNOWN),
        *(f"repeated google.protobuf.{kind} {kind}_many" for kind in WELL_KNOWN),
        "google.protobuf.NullValue null_implicit",
        "optional google.protobuf.NullValue null_optional",
        "repeated google.protobuf.NullValue null_repeated",
        *(f"string {name}" for name in PYTHON_NAMES),
        "Old old",
    ]


def _numbered(fields: list[str], first: int) -> str:
    return "".join(f"  {field} = {number};\n" for number, field in enumerate(fields, first))


OLD = (
    "old.proto",
    """syntax = "proto2";
package test;
message Old {
  enum Closed { CLOSED_NO = 0; CLOSED_YES = 1; }
  optional int32 number = 1 [default = 7];
  optional Closed closed = 2 [default = CLOSED_YES];
  optional group Group = 3 { optional string text = 1; repeated group Inner = 2 { optional bool on = 1; } }
  repeated int32 unpacked = 4;
  repeated Closed many_closed = 5;
  enum Late { LATE_FIRST = 5; LATE_NONE = 0; }
  optional Late late = 6;
}
""",
)
"""A proto2 file: defaults of one's own, groups, closed enums."""

EVERYTHING = f"""
message Everything {{
{_numbered(_fields(), 10)}
  oneof choice {{ string choice_text = 1; int32 choice_number = 2; Nested choice_nested = 3; bool choice_flag = 4; }}
}}
message Nested {{ string text = 1; optional Deeper deeper = 2; message Deeper {{ int32 number = 1; }} }}
message Stamped {{ google.protobuf.Timestamp at = 1; }}
enum Color {{ option allow_alias = true; COLOR_NONE = 0; COLOR_RED = 1; COLOR_ROUGE = 1; COLOR_BLUE = -1; }}
"""


def random_message(kind: Any, random: Random, depth: int = 0) -> Any:
    """A message with about half of its fields set, some of them to their defaults."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        if random.random() < (0.5 if depth < 2 else 0.1):
            _fill(message, field, random, depth)
    return message


def _fill(message: Any, field: Field, random: Random, depth: int) -> None:
    if field.message_type and field.message_type.GetOptions().map_entry:
        _fill_map(message, field, random, depth)
    elif field.is_repeated:
        values = [_random(field, random, depth) for _ in range(random.randrange(4))]
        getattr(message, field.name).extend(values)
    elif field.message_type:
        getattr(message, field.name).CopyFrom(_random(field, random, depth))
    else:
        setattr(message, field.name, _random(field, random, depth))


def _fill_map(message: Any, field: Field, random: Random, depth: int) -> None:
    held = getattr(message, field.name)
    key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
    for _ in range(random.randrange(3)):
        if value.message_type:
            held[_random(key, random, depth)].CopyFrom(_random(value, random, depth))
        else:
            held[_random(key, random, depth)] = _random(value, random, depth)


_SIGNED_32, _SIGNED_64 = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
_RANGES = {
    Field.CPPTYPE_INT32: _SIGNED_32,
    Field.CPPTYPE_INT64: _SIGNED_64,
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
    Field.CPPTYPE_UINT64: (0, 2**64 - 1),
}


def _random(field: Field, random: Random, depth: int) -> Any:
    if field.cpp_type in _RANGES:
        low, high = _RANGES[field.cpp_type]
        return random.choice([low, high, 0, 1, random.randint(low, high)])
    if field.type == Field.TYPE_BYTES:
        return random.randbytes(random.randrange(5))
    makers: dict[int, Callable[[], Any]] = {
        Field.CPPTYPE_DOUBLE: lambda: _float(random, "<d"),
        Field.CPPTYPE_FLOAT: lambda: _float(random, "<f"),
        Field.CPPTYPE_BOOL: lambda: random.random() < 0.5,
        Field.CPPTYPE_ENUM: lambda: random.choice([value.number for value in field.enum_type.values]),
        Field.CPPTYPE_STRING: lambda: "".join(random.choices('aé世😀"\\\n\u2028\x00/', k=random.randrange(5))),
        Field.CPPTYPE_MESSAGE: lambda: _random_message(field, random, depth),
    }
    return makers[field.cpp_type]()


def _float(random: Random, form: str) -> float:
    number: float = struct.unpack(form, random.randbytes(struct.calcsize(form)))[0]
    # -0.0 has a test of its own.
    return random.choice([number, 0.0, 1.0, 0.1, float("nan"), float("inf"), -float("inf")])


def _random_message(field: Field, random: Random, depth: int) -> Any:
    kind = message_class(field.message_type)
    name = field.message_type.full_name.rpartition(".")[2]
    fillers = {
        "Timestamp": lambda: kind(seconds=random.randint(-62135596800, 253402300799), nanos=_nanos(random)),
        "Duration": lambda: _duration(kind, random),
        "FieldMask": lambda: kind(paths=random.choices(["a", "a_b.c_d", "long_name"], k=random.randrange(3))),
        "Any": kind,
        "Value": lambda: _value(kind, random, depth + 1),
        "Struct": lambda: kind(fields={key: _value_dict(random) for key in random.sample("abc", random.randrange(3))}),
        "ListValue": lambda: kind(values=[_value_dict(random) for _ in range(random.randrange(3))]),
    }
    return fillers.get(name, lambda: random_message(kind, random, depth + 1))()


def _nanos(random: Random) -> int:
    return random.choice([0, 1_000_000, 20_000_000, 999_000, 999_999_999, random.randrange(10**9)])


def _duration(kind: Any, random: Random) -> Any:
    sign = random.choice([1, -1])
    return kind(seconds=sign * random.randrange(315_576_000_001), nanos=sign * _nanos(random))


def _value_dict(random: Random) -> dict[str, Any]:
    return random.choice(
        [
            {"null_value": 0},
            {"number_value": random.choice([0.0, 1.0, -1.5, 2.0**53, 1e-300, 1e300])},
            {"string_value": "é"},
            {"bool_value": random.random() < 0.5},
            {"list_value": {"values": [{"bool_value": True}, {}]}},
            {"struct_value": {"x": 1.0, "y": [None, {}]}},
            {},
        ]
    )


def _value(kind: Any, random: Random, depth: int) -> Any:
    return kind(**_value_dict(random)) if depth < 4 else kind()
