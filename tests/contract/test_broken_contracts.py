"""Everything that is wrong with a contract is found at start-up, with its place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contract.contract import compile_contract
from gateway.errors import ContractError, Problem
from tests.support.protos import FILE, GET, HEAD, HERE, METHOD, SHARED, TICK, descriptor_set, here, marked_places
from tests.support.protos import service_proto as proto

GET_SHARED = f"{GET} {SHARED}"
PARAMETER, EVENT, STREAM = (f"(gateway.sse.v1.{name})" for name in ("parameter", "event", "stream"))
REQUIRED = "[(google.api.field_behavior) = REQUIRED]"


def get(path: str) -> str:
    """The option that gives a method a path, marked."""
    return here(f'option (google.api.http) = {{get: "{path}"}};')


def optioned(declaration: str, *options: str) -> str:
    """A field with one option to a line, the first one marked."""
    first, *others = options
    return f"{declaration} [{here(first + (',' if others else ''))}{', '.join(others)}];"


BAD_BYTES = optioned("bytes a = 1", f"{PARAMETER}.minimum = 1")
"""A request field that is always a problem."""


def problems_of(source: str) -> tuple[Problem, ...]:
    """What start-up says of a source."""
    with pytest.raises(ContractError) as caught:
        compile_contract(descriptor_set(source))
    return caught.value.problems


def broken(reason: str, *, element: str, says: str, marks: Any = (), **parts: str) -> Any:
    """A row: why the contract cannot be served, the element it is told of, what is said, what is wrong."""
    return pytest.param(parts, element, says, id=reason, marks=marks)


def wrong_path(path: str, character: int, says: str, *, marks: Any = ()) -> Any:
    """A row whose path breaks the grammar of templates at a character."""
    return broken(
        f"path {path!r}",
        element=METHOD,
        says=f"path {path!r}, character {character}: {says}",
        marks=marks,
        method=get(path),
    )


def event(option: str, text: str, declaration: str = "Tick tick = 1", before: str = "") -> str:
    """A oneof with a member that has an event option, marked."""
    field = optioned(declaration, f'{EVENT}.{option} = "{text}"')
    return f"oneof event {{ {before} {field} }}"


PATHS = [
    broken(
        "an http option without a pattern",
        method=here('option (google.api.http) = {selector: "x"};'),
        element=METHOD,
        says="no path; expected get, put, post, delete, patch or custom",
    ),
    broken(
        "a custom HTTP method that is no token",
        method=here('option (google.api.http) = {custom: {kind: "get it" path: "/v1/watch"}};'),
        element=METHOD,
        says="custom kind 'get it': expected an HTTP method in capitals, or '*' for any",
    ),
    broken(
        "a GET with a body",
        method=here('option (google.api.http) = {get: "/v1/watch" body: "*"};'),
        element=METHOD,
        says="a GET has no body",
    ),
    broken(
        "a body that is no field of the request",
        method=here('option (google.api.http) = {post: "/v1/watch" body: "nope"};'),
        element=METHOD,
        says="test.WatchRequest has no field 'nope'",
    ),
    broken(
        "an additional binding with a path that follows no grammar",
        method=here('option (google.api.http) = {get: "/v1/a" additional_bindings: {get: "/v1/b{"}};'),
        element=METHOD,
        says="path '/v1/b{', character 6",
    ),
    broken(
        "additional bindings of additional bindings",
        method=here(
            'option (google.api.http) = {get: "/v1/a" additional_bindings: '
            '{get: "/v1/b" additional_bindings: {get: "/v1/c"}}};'
        ),
        element=METHOD,
        says="an additional binding cannot have additional_bindings of its own",
    ),
    broken(
        "one path twice in one method",
        method=here('option (google.api.http) = {get: "/v1/a" additional_bindings: {get: "/v1/a"}};'),
        element=METHOD,
        says="GET /v1/a stands twice",
    ),
    broken(
        "a path field that the request does not have",
        method=get("/v1/{build}"),
        request="string bild = 1; int32 other = 2;",
        element=METHOD,
        says="test.WatchRequest has no field 'build'; it has: bild, other",
    ),
    broken(
        "a path field where the request has no field at all",
        method=get("/v1/{build}"),
        element=METHOD,
        says="test.WatchRequest has no field 'build'; it has: none",
    ),
    broken(
        "a repeated path field",
        method=get("/v1/{build}"),
        request="repeated string build = 1;",
        element=METHOD,
        says="field 'build' must be a single scalar",
    ),
    *(
        broken(
            f"a path field that is {why}",
            method=get("/v1/{build}"),
            request=f"{declaration} build = 1;",
            element=METHOD,
            says="field 'build' must be a single scalar",
        )
        for why, declaration in (
            ("a message", "Tick"),
            ("a map", "map<string, string>"),
            ("an Any", "google.protobuf.Any"),
            ("a repeated time", "repeated google.protobuf.Timestamp"),
        )
    ),
    broken(
        "a path field that is the resume field, which no client can give",
        method=f'{get("/v1/{token}")} option {STREAM}.resume_request_field = "token";',
        request="string token = 1;",
        element=METHOD,
        says="'token'",
    ),
    wrong_path("", 1, "expected '/'"),
    wrong_path("/", 2, "expected a literal, '{field}', '*' or '**'"),
    wrong_path("v1", 1, "expected '/'"),
    wrong_path("/v1/", 5, "expected a literal, '{field}', '*' or '**'"),
    wrong_path("/v1/**/a", 7, "expected ':' or the end"),
]

PARAMETERS = [
    broken(
        "a filter on a per-client method",
        request=optioned("string id = 1", f'{PARAMETER}.filter = {{field: "id"}}'),
        element="test.WatchRequest.id",
        says="filter and last need a shared stream: option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED",
    ),
    broken(
        "last on a per-client method",
        request=optioned("int32 n = 1", f"{PARAMETER}.last = true"),
        element="test.WatchRequest.n",
        says="filter and last need a shared stream",
    ),
    broken(
        "a filter on a field that no event has",
        method=GET_SHARED,
        request=optioned("string owner = 1", f'{PARAMETER}.filter = {{field: "owner"}}'),
        element="test.WatchRequest.owner",
        says="filter: no event has a field 'owner'",
    ),
    broken(
        "a filter on no field",
        method=GET_SHARED,
        request=optioned("string owner = 1", f"{PARAMETER}.filter = {{}}"),
        element="test.WatchRequest.owner",
        says="filter: no event has a field ''",
    ),
    broken(
        "a filter on a field of another type",
        method=GET_SHARED,
        request=optioned("int64 count = 1", f'{PARAMETER}.filter = {{field: "count"}}'),
        element="test.WatchRequest.count",
        says="filter: test.Tick.count is of another type",
    ),
    broken(
        "a filter on a field of another enum",
        method=GET_SHARED,
        request=optioned("A kind = 1", f'{PARAMETER}.filter = {{field: "kind"}}'),
        more="enum A { A_0 = 0; } enum B { B_0 = 0; } message Tick { B kind = 1; }",
        element="test.WatchRequest.kind",
        says="filter: test.Tick.kind is of another type",
    ),
    broken(
        "a filter on a field that only one of two events has in another type",
        method=GET_SHARED,
        request=optioned("string id = 1", f'{PARAMETER}.filter = {{field: "id"}}'),
        response="oneof event { Tick tick = 1; Tock tock = 2; }",
        more=f"{TICK} message Tock {{ int32 id = 1; }}",
        element="test.WatchRequest.id",
        says="filter: test.Tock.id is of another type",
    ),
    broken(
        "a filter on a repeated field",
        method=GET_SHARED,
        request=optioned("string tags = 1", f'{PARAMETER}.filter = {{field: "tags"}}'),
        more="message Tick { repeated string tags = 1; }",
        element="test.WatchRequest.tags",
        says="expected a single field of the same type",
    ),
    broken(
        "any of, on a single field",
        method=GET_SHARED,
        request=optioned("string id = 1", f'{PARAMETER}.filter = {{field: "id" match: MATCH_ANY_OF}}'),
        element="test.WatchRequest.id",
        says="MATCH_ANY_OF is for a repeated field",
    ),
    broken(
        "equal, on a repeated field",
        method=GET_SHARED,
        request=optioned("repeated string id = 1", f'{PARAMETER}.filter = {{field: "id"}}'),
        element="test.WatchRequest.id",
        says="the other comparisons are for single ones",
    ),
    broken(
        "at least, on a repeated field",
        method=GET_SHARED,
        request=optioned("repeated int32 count = 1", f'{PARAMETER}.filter = {{field: "count" match: MATCH_AT_LEAST}}'),
        element="test.WatchRequest.count",
        says="the other comparisons are for single ones",
    ),
    broken(
        "a comparison that the gateway does not know",
        method=GET_SHARED,
        request=optioned("string id = 1", f'{PARAMETER}.filter = {{field: "id" match: 7}}'),
        element="test.WatchRequest.id",
        says="match",
    ),
    broken(
        "a default that is no integer",
        request=optioned("int32 n = 1", f'{PARAMETER}.default = "many"'),
        element="test.WatchRequest.n",
        says="default: expected an integer from -2147483648 to 2147483647, got 'many'",
    ),
    broken(
        "a default above the maximum",
        request=optioned("int32 n = 1", f"{PARAMETER} = {{default: '9' maximum: 5}}"),
        element="test.WatchRequest.n",
        says="default: expected an integer from -2147483648 to 5, got '9'",
    ),
    broken(
        "a default below the minimum",
        request=optioned("double n = 1", f"{PARAMETER} = {{default: '0.4' minimum: 0.5}}"),
        element="test.WatchRequest.n",
        says="default: expected a number from 0.5, got '0.4'",
    ),
    broken(
        "an empty default of a number",
        request=optioned("int32 n = 1", f'{PARAMETER}.default = ""'),
        element="test.WatchRequest.n",
        says="default: expected an integer",
    ),
    broken(
        "a default that is no value of the enum",
        request=optioned("Kind kind = 1", f'{PARAMETER}.default = "KIND_C"'),
        more=f"{TICK} enum Kind {{ KIND_A = 0; KIND_B = 1; }}",
        element="test.WatchRequest.kind",
        says="default: expected one of KIND_A, KIND_B, got 'KIND_C'",
    ),
    broken(
        "a minimum above the maximum",
        request=optioned("int32 n = 1", f"{PARAMETER} = {{minimum: 6 maximum: 5}}"),
        element="test.WatchRequest.n",
        says="minimum 6 is above maximum 5",
    ),
    broken(
        "a minimum that the type cannot hold",
        request=optioned("int32 n = 1", f"{PARAMETER}.minimum = 5e9"),
        element="test.WatchRequest.n",
        says="minimum",
    ),
    broken(
        "bounds without an integer between them",
        request=optioned("int32 n = 1", f"{PARAMETER} = {{minimum: 0.2 maximum: 0.8}}"),
        element="test.WatchRequest.n",
        says="minimum",
    ),
    broken(
        "a minimum that is no number",
        request=optioned("int32 n = 1", f"{PARAMETER}.minimum = nan"),
        element="test.WatchRequest.n",
        says="minimum",
    ),
    broken(
        "a minimum of a string",
        request=optioned("string s = 1", f"{PARAMETER}.minimum = 1"),
        element="test.WatchRequest.s",
        says="minimum and maximum are for numbers",
    ),
    broken(
        "a maximum of an enum",
        request=optioned("Kind kind = 1", f"{PARAMETER}.maximum = 1"),
        more=f"{TICK} enum Kind {{ KIND_A = 0; }}",
        element="test.WatchRequest.kind",
        says="minimum and maximum are for numbers",
    ),
    broken(
        "last on a string",
        method=GET_SHARED,
        request=optioned("string s = 1", f"{PARAMETER}.last = true"),
        element="test.WatchRequest.s",
        says="last is for a single integer",
    ),
    broken(
        "last on a double",
        method=GET_SHARED,
        request=optioned("double n = 1", f"{PARAMETER}.last = true"),
        element="test.WatchRequest.n",
        says="last is for a single integer",
    ),
    broken(
        "last on a repeated integer",
        method=GET_SHARED,
        request=optioned("repeated int32 n = 1", f"{PARAMETER}.last = true"),
        element="test.WatchRequest.n",
        says="last is for a single integer",
    ),
    broken(
        "two parameters marked as last",
        method=GET + here(SHARED),
        request=f"int32 a = 1 [{PARAMETER}.last = true]; int32 b = 2 [{PARAMETER}.last = true];",
        element=METHOD,
        says="several parameters are marked as last; expected one",
    ),
    *(
        broken(
            f"options on {why}, which no query can carry",
            request=optioned(f"{declaration} = 1", f"{PARAMETER}.{option}"),
            element=f"test.WatchRequest.{declaration.split()[-1]}",
            says=f"a field of type {kind} cannot be a parameter; expected a scalar or an enum",
        )
        for why, declaration, kind, option in (
            ("a message", "Tick tick", "test.Tick", 'default = "x"'),
            ("a repeated message", "repeated Tick ticks", "test.Tick", "last = true"),
            ("a map", "map<string, string> labels", "test.WatchRequest.LabelsEntry", 'filter = {field: "id"}'),
            ("an Any", "google.protobuf.Any any", "google.protobuf.Any", 'default = "x"'),
            ("a Struct", "google.protobuf.Struct free", "google.protobuf.Struct", "minimum = 1"),
        )
    ),
    broken(
        "a minimum of bytes",
        request=optioned("bytes raw = 1", f"{PARAMETER}.minimum = 1"),
        element="test.WatchRequest.raw",
        says="minimum and maximum are for numbers",
    ),
    broken(
        "a default that is no base64",
        request=optioned("bytes raw = 1", f'{PARAMETER}.default = "*"'),
        element="test.WatchRequest.raw",
        says="default: expected bytes in base64, got '*'",
    ),
    broken(
        "a default that is no time",
        request=optioned("google.protobuf.Timestamp since = 1", f'{PARAMETER}.default = "yesterday"'),
        element="test.WatchRequest.since",
        says="default: expected a time as 2030-01-31T23:59:59Z, got 'yesterday'",
    ),
    broken(
        "a default above the maximum of a wrapped number",
        request=optioned("google.protobuf.Int32Value n = 1", f"{PARAMETER} = {{default: '9' maximum: 5}}"),
        element="test.WatchRequest.n",
        says="default: expected an integer from -2147483648 to 5, got '9'",
    ),
    broken(
        "a filter on a time, which is a message",
        method=GET_SHARED,
        request=optioned("google.protobuf.Timestamp at = 1", f'{PARAMETER}.filter = {{field: "at"}}'),
        element="test.WatchRequest.at",
        says="filter: a field of type google.protobuf.Timestamp is not compared; expected a scalar or an enum",
    ),
    *(
        broken(
            f"{option.split()[0]} in a message of the request",
            method=GET_SHARED,
            request="Inner inner = 1;",
            more=f"{TICK} message Inner {{ {optioned('int32 count = 1', f'{PARAMETER}.{option}')} }}",
            element="test.Inner.count",
            says="filter and last are for fields of the request itself, not of a message in it",
        )
        for option in ('filter = {field: "count"}', "last = true")
    ),
    broken(
        "a request field named like the gateway's cursor parameter",
        request=here("string last_event_id = 1;"),
        element="test.WatchRequest.last_event_id",
        says="the gateway has a parameter 'last_event_id' of its own",
    ),
    broken(
        "a request field named like the gateway's snapshot parameter",
        request=here("bool snapshot = 1;"),
        element="test.WatchRequest.snapshot",
        says="the gateway has a parameter 'snapshot' of its own",
    ),
]

EVENTS = [
    *(
        broken(
            f"an event called {name!r} by its option",
            response=event("name", name),
            element="test.WatchResponse.tick",
            says=f"event name '{name}' is taken",
        )
        for name in ("open", "message", "stream-gap", "stream-x")
    ),
    broken(
        "an event called 'open' by its field",
        response=f"oneof event {{ {here('Tick open = 1;')} }}",
        element="test.WatchResponse.open",
        says="event name 'open' is taken: EventSource owns 'open' and 'message', the gateway 'stream-…'",
    ),
    broken(
        "an event name with a line break, which would end the SSE field",
        response=event("name", r"a\nb"),
        element="test.WatchResponse.tick",
        says=r"event name 'a\nb': expected letters, digits, '_', '-', '.' and ':'",
    ),
    broken(
        "an event name that ends in a line break",
        response=event("name", r"a\n"),
        element="test.WatchResponse.tick",
        says=r"event name 'a\n': expected letters",
    ),
    broken(
        "one name for two events",
        response=event("name", "tick", "Tick tock = 2", before="Tick tick = 1;"),
        element="test.WatchResponse.tock",
        says="the event name 'tick' is taken by the member 'tick'",
    ),
    broken(
        "a oneof member that is a scalar",
        response=f"oneof event {{ Tick tick = 1; {here('string text = 2;')} }}",
        element="test.WatchResponse.text",
        says="a scalar cannot be an event; expected a message",
    ),
    *(
        broken(
            f"a {option} that {why}",
            response=event(option, field),
            more="message Tick { Tick of = 1; repeated string tags = 2; int32 count = 3; }",
            element="test.WatchResponse.tick",
            says=says,
        )
        for option, field, why, says in (
            ("key_field", "nope", "the message does not have", "key_field 'nope': expected a single scalar field"),
            ("key_field", "of", "is a message", "key_field 'of': expected a single scalar field of test.Tick"),
            ("key_field", "tags", "is repeated", "key_field 'tags': expected a single scalar field of test.Tick"),
            ("resume_token_field", "nope", "the message does not have", "resume_token_field 'nope': expected a single"),
            ("resume_token_field", "count", "is an integer", "resume_token_field 'count': expected a string field"),
            ("resume_token_field", "tags", "is repeated", "resume_token_field 'tags': expected a single scalar field"),
        )
    ),
    broken(
        "two oneofs and no mark that chooses",
        method=f"{HERE}\n{GET}",
        response="oneof event { Tick tick = 1; } oneof other { Tick tock = 2; }",
        element=METHOD,
        says="test.WatchResponse has several oneofs (event, other); mark one's members",
    ),
    broken(
        "two oneofs, both marked",
        method=f"{HERE}\n{GET}",
        response=(
            f"oneof a {{ Tick b = 1 [{EVENT}.terminal = true]; }} oneof c {{ Tick d = 2 [{EVENT}.terminal = true]; }}"
        ),
        element=METHOD,
        says="test.WatchResponse has several oneofs (a, c)",
    ),
    broken(
        "two oneofs of a method with stream options",
        method=f"{HERE}\n{GET}\n{SHARED}",
        response="oneof event { Tick tick = 1; } oneof other { Tick tock = 2; }",
        element=METHOD,
        says="several oneofs",
    ),
    broken(
        "a REQUIRED field that is its own message",
        more=f"message Tick {{ {here(f'Tick tick = 1 {REQUIRED};')} }}",
        element="test.Tick.tick",
        says="a REQUIRED field cannot hold a message that holds this one: it could never end",
    ),
    broken(
        "a REQUIRED field that holds its own message by another's REQUIRED field",
        more=f"message Tick {{ Tock tock = 1 {REQUIRED}; }} message Tock {{ {here(f'Tick tick = 1 {REQUIRED};')} }}",
        element="test.Tock.tick",
        says="it could never end",
    ),
    broken(
        "the same, where an optional field leads there first",
        more=(
            f"message Tick {{ optional Tock first = 1; Tock tock = 2 {REQUIRED}; }}"
            f"message Tock {{ {here(f'Tick tick = 1 {REQUIRED};')} }}"
        ),
        element="test.Tock.tick",
        says="it could never end",
    ),
]

STREAMS = [
    *(
        broken(
            f"a {option} that {why}",
            method=GET + here(f'option {STREAM}.{option} = "{field}";'),
            request="repeated string many = 2; int32 count = 3;",
            response="oneof event { Tick tick = 1; } repeated string many = 2; int32 count = 3;",
            element=METHOD,
            says=f"{option} '{field}': expected a single string field of test.{message}",
        )
        for option, message in (("resume_request_field", "WatchRequest"), ("resume_response_field", "WatchResponse"))
        for field, why in (("nope", "is missing"), ("count", "is no string"), ("many", "is repeated"))
    ),
]


@pytest.mark.parametrize(("parts", "element", "says"), [*PATHS, *PARAMETERS, *EVENTS, *STREAMS])
def test_a_broken_contract_is_refused_with_its_place_and_the_reason(
    parts: dict[str, str], element: str, says: str
) -> None:
    """Start-up names the file, the line and column of the offending option or element, the element, and why."""
    source = proto(**parts)
    (place,) = marked_places(source)
    (problem,) = problems_of(source)
    assert (problem.file, (problem.line, problem.column), problem.element) == (FILE, place, element)
    assert says in problem.reason


def two_methods(first: str, second: str, third: str = "") -> str:
    """A service with a method for each path."""
    methods = "".join(
        f"  rpc {name}(Request) returns (stream Response) {{ {option}\n  }}\n"
        for name, option in (("First", first), ("Second", second), ("Third", third))
        if option
    )
    return (
        f"{HEAD}service WatchService {{\n{methods}}}\nmessage Request {{ string a = 1; string b = 2; }}\n"
        f"message Response {{ oneof event {{ Tick tick = 1; }} }}\n{TICK}\n"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("/v1/watch", "/v1/watch", id="the same text"),
        pytest.param("/v1/{a}", "/v1/{b}", id="the same but for the field's name, which no request tells apart"),
    ],
)
def test_two_methods_on_one_path_are_refused(first: str, second: str) -> None:
    """The second method is told, and by its reason the first one."""
    source = two_methods(f'option (google.api.http) = {{get: "{first}"}};', get(second))
    (problem,) = problems_of(source)
    assert [(problem.line, problem.column)] == marked_places(source)
    assert problem.element == "test.WatchService.Second"
    assert problem.reason == f"path {second!r} is already that of test.WatchService.First"


def test_a_literal_and_a_field_in_one_place_are_two_paths() -> None:
    """A literal beside a field is no clash: the router prefers the literal."""
    source = two_methods('option (google.api.http) = {get: "/v1/{a}"};', 'option (google.api.http) = {get: "/v1/x"};')
    assert [route.path.text for route in compile_contract(descriptor_set(source)).routes] == ["/v1/{a}", "/v1/x"]


def test_the_problems_of_all_methods_are_reported_together_in_source_order() -> None:
    """One start is enough to see everything: no method hides the problems of another."""
    source = two_methods(get("/v1/{nope}"), GET, here('option (google.api.http) = {put: "v1"};'))
    problems = problems_of(source)
    assert [(problem.line, problem.column) for problem in problems] == marked_places(source)
    assert [problem.element for problem in problems] == ["test.WatchService.First", "test.WatchService.Third"]


def test_one_method_tells_its_path_request_and_response_at_once() -> None:
    """A method's path, each field of its request, each member of its response and its options are all looked at."""
    source = proto(
        method=get("v1") + here(f'option {STREAM} = {{resume_request_field: "x" resume_response_field: "y"}};'),
        request=f"{BAD_BYTES} {optioned('Tick b = 2', f'{PARAMETER}.minimum = 1')}",
        response=f"oneof event {{ {here('string text = 1;')}{here('Tick open = 2;')} }}",
    )
    no_path, stream, *others = marked_places(source)
    expected = [no_path, stream, stream, *others]
    assert sorted((problem.line, problem.column) for problem in problems_of(source)) == expected


def test_the_problems_of_one_method_are_in_source_order() -> None:
    """ContractError.problems is in file order, also where a message stands before the service."""
    source = (
        f"{HEAD}message Request {{ {BAD_BYTES} }}\n{TICK}\n"
        f"service WatchService {{ rpc Watch(Request) returns (stream Tick) {{ {get('v1')} }} }}\n"
    )
    problems = problems_of(source)
    assert [problem.element for problem in problems] == ["test.Request.a", METHOD]


def test_a_clash_of_paths_stands_between_the_problems_before_and_after_it() -> None:
    """ContractError.problems is in file order, whatever kind of problem it is."""
    source = two_methods(GET, here(GET), get("/v1/{nope}"))
    assert [(problem.line, problem.column) for problem in problems_of(source)] == marked_places(source)


def test_a_message_that_two_methods_share_is_told_once() -> None:
    """One mistake in the source is one problem, however many methods use the message."""
    source = two_methods(GET, 'option (google.api.http) = {get: "/v2/watch"};').replace("string a = 1;", BAD_BYTES)
    assert [problem.element for problem in problems_of(source)] == ["test.Request.a"]


def test_all_bad_filters_of_a_method_are_reported() -> None:
    """Compile at start: a second start must not bring a second problem of the same kind."""
    fields = [
        optioned(f"string {name} = {number}", f'{PARAMETER}.filter = {{field: "x"}}')
        for number, name in ((1, "a"), (2, "b"))
    ]
    source = proto(method=GET_SHARED, request="\n".join(fields))
    assert [(problem.line, problem.column) for problem in problems_of(source)] == marked_places(source)


def test_all_bad_fields_of_a_path_are_reported() -> None:
    """Compile at start: both unknown fields of one path are told."""
    reasons = " ".join(problem.reason for problem in problems_of(proto(method=get("/v1/{one}/{two}"))))
    assert "no field 'one'" in reasons
    assert "no field 'two'" in reasons


def test_a_broken_message_that_two_events_share_is_still_a_contract_error() -> None:
    """A problem in a payload is reported as one for every event that uses the payload, and never crashes."""
    source = proto(
        response="oneof event { Tick tick = 1; Tick tock = 2; }",
        more=f"message Tick {{ {here(f'Tick tick = 1 {REQUIRED};')} }}",
    )
    assert {problem.element for problem in problems_of(source)} == {"test.Tick.tick"}


@pytest.mark.parametrize(
    "first",
    [
        pytest.param("Link", id="from the REQUIRED side"),
        pytest.param(
            "Node",
            id="from the optional side",
        ),
    ],
)
def test_a_circle_that_an_optional_field_can_end_is_served(first: str) -> None:
    """Node → optional Link → REQUIRED Node ends wherever a node has no link, whichever is compiled first."""
    more = f"message Node {{ optional Link next = 1; }} message Link {{ Node node = 1 {REQUIRED}; }}"
    source = proto(response=f"oneof event {{ {first} item = 1; }}", more=more)
    (route,) = compile_contract(descriptor_set(source)).routes
    assert [event.name for event in route.events] == ["item"]


def test_a_filter_may_look_at_a_field_that_python_owns_the_name_of() -> None:
    """`class` is a fine name for a protobuf field."""
    source = proto(
        method=GET_SHARED,
        request=f'string class = 1 [{PARAMETER}.filter = {{field: "class"}}];',
        more="message Tick { string class = 1; }",
    )
    (route,) = compile_contract(descriptor_set(source)).routes
    assert route.parameters[0].name == "class"


def test_a_contract_error_reads_as_one_line_for_each_problem() -> None:
    """An operator reads `file:line:column: element: reason`, which editors turn into links."""
    source = proto(method=get("/v1/{nope}"), request=BAD_BYTES)
    with pytest.raises(ContractError) as caught:
        compile_contract(descriptor_set(source))
    path, field = (f"{FILE}:{line}:{column}" for line, column in marked_places(source))
    assert str(caught.value).splitlines() == [
        f"{path}: {METHOD}: path '/v1/{{nope}}': test.WatchRequest has no field 'nope'; it has: a",
        f"{field}: test.WatchRequest.a: minimum and maximum are for numbers",
    ]


def test_a_problem_without_source_info_has_its_file_and_element() -> None:
    """A set built without --include_source_info has no lines; the file and the element still say where to look."""
    data = descriptor_set(proto(method=get("/v1/{nope}")), source_info=False)
    with pytest.raises(ContractError) as caught:
        compile_contract(data)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.element) == (FILE, 0, 0, METHOD)
    assert str(problem).startswith(f"{FILE}: {METHOD}: path '/v1/{{nope}}'")
