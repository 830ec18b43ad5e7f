"""Names of components, operations and tags: short, unique, and the same whatever comes first."""

from __future__ import annotations

import pytest

from gateway.contract.messages.naming import message_candidates, struct_name, unique_names
from tests.support.documents import components, document
from tests.support.protos import GET, HEAD, descriptor_set, service_proto


def test_a_name_that_nothing_else_wants_is_kept() -> None:
    """The preferred name is the short one."""
    assert unique_names({"a.B": ("B", "a_B")}) == {"a.B": "B"}


def test_of_two_that_want_one_name_neither_gets_it() -> None:
    """Otherwise the name would depend on which comes first."""
    wanted = {"a.Item": ("Item", "a_Item"), "b.Item": ("Item", "b_Item")}
    backwards = dict(reversed(wanted.items()))
    assert unique_names(wanted) == unique_names(backwards) == {"a.Item": "a_Item", "b.Item": "b_Item"}


def test_what_has_no_other_name_keeps_it() -> None:
    """The gateway's own components are called the same in every document."""
    assert unique_names({"own": ("StreamGap",), "x": ("StreamGap", "v1_StreamGap")}) == {
        "own": "StreamGap",
        "x": "v1_StreamGap",
    }


def test_a_taken_name_is_given_to_nothing() -> None:
    """Who comes later gives way."""
    assert unique_names({"x": ("Item", "v1_Item")}, taken={"Item"}) == {"x": "v1_Item"}


def test_names_that_stay_equal_to_the_last_are_numbered() -> None:
    """`a.b_c` and `a_b.c` are different and look the same in the end."""
    assert unique_names({"one": ("a_b_c",), "two": ("a_b_c",)}) == {"one": "a_b_c_1", "two": "a_b_c_2"}


@pytest.mark.parametrize(
    ("full_name", "candidates"),
    [
        pytest.param("Item", ("Item",), id="no package"),
        pytest.param("a.v1.Item", ("Item", "v1_Item", "a_v1_Item"), id="part by part"),
        pytest.param("a_b.Item_0x_1", ("Item_0x_1", "a_b_Item_0x_1"), id="underscores and digits survive"),
    ],
)
def test_a_message_may_be_called_by_the_end_of_its_full_name(full_name: str, candidates: tuple[str, ...]) -> None:
    """Dots are mangled by msgspec; what a Struct is called gives the full name back."""
    assert message_candidates(struct_name(full_name)) == candidates


def test_two_messages_that_msgspec_would_call_the_same_keep_names_of_their_own() -> None:
    """`A.B` and `A_B` are different messages."""
    assert struct_name("A.B") != struct_name("A_B")


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("tick", "WatchTickEvent"),
        ("build_done", "WatchBuildDoneEvent"),
        ("build.done-now:x", "WatchBuildDoneNowXEvent"),
        ("buildDone", "WatchBuildDoneEvent"),
    ],
)
def test_an_event_is_named_after_its_service_and_its_name(name: str, component: str) -> None:
    """`<Service without "Service"><Event in camel case>Event`."""
    response = f'oneof event {{ Tick tick = 1 [(gateway.sse.v1.event).name = "{name}"]; }}'
    assert list(components(descriptor_set(service_proto(response=response)))) == [component]


def test_an_unnamed_event_goes_by_the_name_of_its_message() -> None:
    """`rpc Watch(…) returns (stream WatchEvent)` is how many services are written; the union gives way."""
    source = (
        f"{HEAD}service WatchService {{ rpc Watch(Request) returns (stream WatchEvent) {{ {GET} }} }}\n"
        "message Request {}\nmessage WatchEvent { string id = 1; }\n"
    )
    schemas = document(descriptor_set(source))["components"]["schemas"]
    assert list(schemas["WatchEvent"]["properties"]) == ["id"]
    assert "oneOf" in schemas["WatchServiceWatchEvent"]


def test_a_payload_that_is_called_like_its_event_is_that_event() -> None:
    """The message itself is in no other place, so that nothing clashes."""
    source = service_proto(
        response="oneof event { WatchTickEvent tick = 1; }", more="message WatchTickEvent { string id = 1; }"
    )
    assert list(components(descriptor_set(source))) == ["WatchTickEvent"]


def test_a_payload_that_is_called_like_its_event_and_used_elsewhere_keeps_its_name() -> None:
    """What the contract calls something goes before what is derived."""
    source = service_proto(
        response="oneof event { WatchTickEvent tick = 1; }",
        more="message WatchTickEvent { string id = 1; WatchTickEvent before = 2; }",
    )
    assert set(components(descriptor_set(source))) == {"WatchTickEvent", "WatchWatchTickEvent"}


def test_two_nested_messages_of_one_name_are_called_by_what_they_stand_in() -> None:
    """`A.Item` and `B.Item` share their last name only."""
    more = (
        "message Tick { A.Item a = 1; B.Item b = 2; } message A { message Item { string x = 1; } }"
        "message B { message Item { string y = 1; } }"
    )
    schemas = components(descriptor_set(service_proto(more=more)))
    assert {name: list(schema["properties"]) for name, schema in schemas.items()} == {
        "WatchTickEvent": ["a", "b"],
        "A_Item": ["x"],
        "B_Item": ["y"],
    }


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_messages_of_two_packages_with_one_name_are_called_by_their_packages(order: tuple[str, str]) -> None:
    """Whichever file is compiled first, the names are the same."""
    files = [
        (f"{name}.proto", f'syntax = "proto3"; package {name}.v1; message Item {{ string {name} = 1; }}')
        for name in ("one", "two")
    ]
    imports = "".join(f'import "{name}.proto";\n' for name in order)
    source = service_proto(more="message Tick { .one.v1.Item a = 1; .two.v1.Item b = 2; }")
    schemas = components(descriptor_set(source.replace(HEAD, HEAD + imports), *files))
    assert {name: list(schema["properties"]) for name, schema in schemas.items()} == {
        "WatchTickEvent": ["a", "b"],
        "one_v1_Item": ["one"],
        "two_v1_Item": ["two"],
    }


def two_methods(first: str, second: str) -> bytes:
    """A service with two methods that both have an event `tick`, of these messages."""
    return descriptor_set(
        f"{HEAD}service WatchService {{\n"
        '  rpc One(Request) returns (stream First) { option (google.api.http) = {get: "/v1/one"}; }\n'
        '  rpc Two(Request) returns (stream Second) { option (google.api.http) = {get: "/v1/two"}; }\n'
        f"}}\nmessage Request {{}}\nmessage First {{ oneof event {{ {first} tick = 1; }} }}\n"
        f"message Second {{ oneof event {{ {second} tick = 1; }} }}\n"
        "message A { string x = 1; }\nmessage B { string y = 1; }\n"
    )


def test_two_events_of_one_name_and_different_messages_are_called_by_their_methods() -> None:
    """Two methods of a service may both have a `tick`."""
    assert set(components(two_methods("A", "B"))) == {"WatchOneTickEvent", "WatchTwoTickEvent"}


def test_two_events_of_one_name_and_one_message_are_one_component() -> None:
    """What is equal needs no second name; a second method changes no names of the first."""
    assert set(components(two_methods("A", "A"))) == {"WatchTickEvent"}


def test_operations_and_tags_of_one_name_are_called_by_their_packages() -> None:
    """Two packages may both have a WatchService with a method Watch."""
    again = (
        'syntax = "proto3"; package other; import "google/api/annotations.proto";'
        'service WatchService { rpc Watch(R) returns (stream R) { option (google.api.http) = {get: "/v2/watch"}; } }'
        "message R { string id = 1; }"
    )
    source = service_proto().replace(HEAD, f'{HEAD}import "other.proto";\n')
    made = document(descriptor_set(source, ("other.proto", again)))
    operations = [path["get"] for path in made["paths"].values()]
    assert [each["operationId"] for each in operations] == ["test_WatchService_Watch", "other_WatchService_Watch"]
    assert [each["tags"] for each in operations] == [["test_WatchService"], ["other_WatchService"]]
    assert [each["name"] for each in made["tags"]] == ["other_WatchService", "test_WatchService"]
