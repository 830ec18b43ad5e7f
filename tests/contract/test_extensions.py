"""Extensions: keys in brackets, whoever declares them and wherever."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import JsonNames
from gateway.contract.routes import Route
from tests.support.documents import components
from tests.support.protos import HEAD, descriptor_set, service_proto
from tests.support.random_wire import tagged

VARINT, LENGTH, START = 0, 2, 3
OLD = """syntax = "proto2";
package test.old;
message Old {
  optional string text = 1;
  extensions 100 to 199;
}
extend Old {
  // The later one.
  // Example: 7
  optional int32 later_one = 120;
  repeated Kind kinds = 110;
  optional group Grouped = 130 { optional bool on = 1; }
}
enum Kind { KIND_A = 1; KIND_B = 2; }
message Elsewhere {
  extend Old { optional Elsewhere inside = 105; }
  optional int32 number = 1;
}
"""
MORE = """syntax = "proto2";
package more;
import "old.proto";
extend test.old.Old { optional bool on = 140; }
"""


def contract_bytes() -> bytes:
    """A contract whose payload is extended by its own file and by another one."""
    source = service_proto(more="message Tick { test.old.Old old = 1; }")
    imports = 'import "old.proto";\nimport "more.proto";\n'
    return descriptor_set(source.replace(HEAD, HEAD + imports), ("old.proto", OLD), ("more.proto", MORE))


def route(names: JsonNames = "proto") -> Route:
    """The route of it."""
    found: Route = compile_contract(contract_bytes(), json_names=names).routes[0]
    return found


def payload(data: bytes, names: JsonNames = "proto") -> str:
    """The JSON of an Old."""
    translated: Any = route(names).translate(tagged(1, LENGTH, tagged(1, LENGTH, data)))
    text: str = translated.data.decode()
    return text.removeprefix('{"old":').removesuffix("}")


EXTENDED = b"".join(
    [
        tagged(140, VARINT, b"\x01"),
        tagged(130, START, tagged(1, VARINT, b"\x00")),
        tagged(120, VARINT, b"\x00"),
        tagged(110, VARINT, b"\x02") + tagged(110, VARINT, b"\x01") + tagged(110, VARINT, b"\x09"),
        tagged(105, LENGTH, b""),
        tagged(1, LENGTH, b"x"),
    ]
)


@pytest.mark.parametrize("names", ["proto", "camel"])
def test_extensions_follow_the_fields_by_number_with_their_full_names(names: JsonNames) -> None:
    """The full name stays as it is in camel case; an enum number that a closed enum lacks is an unknown field."""
    assert payload(EXTENDED, names) == (
        '{"text":"x","[test.old.Elsewhere.inside]":{},"[test.old.kinds]":["KIND_B","KIND_A"],'
        '"[test.old.later_one]":0,"[test.old.grouped]":{"on":false},"[more.on]":true}'
    )


def test_an_extension_that_is_not_set_is_absent() -> None:
    """As any other field."""
    assert payload(tagged(1, LENGTH, b"x")) == '{"text":"x"}'


def test_an_extension_that_the_contract_does_not_know_is_left_out() -> None:
    """It is an unknown field."""
    assert payload(tagged(150, VARINT, b"\x01")) == "{}"


def test_extensions_are_documented_with_their_comments_and_examples() -> None:
    """They are properties like any other."""
    properties = components(contract_bytes())["Old"]["properties"]
    assert list(properties) == [
        *("text", "[test.old.Elsewhere.inside]", "[test.old.kinds]", "[test.old.later_one]"),
        *("[test.old.grouped]", "[more.on]"),
    ]
    assert properties["[test.old.later_one]"] == {
        "type": "integer",
        "description": "The later one.",
        "examples": [7],
    }
    assert properties["[test.old.kinds]"] == {
        "type": "array",
        "items": {"type": "string", "enum": ["KIND_A", "KIND_B"]},
    }


def test_an_extended_message_inside_an_any_has_its_extensions() -> None:
    """An Any's type is compiled with all that the contract knows of it."""
    source = service_proto(more="message Tick { google.protobuf.Any any = 1; }")
    imports = 'import "old.proto";\nimport "more.proto";\n'
    data = descriptor_set(source.replace(HEAD, HEAD + imports), ("old.proto", OLD), ("more.proto", MORE))
    held = tagged(1, LENGTH, b"x/test.old.Old") + tagged(2, LENGTH, tagged(140, VARINT, b"\x01"))
    translated: Any = compile_contract(data).routes[0].translate(tagged(1, LENGTH, tagged(1, LENGTH, held)))
    assert json.loads(translated.data) == {"any": {"@type": "x/test.old.Old", "[more.on]": True}}
