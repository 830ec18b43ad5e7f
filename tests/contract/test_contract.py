"""The shipped contract as its users see it, and how a descriptor set is opened."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.contract.contract import Contract, compile_contract, shipped_descriptor_set
from gateway.contract.filters import Match
from gateway.contract.http.paths import parse_template
from gateway.contract.requests.parameters import FilterOn, Parameter
from gateway.contract.routes import History, Route
from gateway.errors import ContractError, Problem
from tests.support.documents import components
from tests.support.protos import (
    FILE,
    GET,
    HEAD,
    METHOD,
    TICK,
    Served,
    descriptor_set,
    repository_descriptor_set,
    service_proto,
)

PROGRESS, LOGS = "/api/v1/progress/events", "/api/v1/logs/stream"


@pytest.fixture(scope="module")
def shipped() -> Contract:
    """The contract that the package carries."""
    return compile_contract(shipped_descriptor_set())


@pytest.fixture(scope="module")
def routes(shipped: Contract) -> dict[str, Route]:
    """Its routes by path."""
    return {route.path.text: route for route in shipped.streams}


@pytest.fixture(scope="module")
def schemas(shipped: Contract) -> dict[str, Any]:
    """The schemas of all its events."""
    return components(shipped)


def parameters(route: Route) -> dict[str, Parameter]:
    """A route's parameters by name."""
    return {parameter.name: parameter for parameter in route.parameters}


def test_the_shipped_contract_serves_progress_and_logs_where_the_specification_says(shipped: Contract) -> None:
    """Existing frontends know these two paths."""
    assert {route.method: route.path.text for route in shipped.streams} == {
        "gateway.progress.v1.ProgressService.WatchProgress": PROGRESS,
        "gateway.logs.v1.LogService.StreamLogs": LOGS,
    }


@pytest.mark.parametrize(
    ("path", "grpc_path", "history"),
    [
        (PROGRESS, "/gateway.progress.v1.ProgressService/WatchProgress", History(5000, None, None)),
        (LOGS, "/gateway.logs.v1.LogService/StreamLogs", History(10_000, None, None)),
    ],
)
def test_the_shipped_routes_are_shared_streams_with_bookmarks_and_resume(
    routes: dict[str, Route], path: str, grpc_path: str, history: History
) -> None:
    """Live state: one upstream call for all, resumed after a token."""
    route = routes[path]
    assert (route.grpc_path, route.shared, route.bookmarks, route.history) == (grpc_path, True, True, history)
    assert route.resume_request is not None


def test_progress_has_four_events_keyed_by_operation_of_which_three_are_final(routes: dict[str, Route]) -> None:
    """Names, keys and ends of the progress stream."""
    assert [(event.name, event.keyed, event.terminal) for event in routes[PROGRESS].events] == [
        ("progress", True, False),
        ("completed", True, True),
        ("error", True, True),
        ("cancelled", True, True),
    ]


def test_logs_have_one_event_without_a_key(routes: dict[str, Route]) -> None:
    """A log entry is about nothing but itself: there is no snapshot of it."""
    assert [(event.name, event.keyed, event.terminal) for event in routes[LOGS].events] == [("log", False, False)]


def test_the_schemas_are_named_as_the_specification_names_them(schemas: dict[str, Any]) -> None:
    """Clients are generated from these names."""
    assert set(schemas) == {
        "ProgressProgressEvent",
        "ProgressCompletedEvent",
        "ProgressErrorEvent",
        "ProgressCancelledEvent",
        "StageResponse",
        "LogLogEvent",
        # Not in the specification: what the unary methods take and answer.
        "CancelOperationRequestBody",
        "CancelOperationResponse",
        "GetOperationResponse",
        "ListOperationsResponse",
        "ProgressResponse",
        "GetLogStatsResponse",
        "LogStats",
        "LogLevelCount",
        "ListRecentLogsResponse",
        "LogEntryResponse",
    }


_PROGRESS_KEYS = [
    *("id", "operation_name", "operation_type", "owner_id", "owner_type", "state", "overall_percentage"),
    *("current_stage", "started_at", "last_update"),
]
REQUIRED = {
    "ProgressProgressEvent": _PROGRESS_KEYS,
    "ProgressCompletedEvent": _PROGRESS_KEYS,
    "ProgressErrorEvent": _PROGRESS_KEYS,
    "ProgressCancelledEvent": _PROGRESS_KEYS,
    "StageResponse": ["id", "name", "state", "percentage"],
    "LogLogEvent": ["id", "timestamp", "level", "message"],
}
OPTIONAL = {
    "ProgressProgressEvent": {"owner_name", "resource_id", "error", "stages", "completed_at", "metadata"},
    "StageResponse": {"stage_step"},
    "LogLogEvent": {"module", "target", "file", "line", "fields", "context"},
}


@pytest.mark.parametrize(("component", "required"), REQUIRED.items())
def test_a_schema_requires_what_the_specification_requires(
    schemas: dict[str, Any], component: str, required: list[str]
) -> None:
    """The `required` lists of the specification, in its order."""
    assert schemas[component]["required"] == required


@pytest.mark.parametrize(("component", "optional"), OPTIONAL.items())
def test_a_schema_has_the_optional_keys_and_no_others(
    schemas: dict[str, Any], component: str, optional: set[str]
) -> None:
    """All other keys: the specification's, and the two that filters and people need (resource_id, owner_name)."""
    assert set(schemas[component]["properties"]) - set(REQUIRED[component]) == optional


@pytest.mark.parametrize(
    ("component", "key", "schema"),
    [
        ("ProgressProgressEvent", "id", {"type": "string"}),
        ("ProgressProgressEvent", "started_at", {"type": "string", "format": "date-time"}),
        ("ProgressProgressEvent", "last_update", {"type": "string", "format": "date-time"}),
        ("ProgressProgressEvent", "completed_at", {"type": "string", "format": "date-time"}),
        ("ProgressProgressEvent", "metadata", {"type": "object", "additionalProperties": True}),
        ("ProgressProgressEvent", "overall_percentage", {"type": "number"}),
        (
            "ProgressProgressEvent",
            "stages",
            {"type": "array", "items": {"$ref": "#/components/schemas/StageResponse"}},
        ),
        ("LogLogEvent", "timestamp", {"type": "string", "format": "date-time"}),
        ("LogLogEvent", "line", {"type": "integer"}),
        ("LogLogEvent", "fields", {"type": "object", "additionalProperties": True}),
        ("LogLogEvent", "context", {"type": "object", "additionalProperties": True}),
        ("StageResponse", "stage_step", {"type": "string"}),
    ],
)
def test_a_key_has_the_type_that_the_specification_says(
    schemas: dict[str, Any], component: str, key: str, schema: dict[str, Any]
) -> None:
    """Types and formats of the specification's OpenAPI output."""
    documented = dict(schemas[component]["properties"][key])
    assert documented.pop("description")
    documented.pop("examples", None)
    assert documented == schema


@pytest.mark.parametrize(
    ("component", "key", "choices"),
    [
        ("ProgressProgressEvent", "state", ["starting", "running", "completed", "error", "cancelled"]),
        ("StageResponse", "state", ["pending", "in_progress", "completed", "skipped", "error"]),
        ("LogLogEvent", "level", ["trace", "debug", "info", "warn", "error"]),
    ],
)
def test_a_state_has_the_choices_that_the_specification_says(
    schemas: dict[str, Any], component: str, key: str, choices: list[str]
) -> None:
    """The constants of the specification's "State Enumeration"; UNSPECIFIED adds none of its own."""
    schema = schemas[component]["properties"][key]
    assert schema["type"] == "string"
    assert schema["enum"] == choices


def test_progress_takes_the_filters_of_the_specification_and_the_gateways_own(routes: dict[str, Route]) -> None:
    """Three filters matched in the gateway, a cursor, and whether to send a snapshot; the resume token is hidden."""
    given = parameters(routes[PROGRESS])
    assert list(given) == ["operation_type", "owner_id", "resource_id", "last_event_id", "snapshot"]
    assert {name: each.filter for name, each in given.items() if not each.own} == {
        name: FilterOn(name, Match.EQUAL) for name in ("operation_type", "owner_id", "resource_id")
    }
    assert (given["snapshot"].default, given["snapshot"].type.choices) == ("true", ("true", "false"))


def test_logs_take_the_parameters_of_the_specification_and_the_gateways_own(routes: dict[str, Route]) -> None:
    """Levels any of which match, a lowest level, a module, how many first, and a cursor; nothing to snapshot."""
    given = parameters(routes[LOGS])
    assert list(given) == ["level", "min_level", "module", "initial", "last_event_id"]
    assert {name: each.filter for name, each in given.items()} == {
        "level": FilterOn("level", Match.ANY_OF),
        "min_level": FilterOn("level", Match.AT_LEAST),
        "module": FilterOn("module", Match.EQUAL),
        "initial": None,
        "last_event_id": None,
    }
    assert [name for name, each in given.items() if each.repeated] == ["level"]


def test_levels_are_offered_least_severe_first(routes: dict[str, Route]) -> None:
    """The order in which people read them, and an error message lists them."""
    given = parameters(routes[LOGS])
    levels = ("trace", "debug", "info", "warn", "error")
    assert given["level"].type.choices == given["min_level"].type.choices == levels
    assert given["level"].type.expected == "one of trace, debug, info, warn, error"


def test_initial_asks_for_the_newest_fifty_of_at_most_five_hundred(routes: dict[str, Route]) -> None:
    """`default:"50" minimum:"0" maximum:"500"`."""
    initial = parameters(routes[LOGS])["initial"]
    assert (initial.last, initial.default, initial.type.expected) == (True, "50", "an integer from 0 to 500")


def test_no_shipped_parameter_goes_upstream_so_that_all_clients_share_one_call(routes: dict[str, Route]) -> None:
    """Whatever clients ask for, the upstream request is the same empty one."""
    assert [each.name for route in routes.values() for each in route.parameters if each.upstream] == []
    query = [("level", "warn"), ("module", "x"), ("initial", "3"), ("last_event_id", "a-1")]
    assert routes[LOGS].bind({}, query).request == b""


def test_parameters_and_routes_are_described_by_the_comments(routes: dict[str, Route]) -> None:
    """A proto comment is the documentation, on one line."""
    assert parameters(routes[PROGRESS])["owner_id"].description == "Filter events by owner ID."
    assert parameters(routes[LOGS])["initial"].description == "Number of recent logs to send on connect."
    assert routes[PROGRESS].description == (
        "Streams the progress of operations: first the newest state of each one that is still running, "
        "then every change as it happens."
    )


@pytest.mark.parametrize("path", [PROGRESS, LOGS])
def test_the_resume_request_asks_to_go_on_after_a_token(routes: dict[str, Route], path: str) -> None:
    """The bytes hold nothing but the token: put behind any request, they only set it."""
    resume = routes[path].resume_request
    assert resume is not None
    token_field = {PROGRESS: b"\x22", LOGS: b"\x2a"}[path]
    assert resume("t-1") == token_field + b"\x03t-1"


def test_what_the_package_carries_is_what_its_protos_say(shipped: Contract) -> None:
    """The set that was built by buf has the routes that protoc makes of `proto/` now."""
    names = ("gateway/logs/v1/logs.proto", "gateway/progress/v1/progress.proto")
    compiled = compile_contract(repository_descriptor_set(*names))
    facts = [
        [
            (route.method, route.verb, route.path.text, route.description, list(parameters(route)))
            for route in each.routes
        ]
        for each in (compiled, shipped)
    ]
    assert sorted(facts[0]) == sorted(facts[1])


def problem_of(data: bytes) -> Problem:
    """The one problem of a descriptor set."""
    with pytest.raises(ContractError) as caught:
        compile_contract(data)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xff\xff\xff", id="no protobuf at all"),
        pytest.param(b'syntax = "proto3";', id="the source instead of the descriptor set"),
        pytest.param(b'{"file": []}', id="JSON, which buf writes too"),
        pytest.param(descriptor_set(service_proto())[:-1], id="cut off"),
    ],
)
def test_bytes_that_are_no_descriptor_set_are_a_contract_error(data: bytes) -> None:
    """A wrong file is told as such, by name of what was expected."""
    problem = problem_of(data)
    assert (problem.file, problem.line, problem.element) == ("(descriptor set)", 0, "descriptor set")
    assert problem.reason.startswith("not a FileDescriptorSet")


def test_an_empty_file_is_a_contract_error() -> None:
    """No bytes are a valid descriptor set without files; serving nothing is not what was asked for."""
    assert problem_of(b"").reason == "empty: expected the output of `buf build` or `protoc --include_imports`"


def test_a_set_without_its_imports_is_a_contract_error_that_names_the_import() -> None:
    """By itself protoc leaves imports out unless it is told; the message says what to do."""
    problem = problem_of(descriptor_set(service_proto(), imports=False))
    assert problem.file == FILE
    assert problem.reason == "import 'gateway/sse/v1/options.proto' is missing; build the set with its imports"


def test_a_set_whose_files_do_not_fit_together_is_a_contract_error() -> None:
    """Two files that define one message cannot both be right; the second one is named."""
    files = FileDescriptorSet.FromString(descriptor_set(service_proto()))
    again = FileDescriptorSet.FromString(descriptor_set(f"{HEAD}{TICK}", named="again.proto"))
    files.file.append(next(file for file in again.file if file.name == "again.proto"))
    problem = problem_of(files.SerializeToString())
    assert problem.file == "again.proto"
    assert problem.reason.startswith("not a valid proto file")


def test_the_order_of_files_in_a_set_does_not_matter() -> None:
    """A set made by other tools may hold a file before what it imports."""
    files = FileDescriptorSet.FromString(descriptor_set(service_proto()))
    backwards = FileDescriptorSet(file=reversed(files.file))
    assert [route.method for route in compile_contract(backwards.SerializeToString()).routes] == [METHOD]


def test_a_set_without_source_info_is_served_without_descriptions() -> None:
    """Comments are for people: a contract built without them works."""
    (route,) = compile_contract(descriptor_set(service_proto(request="string id = 1;"), source_info=False)).routes
    assert (route.method, route.description, route.parameters[0].description) == (METHOD, "", "")


PLAIN = """syntax = "proto3";
package test;
import "google/api/annotations.proto";
service Plain {
  rpc Watch(Request) returns (stream Response) { option (google.api.http) = {get: "/v1/{id}"}; }
}
message Request { string id = 1; repeated int32 sizes = 2; }
message Response { int32 size = 1; optional string name = 2; }
"""


def test_a_method_without_any_option_of_ours_is_served_per_client() -> None:
    """Our options need not even be imported."""
    (route,) = compile_contract(descriptor_set(PLAIN)).routes
    assert (route.shared, route.bookmarks, route.resume_request) == (False, False, None)
    assert route.history == History(None, None, None)
    assert route.path == parse_template("/v1/{id}")
    assert [each.name for each in route.parameters] == ["id", "sizes", "last_event_id"]
    assert [event.name for event in route.events] == [None]


def test_a_stream_without_a_path_is_served_under_its_own_name() -> None:
    """By GET with a query, for EventSource, and by POST with a body, for what no query can carry."""
    source = (
        'syntax = "proto3"; package p.v1; service Bare { rpc Watch(A) returns (stream A); } '
        "message A { string id = 1; map<string, A> more = 2; }"
    )
    get, post = compile_contract(descriptor_set(source)).streams
    assert (get.verb, get.path.text, get.body) == ("GET", "/p.v1.Bare/Watch", None)
    assert [each.name for each in get.parameters] == ["id", "last_event_id"]
    assert (post.verb, post.path.text, post.body and post.body.field) == ("POST", "/p.v1.Bare/Watch", "*")


def test_each_binding_of_a_method_is_a_route() -> None:
    """With its own path, parameters and body; they share one stream where their requests are equal."""
    rule = 'get: "/v1/{id}" additional_bindings {post: "/v1/{id}:watch" body: "*"} additional_bindings {get: "/v1"}'
    routes = compile_contract(descriptor_set(PLAIN.replace('get: "/v1/{id}"', rule))).routes
    assert [(each.verb, each.path.text, [one.name for one in each.parameters]) for each in routes] == [
        ("GET", "/v1/{id}", ["id", "sizes", "last_event_id"]),
        ("POST", "/v1/{id}:watch", ["id", "last_event_id"]),
        ("GET", "/v1", ["id", "sizes", "last_event_id"]),
    ]
    by_query = routes[2].bind({}, [("id", "a"), ("sizes", "1")]).request
    assert routes[1].bind({"id": "a"}, [], body=("application/json", b'{"sizes": [1]}')).request == by_query


def test_a_unary_method_with_a_rule_is_a_route() -> None:
    """Its answer is JSON; one without a rule is not opened to the world."""
    source = PLAIN.replace("returns (stream Response)", "returns (Response)")
    (route,) = compile_contract(descriptor_set(source)).unary
    assert route.reply(b"\x08\x02") == ("application/json", b'{"size":2}')
    assert not compile_contract(
        descriptor_set(source.replace('option (google.api.http) = {get: "/v1/{id}"};', ""))
    ).routes


def test_a_method_that_takes_a_stream_is_served_only_with_a_rule_and_only_where_it_streams_back() -> None:
    """It is then given one message; one response to a stream of them is no use without the stream."""
    both = PLAIN.replace("rpc Watch(Request)", "rpc Watch(stream Request)")
    (route,) = compile_contract(descriptor_set(both)).streams
    assert route.client_streaming
    assert not compile_contract(descriptor_set(both.replace("(stream Response)", "(Response)"))).routes


def test_a_response_with_oneofs_that_are_no_events_can_be_sent_whole() -> None:
    """As one unnamed event; scalars in them do no harm."""
    option = "option (gateway.sse.v1.stream).whole_responses = true;"
    source = (
        f"{HEAD}service S {{ rpc Watch(Tick) returns (stream R) {{ {option} }} }}\n"
        "message R { string id = 1; oneof a { string missing = 2; Tick tick = 3; } oneof b { bool done = 4; } }\n"
        f"{TICK}"
    )
    route, _ = compile_contract(descriptor_set(source)).streams
    assert [event.name for event in route.events] == [None]
    translated = route.translate(b"\x0a\x01x\x12\x01y\x20\x01")
    assert translated.data == b'{"id":"x","missing":"y","done":true}'


def test_a_contract_that_may_lose_methods_serves_the_others() -> None:
    """Whoever reads it by reflection does not own it; what is left out is told."""
    source = PLAIN.replace(
        "service Plain {",
        'service Plain { rpc Bad(Request) returns (stream Response) { option (google.api.http) = {get: "x"}; }',
    )
    contract = compile_contract(descriptor_set(source), keep_going=True)
    assert [route.method for route in contract.routes] == ["test.Plain.Watch"]
    assert [problem.element for problem in contract.problems] == ["test.Plain.Bad"]


def test_methods_without_a_rule_are_served_where_only_the_backend_streams() -> None:
    """Unary, client-streaming and bidirectional methods without one are not opened to the world."""
    source = (
        f"{HEAD}service Mixed {{\n  rpc Unary(Tick) returns (Tick);\n  rpc Up(stream Tick) returns (Tick);\n"
        f"  rpc Both(stream Tick) returns (stream Tick);\n  rpc Down(Empty) returns (stream Tick) {{ {GET} }}\n}}\n"
        f"message Empty {{}}\n{TICK}\n"
    )
    assert [route.method for route in compile_contract(descriptor_set(source)).routes] == ["test.Mixed.Down"]


def test_routes_are_in_the_order_of_the_source() -> None:
    """Services and methods as written, not by name."""
    methods = [(service, method) for service in ("Zebra", "Ant") for method in ("Second", "First")]
    blocks = [
        f'rpc {method}(Tick) returns (stream Tick) {{ option (google.api.http) = {{get: "/{service}/{method}"}}; }}'
        for service, method in methods
    ]
    source = f"{HEAD}service Zebra {{ {blocks[0]} {blocks[1]} }}\nservice Ant {{ {blocks[2]} {blocks[3]} }}\n{TICK}\n"
    routes = compile_contract(descriptor_set(source)).routes
    assert [route.method for route in routes] == [f"test.{service}.{method}" for service, method in methods]


@pytest.mark.parametrize(
    ("options", "history"),
    [
        pytest.param("", History(None, None, None), id="nothing said: the configuration decides"),
        pytest.param("history: {max_events: 7}", History(7, None, None), id="a number of events"),
        pytest.param("history: {max_bytes: 5000000000}", History(None, 5_000_000_000, None), id="bytes beyond 32 bits"),
        pytest.param(
            "history: {max_age: {seconds: 1 nanos: 500000000}}", History(None, None, 1.5), id="a part of a second"
        ),
        pytest.param("history: {max_events: 0}", History(None, None, None), id="zero is not a limit"),
    ],
)
def test_a_history_is_as_long_as_the_contract_says(options: str, history: History) -> None:
    """A limit that is not set is None."""
    method = f"{GET} option (gateway.sse.v1.stream) = {{delivery: DELIVERY_SHARED {options}}};"
    assert Served(method=method).route.history == history


@pytest.mark.parametrize(
    ("delivery", "shared"),
    [("DELIVERY_UNSPECIFIED", False), ("DELIVERY_PER_CLIENT", False), ("DELIVERY_SHARED", True)],
)
def test_a_stream_is_shared_only_where_the_contract_says_so(delivery: str, shared: bool) -> None:
    """Sharing shows one client's stream to others: never by default."""
    method = f"{GET} option (gateway.sse.v1.stream).delivery = {delivery};"
    assert Served(method=method).route.shared is shared


@pytest.mark.parametrize(
    ("delivery", "key", "offered"),
    [
        pytest.param("DELIVERY_SHARED", 'key_field: "id"', True, id="a shared stream with a key has a snapshot"),
        pytest.param("DELIVERY_SHARED", "terminal: true", False, id="without a key there is nothing to snapshot"),
        pytest.param("DELIVERY_PER_CLIENT", 'key_field: "id"', False, id="nor where nothing is kept"),
    ],
)
def test_a_snapshot_is_offered_where_there_can_be_one(delivery: str, key: str, offered: bool) -> None:
    """The parameter `snapshot` belongs to shared streams with keys."""
    served = Served(
        method=f"{GET} option (gateway.sse.v1.stream).delivery = {delivery};",
        response=f"oneof event {{ Tick tick = 1 [(gateway.sse.v1.event) = {{{key}}}]; }}",
    )
    assert ("snapshot" in parameters(served.route)) is offered


def test_the_marked_one_of_two_oneofs_is_the_event() -> None:
    """An option on one member chooses its oneof; the other one stays outside the event."""
    served = Served(
        response="oneof other { Tick x = 1; } oneof event { Tick tick = 2 [(gateway.sse.v1.event).terminal = true]; }"
    )
    assert [event.name for event in served.route.events] == ["tick"]


def test_an_optional_field_of_a_response_is_no_oneof() -> None:
    """proto3 writes `optional` as a oneof of one; nobody meant an event by it."""
    served = Served(response="optional string name = 1; optional Tick tick = 2;")
    assert [event.name for event in served.route.events] == [None]


@pytest.mark.parametrize(
    "name",
    [
        "error",
        "Opened",
        "messages",
        "stream",
        pytest.param("stream_x", id="an underscore is not the gateway's prefix"),
    ],
)
def test_an_event_name_that_only_looks_taken_is_served(name: str) -> None:
    """`error` is the specification's own; only exact names and the prefix `stream-` are refused."""
    served = Served(response=f'oneof event {{ Tick tick = 1 [(gateway.sse.v1.event).name = "{name}"]; }}')
    assert [event.name for event in served.route.events] == [name]


def test_two_contracts_do_not_know_of_each_other() -> None:
    """Each has a pool of its own, so that one name may mean two things."""
    first = Served(more="message Tick { string id = 1; }")
    second = Served(more="message Tick { int32 id = 1; }")
    assert first.translate(tick={"id": "x"}).data == b'{"id":"x"}'
    assert second.translate(tick={"id": 5}).data == b'{"id":5}'


def test_a_oneof_that_is_named_like_a_synthetic_one_is_a_oneof() -> None:
    """`oneof _tick { Tick tick = 1; }` was written by somebody."""
    served = Served(response="oneof _tick { Tick tick = 1; }")
    assert [event.name for event in served.route.events] == ["tick"]
