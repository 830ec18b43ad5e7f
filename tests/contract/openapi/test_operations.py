"""Every HTTP method, path and body of a contract, as the documents say them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contract.contract import compile_contract
from gateway.contract.http.paths import parse_template
from gateway.contract.openapi.paths import api_path
from tests.support.documents import document
from tests.support.protos import HEAD, descriptor_set
from tests.support.rules import HEAD as RULED_HEAD
from tests.support.rules import ruled_set

MESSAGES = """
message Asked { string id = 1; string name = 2; Inner inner = 3; int32 count = 4; repeated string tags = 5; }
message Inner { string id = 1 [(google.api.field_behavior) = REQUIRED]; string note = 2; }
message Told { string text = 1 [(google.api.field_behavior) = REQUIRED]; Inner inner = 2; int64 size = 3; }
"""


def made(rule: str, version: str = "3.1", returns: str = "Told", messages: str = MESSAGES, **named: Any) -> Any:
    """The document of a service with one method of this HTTP rule."""
    head = f'{HEAD}import "google/api/httpbody.proto";\n'
    rpc = f"rpc Ask(Asked) returns ({returns}) {{ option (google.api.http) = {{ {rule} }}; }}"
    source = f"{head}service AskService {{ {rpc} }}\n{messages}"
    return document(compile_contract(descriptor_set(source), **named), version)


def operations(content: Any) -> dict[str, str]:
    """The id of each operation, by HTTP method and path."""
    return {
        f"{verb} {path}": operation["operationId"]
        for path, item in content["paths"].items()
        for verb, operation in [*item.items(), *item.get("additionalOperations", {}).items()]
        if verb != "additionalOperations"
    }


def named(operation: Any) -> dict[str, Any]:
    """Its parameters by name."""
    return {each["name"]: each for each in operation["parameters"]}


def body_of(content: Any, path: str = "/v1/ask", verb: str = "post") -> Any:
    """The schema of a request body, resolved."""
    schema = content["paths"][path][verb]["requestBody"]["content"]["application/json"]["schema"]
    return resolved(content, schema)


def resolved(content: Any, schema: Any) -> Any:
    """What a schema refers to."""
    return content["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.parametrize(
    ("template", "path", "fields"),
    [
        pytest.param("/v1/ask", "/v1/ask", {}, id="nothing is open"),
        pytest.param("/v1/{id}", "/v1/{id}", {"id": "id"}, id="a segment"),
        pytest.param("/v1/{id=*}", "/v1/{id}", {"id": "id"}, id="a segment that says so"),
        pytest.param("/v1/{inner.id}", "/v1/{inner_id}", {"inner_id": "inner.id"}, id="Spectral sees no dots"),
        pytest.param(
            "/v1/{inner.id}/{inner_id}",
            "/v1/{inner_id1}/{inner_id}",
            {"inner_id1": "inner.id", "inner_id": "inner_id"},
            id="a field keeps its name before one in another message",
        ),
        pytest.param("/v1/{id}:cancel", "/v1/{id}:cancel", {"id": "id"}, id="a verb is a literal"),
        pytest.param(
            "/v1/{name=shelves/*}", "/v1/shelves/{name_1}", {"name_1": "name"}, id="slashes would be percent-encoded"
        ),
        pytest.param(
            "/v1/{name=a/*/b/*}/{name_1}",
            "/v1/a/{name_2}/b/{name_3}/{name_1}",
            {"name_2": "name", "name_3": "name", "name_1": "name_1"},
            id="numbers give way to a field of that name",
        ),
        pytest.param("/v1/{name=**}", "/v1/{name}", {"name": "name"}, id="all that remains"),
        pytest.param("/v1/{name=a/**}", "/v1/a/{name_1}", {"name_1": "name"}, id="a part and all that remains"),
        pytest.param("/v1/{name=me}", "/v1/me", {}, id="a value that is always the same"),
        pytest.param("/v1/*/x/*", "/v1/{segment1}/x/{segment2}", {"segment1": "", "segment2": ""}, id="no field"),
        pytest.param("/v1/**", "/v1/{rest}", {"rest": ""}, id="no field, all that remains"),
        pytest.param("/v1/{rest}/**", "/v1/{rest}/{rest1}", {"rest": "rest", "rest1": ""}, id="a field called so"),
        pytest.param("/v1/%7Eme/{id}", "/v1/%7Eme/{id}", {"id": "id"}, id="literals stay as written"),
    ],
)
def test_a_path_is_said_segment_by_segment(template: str, path: str, fields: dict[str, str]) -> None:
    """OpenAPI's parameters have no slashes: what a client fills in leads to the route."""
    shown = api_path(parse_template(template))
    assert (shown.text, {place.name: place.field for place in shown.places}) == (path, fields)


def test_a_path_parameter_says_what_it_is_of_the_request() -> None:
    """Its part of the field, the field it is where it is called otherwise, and that slashes may stand in the rest."""
    content = made('get: "/v1/{name=shelves/*}/{inner.id}/**"')
    (operation,) = (item["get"] for item in content["paths"].values())
    given = named(operation)
    assert given["name_1"]["description"] == "A part of `name`, which is `shelves/*`."
    assert given["inner_id"]["description"] == "The field `inner.id` of the request."
    assert "slashes in it stand as they are" in given["rest"]["description"]
    assert given["rest"]["x-multi-segment"] is True
    assert all(given[name]["required"] and given[name]["in"] == "path" for name in ("name_1", "inner_id", "rest"))
    assert "name" not in given


ALL_VERBS = """
get: "/v1/{id}"
additional_bindings { put: "/v1/{id}" body: "*" }
additional_bindings { post: "/v1/{id}" body: "*" }
additional_bindings { delete: "/v1/{id}" }
additional_bindings { patch: "/v1/{id}" body: "*" }
additional_bindings { custom: { kind: "HEAD" path: "/v1/{id}" } }
additional_bindings { custom: { kind: "OPTIONS" path: "/v1/{id}" } }
additional_bindings { custom: { kind: "TRACE" path: "/v1/{id}" } }
additional_bindings { custom: { kind: "QUERY" path: "/v1/{id}" } }
additional_bindings { custom: { kind: "LOCK" path: "/v1/{id}" } }
"""


def test_every_http_method_is_listed_that_openapi_has_a_word_for() -> None:
    """3.2 has one for all of them; 3.1 tells in its description what it leaves out."""
    content = made(ALL_VERBS, "3.2")
    item = content["paths"]["/v1/{id}"]
    assert set(item) == {
        *("get", "put", "post", "delete", "patch", "head", "options", "trace", "query"),
        "additionalOperations",
    }
    assert list(item["additionalOperations"]) == ["LOCK"]
    assert "Not listed" not in content["info"]["description"]
    older = made(ALL_VERBS)
    assert set(older["paths"]["/v1/{id}"]) == set(item) - {"query", "additionalOperations"}
    assert "- `LOCK /v1/{id}`: test.AskService.Ask" in older["info"]["description"]
    assert "- `QUERY /v1/{id}`: test.AskService.Ask" in older["info"]["description"]


def test_ids_of_further_bindings_tell_the_http_method() -> None:
    """And their number where two have one; the first binding is called like the method."""
    assert operations(made(ALL_VERBS))["put /v1/{id}"] == "AskPut"
    more = 'get: "/v1/a" additional_bindings { get: "/v1/b" } additional_bindings { get: "/v1/c" }'
    assert operations(made(more)) == {"get /v1/a": "Ask", "get /v1/b": "AskGet2", "get /v1/c": "AskGet3"}


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        pytest.param('custom: { kind: "*" path: "/v1/x" }', {"get /v1/x": "Ask"}, id="without a body"),
        pytest.param('custom: { kind: "*" path: "/v1/x" } body: "*"', {"post /v1/x": "Ask"}, id="with one"),
        pytest.param(
            'get: "/v1/x" additional_bindings { custom: { kind: "*" path: "/v1/x" } }',
            {"get /v1/x": "Ask", "post /v1/x": "AskAny"},
            id="where the first is taken",
        ),
    ],
)
def test_a_route_for_any_http_method_is_one_operation(rule: str, shown: dict[str, str]) -> None:
    """Five would look like five; its description says that the HTTP method does not count."""
    content = made(rule)
    assert operations(content) == shown
    verb, path = list(shown)[-1].split()
    assert "Any HTTP method does" in content["paths"][path][verb]["description"]


def test_paths_that_differ_in_names_only_are_one() -> None:
    """OpenAPI calls them identical; whoever comes second tells what its parameter is."""
    content = made('get: "/v1/{id}" additional_bindings { post: "/v1/{name}" body: "*" }')
    assert list(content["paths"]) == ["/v1/{id}"]
    post = content["paths"]["/v1/{id}"]["post"]
    assert named(post)["id"]["description"] == "The field `name` of the request."
    assert list(body_of(content, "/v1/{id}")["properties"]) == ["id", "inner", "count", "tags"]


def test_a_rest_beside_a_single_segment_is_shown_with_more_segments() -> None:
    """Both have the same path to OpenAPI, and a single segment is never the rest's."""
    content = made('get: "/v1/{name=**}" additional_bindings { get: "/v1/{id}" }')
    assert operations(content) == {"get /v1/{name_1}/{name_2}": "Ask", "get /v1/{id}": "AskGet"}


def test_a_body_is_what_the_path_leaves_of_the_request() -> None:
    """Closed, with the range of each type; a message that the path reaches into is there without that field."""
    content = made('post: "/v1/{id}/{inner.id}" body: "*"')
    body = body_of(content, "/v1/{id}/{inner_id}")
    assert list(body["properties"]) == ["name", "inner", "count", "tags"]
    assert body["additionalProperties"] is False
    assert (list(body["properties"]["inner"]["properties"]), "required" in body["properties"]["inner"]) == (
        ["note"],
        False,
    )
    assert body["properties"]["count"] == {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}


def test_a_message_that_is_taken_and_sent_has_two_schemas() -> None:
    """What is taken is closed; what is sent may have news."""
    schemas = made('post: "/v1/ask" body: "*"')["components"]["schemas"]
    assert schemas["InnerInput"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Inner"]
    assert schemas["Asked"]["properties"]["inner"] == {"$ref": "#/components/schemas/InnerInput"}
    assert schemas["Told"]["properties"]["inner"] == {"$ref": "#/components/schemas/Inner"}


def test_a_partial_body_requires_nothing_below_the_request() -> None:
    """PATCH updates some fields."""
    content = made('patch: "/v1/ask" body: "inner" additional_bindings { post: "/v1/ask" body: "inner" }')
    schemas = content["components"]["schemas"]
    assert "required" not in body_of(content, verb="patch")
    assert body_of(content, verb="post")["required"] == ["id"]
    assert {"InnerUpdate", "InnerInput"} <= set(schemas)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        ("tags", {"type": "array", "items": {"type": "string"}}),
        ("count", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
    ],
)
def test_a_body_may_be_one_field(field: str, schema: dict[str, Any]) -> None:
    """The others are in the query."""
    content = made(f'post: "/v1/ask" body: "{field}"')
    assert body_of(content) == schema
    assert field not in named(content["paths"]["/v1/ask"]["post"])
    assert "id" in named(content["paths"]["/v1/ask"]["post"])


def test_a_body_of_one_field_leaves_out_what_the_path_says_of_it() -> None:
    """As updates are written: `patch: "/v1/{book.name}" body: "book"`."""
    content = made('put: "/v1/{inner.id}" body: "inner"')
    body = body_of(content, "/v1/{inner_id}", "put")
    assert (list(body["properties"]), "required" in body) == (["note"], False)


def test_only_a_body_that_has_to_be_there_is_required() -> None:
    """Because the contract requires something that nothing else can give."""
    asked = "message Asked {{ Told told = 1 {}; }} {}"
    inner = MESSAGES.partition("message Inner")[2]
    for option, required in (("[(google.api.field_behavior) = REQUIRED]", True), ("", False)):
        messages = asked.format(option, f"message Inner{inner}")
        body = made('post: "/v1/ask" body: "*"', messages=messages)["paths"]["/v1/ask"]["post"]["requestBody"]
        assert body.get("required", False) is required


def test_any_bytes_are_any_bytes() -> None:
    """A google.api.HttpBody has the content type that it tells."""
    messages = "message Asked { string id = 1; google.api.HttpBody file = 2; }"
    content = made('post: "/v1/{id}" body: "file"', returns="google.api.HttpBody", messages=messages)
    operation = content["paths"]["/v1/{id}"]["post"]
    binary = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    assert operation["requestBody"]["content"] == binary
    assert operation["responses"]["200"]["content"] == binary


def test_an_answer_has_its_schema_and_an_example_of_it() -> None:
    """Of the whole response, or of the field that `response_body` names."""
    whole = made('get: "/v1/ask"')["paths"]["/v1/ask"]["get"]["responses"]["200"]["content"]["application/json"]
    assert whole == {"schema": {"$ref": "#/components/schemas/Told"}, "example": {"text": "text"}}
    part = made('get: "/v1/ask" response_body: "text"')
    answer = part["paths"]["/v1/ask"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer == {"schema": {"type": "string"}, "example": "text"}


def test_only_a_route_with_a_body_refuses_bodies() -> None:
    """Too many bytes, and the wrong content type."""
    content = made('get: "/v1/ask" additional_bindings { post: "/v1/ask" body: "*" }')
    item = content["paths"]["/v1/ask"]
    assert set(item["post"]["responses"]) - set(item["get"]["responses"]) == {"413", "415"}
    assert "ContentTooLarge" not in made('get: "/v1/ask"')["components"]["responses"]


def test_a_stream_that_takes_a_stream_is_told_to_get_one_message() -> None:
    """And that EventSource cannot ask for it."""
    source = (
        f"{HEAD}service AskService {{ rpc Talk(stream Asked) returns (stream Told) "
        f'{{ option (google.api.http) = {{post: "/v1/talk" body: "*"}}; }} }}\n{MESSAGES}'
    )
    talk = document(descriptor_set(source))["paths"]["/v1/talk"]["post"]
    assert "it is sent this one, and then the end" in talk["description"]
    assert "EventSource can only ask with GET" in talk["description"]
    assert "text/event-stream" in talk["responses"]["200"]["content"]


def test_a_stream_without_a_rule_can_be_asked_for_in_two_ways() -> None:
    """By EventSource, and with everything that no query can carry."""
    source = f"{HEAD}service AskService {{ rpc Watch(Asked) returns (stream Told); }}\n{MESSAGES}"
    content = document(descriptor_set(source))
    assert operations(content) == {"get /test.AskService/Watch": "Watch", "post /test.AskService/Watch": "WatchPost"}


def test_a_contract_that_serves_nothing_has_a_document_too() -> None:
    """While no backend has told its contract, for example."""
    content = document(descriptor_set(f"{HEAD}service AskService {{ rpc Ask(Asked) returns (Told); }}\n{MESSAGES}"))
    assert (content["paths"], content["components"]) == ({}, {"responses": {}, "schemas": {}})


def test_camel_names_are_used_everywhere() -> None:
    """In parameters, bodies, answers, and the rules of oneofs."""
    messages = (
        "message Asked { string first_id = 1; Told told_now = 2; repeated int32 all_sizes = 3; }"
        "message Told { oneof which { string left_one = 1; string right_one = 2; } }"
    )
    rule = 'post: "/v1/{first_id}" body: "told_now" additional_bindings { post: "/v1/all" body: "*" }'
    content = made(rule, messages=messages, json_names="camel")
    assert list(named(content["paths"]["/v1/{first_id}"]["post"])) == ["first_id", "allSizes"]
    assert list(body_of(content, "/v1/all")["properties"]) == ["firstId", "toldNow", "allSizes"]
    told = body_of(content, "/v1/{first_id}")
    assert list(told["properties"]) == ["leftOne", "rightOne"]
    assert told["allOf"][0]["oneOf"][0] == {"required": ["leftOne"]}


def test_a_oneof_whose_member_stands_in_the_path_cannot_be_in_the_body() -> None:
    """A request holds one of them."""
    messages = "message Asked { oneof which { string id = 1; string name = 2; } int32 count = 3; } message Told {}"
    content = made('post: "/v1/{id}" body: "*"', messages=messages)
    body = body_of(content, "/v1/{id}")
    assert (list(body["properties"]), "allOf" in body) == (["count"], False)


RULED = """
message Asked {
  string id = 1 [(buf.validate.field).string = {min_len: 2, max_len: 5}];
  int32 count = 2 [(buf.validate.field).int32 = {gte: 1, lt: 10}];
  repeated string tags = 3 [(buf.validate.field).repeated = {max_items: 3, items: {string: {prefix: "t"}}}];
  string must = 4 [(buf.validate.field).required = true];
  Inner inner = 5;
  int64 wide = 6 [(buf.validate.field).int64 = {in: [1, 2]}];
}
message Inner { string note = 1 [(buf.validate.field).string.max_len = 9]; }
"""


@pytest.fixture(scope="module")
def ruled() -> Any:
    """The document of a contract with rules of buf.validate; the request is what is sent as well."""
    rpc = "rpc Ask(Asked) returns (stream Asked);"
    return document(ruled_set(f"{RULED_HEAD}service AskService {{ {rpc} }}\n{RULED}"))


def test_rules_of_buf_validate_bound_parameters(ruled: Any) -> None:
    """Of a list and of its items, and further down."""
    given = named(ruled["paths"]["/test.AskService/Ask"]["get"])
    assert (given["id"]["schema"]["minLength"], given["id"]["schema"]["maxLength"]) == (2, 5)
    assert given["tags"]["schema"]["maxItems"] == 3
    assert "pattern" in given["tags"]["schema"]["items"]
    assert given["must"]["required"] is True
    assert given["inner.note"]["schema"]["maxLength"] == 9


def test_rules_of_buf_validate_bound_bodies_and_not_what_is_sent(ruled: Any) -> None:
    """What a backend sends is its own."""
    body = body_of(ruled, "/test.AskService/Ask")
    # Absent is empty or 0, which the rules of these refuse.
    assert body["required"] == ["id", "count", "must", "wide"]
    assert body["properties"]["wide"]["enum"] == ["1", "2"] or "anyOf" in body["properties"]["wide"]
    assert ruled["components"]["schemas"]["InnerInput"]["properties"]["note"]["maxLength"] == 9
    assert "maxLength" not in ruled["components"]["schemas"]["Inner"]["properties"]["note"]
    assert "required" not in ruled["components"]["schemas"]["Asked"]
