"""What the documents say, held against what is sent and taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.config import ContractSettings
from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.openapi.text import first_sentence, words
from gateway.errors import HTTP_STATUS_OF
from gateway.publishing import VERSIONS, documents
from tests.contract.test_contract import LOGS, PROGRESS
from tests.support.documents import components, document
from tests.support.protos import GET, HEAD, SHARED, TICK, descriptor_set, service_proto

HERE = Path(__file__).parent
PAYLOAD = "#/components/schemas/ProgressCompletedEvent"
OWN_EVENTS = ["stream-gap", "stream-error", "stream-end"]


@pytest.fixture(scope="module")
def v31() -> Any:
    """The 3.1 document of the shipped contract."""
    return document(shipped_descriptor_set())


@pytest.fixture(scope="module")
def v32() -> Any:
    """The 3.2 document of the shipped contract."""
    return document(shipped_descriptor_set(), "3.2")


def operation(made: Any, path: str = "/v1/watch") -> Any:
    """The operation at a path."""
    return made["paths"][path]["get"]


def content(made: Any, path: str = "/v1/watch") -> Any:
    """The media type object of a stream."""
    return operation(made, path)["responses"]["200"]["content"]["text/event-stream"]


def parameters(**parts: str) -> dict[str, Any]:
    """The parameters of `service_proto` as documented, by name."""
    made = document(descriptor_set(service_proto(**parts)))
    return {each["name"]: each for each in operation(made)["parameters"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_documents_of_the_shipped_contract_are_the_golden_ones(version: str) -> None:
    """A change of the contract shows as a diff to review: `make openapi` writes the files anew."""
    made = documents(compile_contract(shipped_descriptor_set()), ContractSettings(), version)[version]
    assert made.decode() == (HERE / f"openapi-{version}.json").read_text()


def test_a_stream_is_an_array_of_a_named_union_in_3_1(v31: Any) -> None:
    """Generators of types make `event -> payload` of it."""
    assert content(v31, PROGRESS)["schema"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/WatchProgressEvent"},
    }
    union = v31["components"]["schemas"]["WatchProgressEvent"]
    assert [each["$ref"].rpartition("/")[2] for each in union["oneOf"]] == [
        *("ProgressProgressEventMessage", "ProgressCompletedEventMessage"),
        *("ProgressErrorEventMessage", "ProgressCancelledEventMessage"),
        *("StreamGapMessage", "StreamErrorMessage", "StreamEndMessage"),
    ]
    assert union["discriminator"]["propertyName"] == "event"
    assert list(union["discriminator"]["mapping"]) == ["progress", "completed", "error", "cancelled", *OWN_EVENTS]


def test_a_variant_has_its_name_its_id_and_its_payload_in_3_1(v31: Any) -> None:
    """`data` is what a client has after JSON.parse; `id` is a string on the wire."""
    variant = v31["components"]["schemas"]["ProgressCompletedEventMessage"]
    assert variant["required"] == ["id", "event", "data"]
    assert variant["properties"]["event"] == {"type": "string", "const": "completed"}
    assert variant["properties"]["id"]["type"] == "string"
    assert variant["properties"]["data"] == {"$ref": PAYLOAD}


def test_a_stream_has_an_item_schema_whose_data_is_text_in_3_2(v32: Any) -> None:
    """OAS 3.2: a field of an event without a declared type is a string; JSON in it is `contentSchema`."""
    assert content(v32, PROGRESS)["itemSchema"] == {"$ref": "#/components/schemas/WatchProgressEvent"}
    assert "schema" not in content(v32, PROGRESS)
    variant = v32["components"]["schemas"]["ProgressCompletedEventMessage"]
    assert variant["properties"]["event"] == {"type": "string", "const": "completed"}
    assert variant["properties"]["data"] == {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": PAYLOAD},
    }


def test_both_documents_have_the_same_components(v31: Any, v32: Any) -> None:
    """They differ in how a stream is said, and in nothing else."""
    payloads = components(shipped_descriptor_set())
    assert list(v31["components"]["schemas"]) == list(v32["components"]["schemas"])
    assert {name: v32["components"]["schemas"][name] for name in payloads} == payloads
    for path in (PROGRESS, LOGS):
        one, other = operation(v31, path), operation(v32, path)
        assert {key: one[key] for key in one if key != "responses"} == {
            key: other[key] for key in other if key != "responses"
        }


def test_the_gateways_own_events_are_variants_of_every_stream(v31: Any) -> None:
    """They are sent like any other; their payloads say what each key means."""
    schemas = v31["components"]["schemas"]
    for path in (PROGRESS, LOGS):
        union = schemas[content(v31, path)["schema"]["items"]["$ref"].rpartition("/")[2]]
        assert list(union["discriminator"]["mapping"])[-3:] == OWN_EVENTS
    assert schemas["StreamGap"]["required"] == ["reason"]
    assert set(schemas["StreamGap"]["properties"]["reason"]["enum"]) == {
        *("evicted", "unknown-epoch", "malformed", "future", "upstream-lost", "untranslatable"),
    }
    assert all("description" in each for each in schemas["StreamError"]["properties"].values())


def test_an_unnamed_event_is_message_in_3_1_and_nameless_in_3_2() -> None:
    """EventSource fires `message` for it; on the wire there is no `event:`."""
    contract = descriptor_set(service_proto(response="int32 size = 1;"))
    for version, event in (("3.1", {"type": "string", "const": "message"}), ("3.2", False)):
        schemas = document(contract, version)["components"]["schemas"]
        (variant,) = (each for name, each in schemas.items() if name == "WatchEventMessage")
        assert variant["properties"]["event"] == event
    assert variant["required"] == ["id", "data"]
    # OAS 3.2 wants the discriminating property in every variant.
    assert "discriminator" not in schemas["WatchEvent"]


def test_every_error_is_a_problem_with_its_meaning(v31: Any) -> None:
    """One response for each status that a gRPC code stands for."""
    responses = operation(v31, PROGRESS)["responses"]
    assert set(responses) == {"200", "204"} | {str(status) for status in (*HTTP_STATUS_OF.values(), 500)}
    for status in ("400", "404", "499", "500", "503"):
        named = v31["components"]["responses"][responses[status]["$ref"].rpartition("/")[2]]
        assert named["description"]
        assert named["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_last_event_id_is_a_header_and_a_parameter(v31: Any) -> None:
    """EventSource sends the header by itself; a first connection has only the query."""
    places = {(each["name"], each["in"]) for each in operation(v31, LOGS)["parameters"]}
    assert {("Last-Event-ID", "header"), ("last_event_id", "query")} <= places


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        pytest.param("string x = 1", {"type": "string"}, id="text"),
        pytest.param("bool x = 1", {"type": "boolean"}, id="true or false"),
        pytest.param(
            "int32 x = 1", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}, id="its type's range"
        ),
        pytest.param("uint64 x = 1", {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, id="64 bits"),
        pytest.param("double x = 1", {"type": "number"}, id="any number"),
        pytest.param(
            "double x = 1 [(gateway.sse.v1.parameter) = {minimum: 0.5 maximum: 2}]",
            {"type": "number", "minimum": 0.5, "maximum": 2},
            id="bounds",
        ),
        pytest.param(
            'int32 x = 1 [(gateway.sse.v1.parameter) = {minimum: 1 maximum: 9 default: "5"}]',
            {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
            id="a default as a number",
        ),
        pytest.param(
            'bool x = 1 [(gateway.sse.v1.parameter).default = "true"]',
            {"type": "boolean", "default": True},
            id="a default as a boolean",
        ),
        pytest.param("Color x = 1", {"type": "string", "enum": ["none", "red"]}, id="an enum as it is spelled"),
        pytest.param(
            'Color x = 1 [(gateway.sse.v1.parameter).default = "red"]',
            {"type": "string", "enum": ["none", "red"], "default": "red"},
            id="an enum's default as it is spelled",
        ),
        pytest.param("repeated string x = 1", {"type": "array", "items": {"type": "string"}}, id="several"),
        pytest.param(
            'repeated Color x = 1 [(gateway.sse.v1.parameter).default = "red"]',
            {"type": "array", "items": {"type": "string", "enum": ["none", "red"]}, "default": ["red"]},
            id="a default of several",
        ),
        pytest.param(
            "\n  // Which one.\n  // Example: 7\n  uint32 x = 1",
            {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "examples": [7]},
            id="an example of the comment",
        ),
    ],
)
def test_a_parameter_is_documented_as_it_is_read(field: str, schema: dict[str, Any]) -> None:
    """Type, range, choices, default and example."""
    color = "enum Color { option (gateway.sse.v1.spelling) = SPELLING_LOWER; COLOR_NONE = 0; COLOR_RED = 1; }"
    assert parameters(request=f"{field};", more=TICK + color)["x"]["schema"] == schema


def test_a_parameter_of_the_path_is_required() -> None:
    """There is no path without it."""
    method = 'option (google.api.http) = {get: "/v1/watch/{id}"};'
    made = document(descriptor_set(service_proto(method=method, request="string id = 1; string q = 2;")))
    given = {each["name"]: each for each in operation(made, "/v1/watch/{id}")["parameters"]}
    assert (given["id"]["in"], given["id"]["required"]) == ("path", True)
    assert (given["q"]["in"], "required" in given["q"]) == ("query", False)


def test_a_comment_becomes_a_description() -> None:
    """The request field's, the method's, the service's, the member's and the message's."""
    source = (
        f"{HEAD}// Watches things.\nservice WatchService {{\n  // Watches a thing. All of it.\n"
        f"  rpc Watch(Request) returns (stream Response) {{ {GET} }}\n}}\n"
        "message Request {\n  // Which one.\n  string id = 1;\n}\n"
        "message Response { oneof event {\n  // It ticked.\n  Tick tick = 1;\n} }\n// One beat.\nmessage Tick {}\n"
    )
    made = document(descriptor_set(source))
    assert made["tags"] == [{"name": "WatchService", "description": "Watches things."}]
    assert operation(made)["summary"] == "Watches a thing"
    assert operation(made)["description"] == "Watches a thing. All of it."
    assert operation(made)["parameters"][0]["description"] == "Which one."
    assert made["components"]["schemas"]["WatchTickEvent"]["description"] == "It ticked. One beat."


def test_a_contract_without_comments_still_says_what_there_is() -> None:
    """Validators and readers want a summary."""
    made = document(descriptor_set(service_proto(), source_info=False))
    assert operation(made)["summary"] == "Watch"
    assert operation(made)["description"] == "Streams the events of test.WatchService.Watch."


def test_an_example_is_a_real_event_as_it_is_sent(v31: Any, v32: Any) -> None:
    """The payload is encoded by what encodes events, and framed by what frames them."""
    example = content(v32, PROGRESS)["examples"]["completed"]
    event_id, event, data, *rest = example["serializedValue"].split("\n")
    assert (event_id[:4], event, rest) == ("id: ", "event: completed", ["", ""])
    assert example["dataValue"] == [{"id": event_id[4:], "event": "completed", "data": data.removeprefix("data: ")}]
    (parsed,) = content(v31, PROGRESS)["examples"]["completed"]["value"]
    assert parsed == {"id": event_id[4:], "event": "completed", "data": json.loads(data.removeprefix("data: "))}
    assert (parsed["data"]["state"], parsed["data"]["overall_percentage"]) == ("completed", 100)
    assert list(content(v31, LOGS)["examples"]) == ["log", *OWN_EVENTS]


def test_keys_of_one_oneof_exclude_each_other() -> None:
    """A oneof inside a payload: none of its keys or one."""
    oneofs = "oneof choice { string a = 1; string b = 2; } oneof other { int32 c = 3; }"
    more = f"message Tick {{ {oneofs} optional int32 d = 4; }}"
    (schema,) = components(descriptor_set(service_proto(more=more))).values()
    assert "required" not in schema
    (rule,) = schema["allOf"]
    assert rule == {
        "oneOf": [
            {"required": ["a"]},
            {"required": ["b"]},
            {"properties": {"a": False, "b": False}},
        ]
    }


def test_a_payload_that_is_a_well_known_type_has_a_component_too() -> None:
    """`google.protobuf.Timestamp` as an event is a JSON string."""
    source = service_proto(response="oneof event { google.protobuf.Timestamp at = 1; }")
    assert components(descriptor_set(source)) == {"WatchAtEvent": {"type": "string", "format": "date-time"}}


def test_a_field_that_is_finite_is_a_number_and_nothing_else() -> None:
    """The contract promises it; NaN and the infinities would be strings (ProtoJSON)."""
    more = "message Tick { double a = 1 [(gateway.sse.v1.finite) = true]; float b = 2; }"
    (schema,) = components(descriptor_set(service_proto(more=more))).values()
    assert schema["properties"]["a"] == {"type": "number"}
    assert schema["properties"]["b"]["anyOf"][0] == {"type": "number"}


@pytest.mark.parametrize(
    ("comment", "description", "examples"),
    [
        pytest.param("A size.\n  // Example: 3", "A size.", [3], id="a value"),
        pytest.param("A size.\n  // Example: many", "A size. Example: many", None, id="prose stays prose"),
        pytest.param("A size.", "A size.", None, id="none"),
        pytest.param("Example: 3", None, [3], id="an example and nothing else"),
    ],
)
def test_an_example_is_the_last_line_of_a_comment(
    comment: str, description: str | None, examples: list[Any] | None
) -> None:
    """What cannot be read as a value of the field stays in the description."""
    more = f"message Tick {{\n  // {comment}\n  int32 size = 1;\n}}"
    (schema,) = components(descriptor_set(service_proto(more=more))).values()
    assert (schema["properties"]["size"].get("description"), schema["properties"]["size"].get("examples")) == (
        description,
        examples,
    )


@pytest.mark.parametrize(
    ("field", "text", "example"),
    [
        pytest.param("string x = 1", "op-7", "op-7", id="text without quotes"),
        pytest.param("string x = 1", '"op 7"', "op 7", id="text with quotes"),
        pytest.param("string x = 1", "7", "7", id="digits in a text field are text"),
        pytest.param("int64 x = 1", "7", "7", id="64 bits are text in JSON"),
        pytest.param("repeated int32 x = 1", "[1, 2]", [1, 2], id="a list"),
        pytest.param("repeated int32 x = 1", "1", [1], id="one of a list"),
        pytest.param("Color x = 1", "COLOR_RED", "red", id="an enum's value is spelled as it is sent"),
        pytest.param("google.protobuf.Duration x = 1", '"1.500s"', "1.500s", id="a duration"),
        pytest.param("google.protobuf.Struct x = 1", '{"n": 1}', {"n": 1}, id="whole numbers stay whole"),
        pytest.param("google.protobuf.Int64Value x = 1", "7", "7", id="a wrapper is its value"),
        pytest.param("map<string, int32> x = 1", '{"a": 1}', {"a": 1}, id="a map"),
        pytest.param("bool x = 1", "false", False, id="a value that is the default"),
    ],
)
def test_an_example_is_shown_as_the_json_that_is_sent(field: str, text: str, example: Any) -> None:
    """Examples are written as ProtoJSON and shown as the gateway writes the field."""
    color = "enum Color { option (gateway.sse.v1.spelling) = SPELLING_LOWER; COLOR_NONE = 0; COLOR_RED = 1; }"
    more = f"message Tick {{\n  // Example: {text}\n  {field};\n}}\n{color}"
    (schema,) = components(descriptor_set(service_proto(more=more))).values()
    assert schema["properties"]["x"]["examples"] == [example]


def test_the_order_of_files_changes_nothing() -> None:
    """Documents are compared as text: they may depend on the contract only."""
    other = (
        'syntax = "proto3"; package other; import "google/api/annotations.proto";'
        'service OtherService { rpc Watch(R) returns (stream R) { option (google.api.http) = {get: "/a"}; } }'
        "message R { string id = 1; }"
    )
    source = service_proto(method=GET + SHARED).replace(HEAD, f'{HEAD}import "other.proto";\n')
    files = FileDescriptorSet.FromString(descriptor_set(source, ("other.proto", other)))
    backwards = FileDescriptorSet(file=reversed(files.file)).SerializeToString()
    assert json.dumps(document(backwards)) == json.dumps(document(files.SerializeToString()))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Watches a thing. All of it.", "Watches a thing"),
        ("Streams log entries: first the newest.", "Streams log entries"),
        ("See e.g. this one", "See e.g. this one"),
        ("One line\nover two. Next.", "One line over two"),
        ("", ""),
    ],
)
def test_a_summary_is_the_first_sentence(text: str, sentence: str) -> None:
    """Short enough for a list."""
    assert first_sentence(text) == sentence


@pytest.mark.parametrize(
    ("name", "shown"),
    [("WatchProgress", "Watch progress"), ("Watch", "Watch"), ("GetHTTPStatus", "Get http status")],
)
def test_a_method_without_a_comment_is_called_by_its_words(name: str, shown: str) -> None:
    """`WatchProgress` is `Watch progress`."""
    assert words(name) == shown


@pytest.mark.parametrize(
    ("enum", "schema"),
    [
        pytest.param(
            "enum Color { option (gateway.sse.v1.spelling) = SPELLING_LOWER; COLOR_NONE = 0; COLOR_RED = 1; }",
            {"type": "string", "enum": ["none", "red"]},
            id="a spelled enum is one of its spellings",
        ),
        pytest.param(
            "enum Color { COLOR_NONE = 0; COLOR_RED = 1; }",
            {
                "anyOf": [
                    {"type": "string", "enum": ["COLOR_NONE", "COLOR_RED"]},
                    {"type": "integer", "description": "A value that is newer than this contract."},
                ]
            },
            id="without a spelling it is ProtoJSON, where an unknown value is a number",
        ),
    ],
)
def test_an_enum_lists_everything_that_is_sent(enum: str, schema: dict[str, Any]) -> None:
    """Enums of proto3 are open: a newer backend may send a value that this contract has no name for."""
    (tick,) = components(descriptor_set(service_proto(more=f"message Tick {{ Color color = 1; }}\n{enum}"))).values()
    assert tick["properties"]["color"] == schema
