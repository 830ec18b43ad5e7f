"""The names that JSON has: the fields' own or lowerCamelCase, and whatever names protobuf allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.contract.contract import Contract, compile_contract
from gateway.contract.descriptors import JsonNames
from gateway.errors import ContractError
from tests.support.documents import components, document
from tests.support.protos import HEAD, here, marked_places, proto_class, service_proto
from tests.support.protos import descriptor_set as compiled
from tests.support.random_wire import tagged

LENGTH, VARINT = 2, 0
CAMEL = """
// One beat.
message Tick {
  // What it is called.
  // Example: Ada
  string display_name = 1 [(google.api.field_behavior) = REQUIRED];
  // Example: {"a_key": 3}
  map<string, int64> by_key = 2;
  google.protobuf.FieldMask field_mask = 3;
  google.protobuf.Struct free_form = 4;
  google.protobuf.Any any_thing = 5;
  repeated Part many_parts = 6;
  string renamed = 7 [json_name = "otherName"];
  oneof one_of { int32 first_number = 8; string second_text = 9; }
  Color some_color = 10;
}
message Part { int32 part_number = 1; }
enum Color { COLOR_NONE = 0; COLOR_DARK_RED = 1; }
"""
VALUES = {
    "display_name": "x",
    "by_key": {"a_key": 1},
    "field_mask": {"paths": ["display_name"]},
    "free_form": {"a_key": {"b_key": 1.0}},
    "any_thing": {"type_url": "x/test.Part", "value": b"\x08\x05"},
    "many_parts": [{"part_number": 2}],
    "renamed": "y",
    "first_number": 0,
    "some_color": 1,
}


def contract_of(more: str, names: JsonNames) -> Contract:
    """`service_proto` with these messages."""
    return compile_contract(compiled(service_proto(more=more)), json_names=names)


def payload(more: str, names: JsonNames, tick: Any) -> Any:
    """The parsed JSON of a Tick."""
    response = proto_class(compiled(service_proto(more=more)), "test.WatchResponse")
    return json.loads(contract_of(more, names).routes[0].translate(response(tick=tick).SerializeToString()).data)


def test_camel_names_are_those_of_fields_and_of_nothing_else() -> None:
    """Nested messages and what an Any holds have them; keys of maps and of a Struct, and enum values, are data."""
    assert payload(CAMEL, "camel", VALUES) == {
        "displayName": "x",
        "byKey": {"a_key": "1"},
        "fieldMask": "displayName",
        "freeForm": {"a_key": {"b_key": 1}},
        "anyThing": {"@type": "x/test.Part", "partNumber": 5},
        "manyParts": [{"partNumber": 2}],
        "otherName": "y",
        "firstNumber": 0,
        "someColor": "COLOR_DARK_RED",
    }


def test_without_camel_names_a_json_name_says_nothing() -> None:
    """The fields' own names are the default, also where the proto gives another one."""
    assert {"display_name", "renamed", "many_parts", "first_number"} < payload(CAMEL, "proto", VALUES).keys()


def test_camel_names_are_the_documented_ones() -> None:
    """Properties, what is required, what excludes each other, and the examples."""
    contract = contract_of(CAMEL, "camel")
    tick = components(contract)["WatchTickEvent"]
    assert tick["required"] == ["displayName"]
    assert tick["properties"]["displayName"]["examples"] == ["Ada"]
    assert tick["properties"]["byKey"]["examples"] == [{"a_key": "3"}]
    assert not [name for name in tick["properties"] if "_" in name]
    assert tick["allOf"][0]["oneOf"][:2] == [{"required": ["firstNumber"]}, {"required": ["secondText"]}]


def test_camel_names_are_in_the_examples_of_a_stream() -> None:
    """The example is encoded by what encodes the events."""
    content = document(contract_of(CAMEL, "camel"))["paths"]["/v1/watch"]["get"]["responses"]["200"]["content"]
    assert content["text/event-stream"]["examples"]["tick"]["value"][0]["data"] == {
        "displayName": "Ada",
        "byKey": {"a_key": "3"},
    }


@pytest.mark.parametrize("example", ['{"displayName": "Bob"}', '{"display_name": "Bob"}'])
@pytest.mark.parametrize("names", ["proto", "camel"])
def test_an_example_may_use_either_name(example: str, names: JsonNames) -> None:
    """ProtoJSON reads both names, so an example in a comment is read whichever it has."""
    tick = f"// Example: {example}\n Tick tick = 1;"
    source = service_proto(response=f"oneof event {{\n {tick}\n }}", more="message Tick { string display_name = 1; }")
    (event,) = compile_contract(compiled(source), json_names=names).routes[0].events
    assert event.sample().display_name == "Bob"


METHODS = (
    *("HasField", "HasExtension", "Extensions", "DESCRIPTOR", "FromString", "SerializeToString", "MergeFrom"),
    *("WhichOneof", "ListFields", "CopyFrom", "ClearField", "SetInParent", "ByteSize", "__class__", "__init__"),
    *("__debug__", "__slots__", "__doc__", "__module__", "__struct_fields__", "__private", "mro", "self", "m", "has"),
)
METHOD_FIELDS = "".join(f"optional int32 {name} = {number}; " for number, name in enumerate(METHODS, 1))
METHOD_TICK = f"message Tick {{ {METHOD_FIELDS} Tick again = 99; oneof one {{ int32 either = 100; int32 or = 101; }} }}"


@pytest.mark.parametrize("names", ["proto", "camel"])
def test_a_field_may_be_called_like_a_method_of_messages(names: JsonNames) -> None:
    """A proto is not written for Python: `HasField` is a fine name, and so is `__init__`."""
    contract = contract_of(METHOD_TICK, names)
    fields = b"".join(tagged(number, VARINT, bytes([number])) for number in range(1, len(METHODS) + 1))
    translated = contract.routes[0].translate(tagged(1, LENGTH, fields + tagged(99, LENGTH, b"")))
    values = json.loads(translated.data)
    assert list(values.values()) == [*range(1, len(METHODS) + 1), {}]
    assert names == "camel" or list(values) == [*METHODS, "again"]


def test_a_message_with_such_fields_has_an_example() -> None:
    """What is made up for the documents uses no method that a field hides."""
    (event,) = contract_of(METHOD_TICK, "proto").routes[0].events
    assert set(event.convert(event.sample()).__struct_fields__) >= {"mro", "either"}


OLD = 'syntax = "proto2";\npackage test;\n'
UNFIT = [
    pytest.param(
        "message Old {" + here("optional int32 a = 1 [json_name = 'say \"a\"'];") + "}",
        "json_name 'say \"a\"': quotes, backslashes and control characters cannot be served",
        id="a quote",
    ),
    pytest.param(
        "message Old {" + here(r"optional int32 a = 1 [json_name = 'a\nb'];") + "}",
        "json_name 'a\\nb': quotes, backslashes and control characters cannot be served",
        id="a line break",
    ),
]


def old(text: str) -> bytes:
    """A contract whose payload holds a proto2 message."""
    source = service_proto(more="message Tick { Old old = 1; }").replace(HEAD, f'{HEAD}import "old.proto";\n')
    return compiled(source, ("old.proto", OLD + text))


@pytest.mark.parametrize(("text", "reason"), UNFIT)
def test_a_json_name_that_cannot_be_a_key_is_a_problem_of_its_field(text: str, reason: str) -> None:
    """Known at start, with file, line and column."""
    with pytest.raises(ContractError) as caught:
        compile_contract(old(text), json_names="camel")
    (problem,) = caught.value.problems
    assert (problem.file, problem.reason) == ("old.proto", reason)
    assert [(problem.line, problem.column)] == marked_places(OLD + text)


@pytest.mark.parametrize(("text", "reason"), UNFIT)
def test_a_json_name_that_cannot_be_a_key_is_no_trouble_where_it_is_none(text: str, reason: str) -> None:
    """With the fields' own names a contract is served as it is."""
    assert compile_contract(old(text), json_names="proto").routes, reason


def test_two_fields_of_one_json_name_are_a_problem_of_their_file() -> None:
    """Protoc only warns of it in proto2; protobuf's own pool takes no such file."""
    with pytest.raises(ContractError, match=r"^old\.proto: .*duplicate json_name \(aB\)$"):
        compile_contract(old("message Old { optional int32 a_b = 1; optional int32 aB = 2; }"))
