"""Rules of the configuration: which elements they select, what they write, how they are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import Descriptors
from gateway.contract.sets.overrides import parse_overrides
from gateway.contract.sets.overriding import Overridden, overridden
from gateway.contract.sets.selectors import SelectorError, parse_selector
from gateway.errors import ContractError, Problem
from tests.support.protos import GET, HEAD, METHOD, descriptor_set, service_proto

CONFIG = "gateway.toml"
BARE = """syntax = "proto3";
package pkg.v1;
service Builds {
  rpc Watch(Request) returns (stream Response);
  rpc Look(Request) returns (stream Response);
}
message Request { string build = 1; optional int32 size = 2; }
message Response {
  oneof event { Tick tick = 1; Tick tock = 2; }
  string token = 3;
}
message Tick { string id = 1; Kind kind = 2; }
enum Kind { KIND_NONE = 0; KIND_SOME = 1; }
"""
HTTP, STREAM, EVENT = "google.api.http", "gateway.sse.v1.stream", "gateway.sse.v1.event"


def written(source: str, tables: Mapping[str, list[dict[str, Any]]]) -> Overridden:
    """A source with rules applied."""
    files = FileDescriptorSet.FromString(descriptor_set(source))
    return overridden(files, parse_overrides(tables, CONFIG))


def opened(done: Overridden) -> Descriptors:
    """What the compiler sees."""
    return Descriptors(done.files.SerializeToString(), origins=done.origins)


def method_option(source: str, name: str, method: str, *rules: tuple[str, dict[str, Any]]) -> Any:
    """The option of a method after rules."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for table, rule in rules:
        tables.setdefault(table, []).append(rule)
    descriptors = opened(written(source, tables))
    return descriptors.option(descriptors.pool.FindMethodByName(method), name)


def reasons(tables: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """What is wrong with rules, as an operator reads it."""
    with pytest.raises(ContractError) as caught:
        parse_overrides(tables, CONFIG)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        pytest.param("a.b.C", ["a.b.C"], id="a full name"),
        pytest.param("a.b.*", ["a.b.C", "a.b.C.D", "a.b.Cc"], id="a wildcard stands for one or more components"),
        pytest.param("a.b.C.*", ["a.b.C.D"], id="and not for none"),
        pytest.param("*", ["a.b.C", "a.b.C.D", "a.b.Cc", "x.Y"], id="everything"),
        pytest.param("x.Y, a.b.C", ["a.b.C", "x.Y"], id="a list, with spaces"),
        pytest.param("b.C", [], id="part of a name is none"),
    ],
)
def test_a_selector_selects(selector: str, selected: list[str]) -> None:
    """By the rules of google/api/documentation.proto."""
    patterns = parse_selector(selector)
    names = ["a.b.C", "a.b.C.D", "a.b.Cc", "x.Y"]
    assert [name for name in names if any(pattern.selects(name) for pattern in patterns)] == selected


@pytest.mark.parametrize(
    "selector",
    [
        pytest.param("foo.b*", id="a wildcard for a part of a component"),
        pytest.param("foo.*.bar", id="a wildcard inside"),
        pytest.param("**", id="two stars"),
        pytest.param(".foo", id="a dot before"),
        pytest.param("foo.", id="a dot behind"),
        pytest.param("a,,b", id="an empty name"),
        pytest.param("a b", id="a space inside"),
        pytest.param("", id="nothing"),
        pytest.param(None, id="missing"),
        pytest.param(7, id="a number"),
    ],
)
def test_what_is_no_selector_is_refused(selector: object) -> None:
    """Saying what was expected."""
    with pytest.raises(SelectorError, match="expected"):
        parse_selector(selector)


def test_a_http_rule_gives_a_method_its_path() -> None:
    """With everything that google.api.HttpRule has, in a set that does not even import it."""
    rule = {
        "selector": "pkg.v1.Builds.Watch",
        "post": "/v1/{build}",
        "body": "*",
        "response_body": "tick",
        "additional_bindings": [{"custom": {"kind": "HEAD", "path": "/v2/{build}"}}],
    }
    option = method_option(BARE, HTTP, "pkg.v1.Builds.Watch", ("http.rules", rule))
    assert (option.post, option.body, option.response_body) == ("/v1/{build}", "*", "tick")
    assert option.additional_bindings[0].custom.kind == "HEAD"


def test_a_http_rule_replaces_the_one_of_the_proto() -> None:
    """Whole: nothing of the old one is left."""
    proto = service_proto(method='option (google.api.http) = {get: "/old" additional_bindings: {get: "/older"}};')
    option = method_option(proto, HTTP, METHOD, ("http.rules", {"selector": METHOD, "post": "/new"}))
    assert (option.WhichOneof("pattern"), option.post, len(option.additional_bindings)) == ("post", "/new", 0)


def test_the_last_rule_wins() -> None:
    """A wildcard first, an exception after it."""
    rules = [{"selector": "*", "get": "/all"}, {"selector": "pkg.v1.Builds.Look", "get": "/look"}]
    descriptors = opened(written(BARE, {"http.rules": rules}))
    paths = {
        name: descriptors.option(descriptors.pool.FindMethodByName(f"pkg.v1.Builds.{name}"), HTTP).get
        for name in ("Watch", "Look")
    }
    assert paths == {"Watch": "/all", "Look": "/look"}


def test_options_of_ours_are_replaced_key_by_key() -> None:
    """Also to false and to nothing, and inside of messages."""
    proto = service_proto(
        method="option (gateway.sse.v1.stream) = "
        '{delivery: DELIVERY_SHARED bookmarks: true resume_response_field: "x" history: {max_events: 5 max_bytes: 6}};'
    )
    rule = {"selector": METHOD, "bookmarks": False, "resume_response_field": "", "history": {"max_age": "60s"}}
    option = method_option(proto, STREAM, METHOD, ("sse.methods", rule))
    assert (option.delivery, option.bookmarks, option.resume_response_field) == (2, False, "")
    history = option.history
    assert (history.max_events, history.max_bytes, history.max_age.seconds) == (5, 6, 60)


def test_other_options_of_an_element_stay() -> None:
    """Also those that the gateway does not know."""
    proto = service_proto(
        method=f"{GET} option (own) = 7; option deprecated = true;",
        more='message Tick {} extend google.protobuf.MethodOptions { int32 own = 50001; }',
    ).replace("package test;\n", 'package test;\nimport "google/protobuf/descriptor.proto";\n')  # fmt: skip
    done = opened(written(proto, {"sse.methods": [{"selector": METHOD, "delivery": "DELIVERY_SHARED"}]}))
    method = done.pool.FindMethodByName(METHOD)
    assert (done.option(method, "test.own"), done.option(method, HTTP).get) == (7, "/v1/watch")
    assert method.GetOptions().deprecated


def test_every_table_reaches_its_kind_of_element() -> None:
    """Methods, members, request fields and enums."""
    done = opened(
        written(
            BARE,
            {
                "sse.methods": [{"selector": "pkg.v1.*", "delivery": "DELIVERY_SHARED"}],
                "sse.events": [{"selector": "pkg.v1.Response.tick", "name": "ticked", "terminal": True}],
                "sse.parameters": [
                    {"selector": "pkg.v1.Request.build", "filter": {"field": "id", "match": "MATCH_EQUAL"}},
                    {"selector": "pkg.v1.Request.size", "minimum": 1, "maximum": 2.5, "default": "2", "last": True},
                ],
                "sse.enums": [{"selector": "pkg.v1.Kind", "spelling": "SPELLING_LOWER"}],
            },
        )
    )
    fields = {
        name: done.pool.FindMessageTypeByName(f"pkg.v1.{message}").fields_by_name[name]
        for message, name in (("Response", "tick"), ("Request", "build"), ("Request", "size"))
    }
    assert done.option(fields["tick"], EVENT).name == "ticked"
    assert done.option(fields["build"], "gateway.sse.v1.parameter").filter.field == "id"
    size = done.option(fields["size"], "gateway.sse.v1.parameter")
    assert (size.minimum, size.maximum, size.default, size.last) == (1, 2.5, "2", True)
    assert done.option(done.pool.FindEnumTypeByName("pkg.v1.Kind"), "gateway.sse.v1.spelling") == 1


def test_a_set_without_any_rule_is_left_alone() -> None:
    """Nothing is added to it."""
    files = FileDescriptorSet.FromString(descriptor_set(BARE))
    assert overridden(files, ()) == Overridden(files, {}, ())


def test_the_files_that_were_given_are_not_changed() -> None:
    """Rules are written into a copy."""
    files = FileDescriptorSet.FromString(descriptor_set(BARE))
    before = files.SerializeToString()
    overridden(files, parse_overrides({"http.rules": [{"selector": "*", "get": "/x"}]}, CONFIG))
    assert files.SerializeToString() == before


def test_an_older_options_file_is_no_hindrance() -> None:
    """The contract was built with one that does not have the option yet; the gateway's own is taken."""
    files = FileDescriptorSet.FromString(descriptor_set(service_proto()))
    (options,) = [file for file in files.file if file.name == "gateway/sse/v1/options.proto"]
    del options.extension[:]
    done = overridden(files, parse_overrides({"sse.methods": [{"selector": METHOD, "bookmarks": True}]}, CONFIG))
    descriptors = opened(done)
    assert descriptors.option(descriptors.pool.FindMethodByName(METHOD), STREAM).bookmarks


@pytest.mark.parametrize(
    ("table", "rule", "told"),
    [
        pytest.param("http.rules", {"gett": "/"}, "unknown key 'gett'; did you mean get?", id="mistyped key"),
        pytest.param("http.rules", {"xyz": 1}, "unknown key 'xyz'; known are: selector, get, put,", id="unknown key"),
        pytest.param("http.rules", {"get": 7}, "get: expected a text, got 7", id="a number for a text"),
        pytest.param("http.rules", {"body": "*"}, "no path; expected one of get, put, post,", id="no pattern"),
        pytest.param("http.rules", {}, "no key beside the selector; known are: get,", id="nothing"),
        pytest.param("http.rules", {"get": "/", "put": "/"}, "expected one of get, put, post, ", id="two patterns"),
        pytest.param("http.rules", {"custom": "/x"}, "custom: expected a table with keys of kind, path", id="no table"),
        pytest.param(
            "http.rules", {"custom": {"kin": "x"}}, "unknown key 'custom.kin'; did you mean kind?", id="key below"
        ),
        pytest.param(
            "http.rules",
            {"get": "/", "additional_bindings": [{"get": "/"}, {"gte": "/"}]},
            "unknown key 'additional_bindings[1].gte'; did you mean get?",
            id="key in a list",
        ),
        pytest.param(
            "http.rules",
            {"get": "/", "additional_bindings": {"get": "/"}},
            "additional_bindings: expected a list, got {'get': '/'}",
            id="no list",
        ),
        pytest.param(
            "sse.methods",
            {"delivery": "shared"},
            "delivery: expected one of DELIVERY_UNSPECIFIED, DELIVERY_PER_CLIENT, DELIVERY_SHARED, got 'shared'",
            id="a name that the enum does not have",
        ),
        pytest.param("sse.methods", {"bookmarks": "yes"}, "bookmarks: expected true or false, got 'yes'", id="bool"),
        pytest.param(
            "sse.methods", {"history": {"max_events": -1}}, "history.max_events: expected an integer from 0", id="sign"
        ),
        pytest.param(
            "sse.methods", {"history": {"max_age": 60}}, "history.max_age: expected a duration like '3600s'", id="age"
        ),
        pytest.param("sse.parameters", {"minimum": "low"}, "minimum: expected a number, got 'low'", id="number"),
        pytest.param("sse.enums", {"spelling": 1}, "spelling: expected one of SPELLING_UNSPECIFIED,", id="spelling"),
        pytest.param("sse.enums", {"spelling": ["a"]}, "spelling: expected one of SPELLING_UNSPECIFIED,", id="a list"),
        pytest.param("sse.events", {"key": "id"}, "unknown key 'key'", id="event"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(table: str, rule: dict[str, Any], told: str) -> None:
    """The file, the rule counted from 0, the key and what was expected."""
    right: dict[str, dict[str, Any]] = {
        "http.rules": {"get": "/"},
        "sse.methods": {"bookmarks": True},
        "sse.parameters": {"last": True},
        "sse.enums": {"spelling": "SPELLING_LOWER"},
        "sse.events": {"terminal": True},
    }
    (line,) = reasons({table: [{"selector": "a.B", **right[table]}, {"selector": "a.B", **rule}]})
    assert line.startswith(f"{CONFIG}: {table}[1]: {told}")


def test_all_that_is_wrong_is_told_at_once() -> None:
    """In every rule, and with the selector."""
    lines = reasons({"http.rules": [{"gett": "/", "body": 1}], "sse.events": [{"selector": "a*", "name": "x"}]})
    assert [line.split(": ")[1:3] for line in lines] == [
        ["http.rules[0]", "selector"],
        ["http.rules[0]", "unknown key 'gett'; did you mean get?"],
        ["http.rules[0]", "body"],
        ["sse.events[0]", "selector"],
    ]


@pytest.mark.parametrize(
    ("table", "selector", "told"),
    [
        pytest.param(
            "http.rules",
            "pkg.v1.Build.Watch",
            "no method is called 'pkg.v1.Build.Watch'; did you mean pkg.v1.Builds.Watch?",
            id="near",
        ),
        pytest.param("http.rules", "zzz", "no method is called 'zzz'", id="far"),
        pytest.param("http.rules", "pkg.v2.*", "no method is called 'pkg.v2.*'; did you mean pkg.v1.*?", id="wildcard"),
        pytest.param("http.rules", "pkg.v1.Builds", "'pkg.v1.Builds' is a service; expected a method", id="service"),
        pytest.param("http.rules", "pkg.v1.Builds.Watch, zzz", "no method is called 'zzz'", id="one of a list"),
        pytest.param(
            "sse.events",
            "pkg.v1.Response.token",
            "'pkg.v1.Response.token' is a field; expected a member of a oneof",
            id="beside the oneof",
        ),
        pytest.param(
            "sse.events",
            "pkg.v1.Request.size",
            "'pkg.v1.Request.size' is a field; expected a member of a oneof",
            id="an optional field is a oneof that nobody wrote",
        ),
        pytest.param("sse.enums", "google.protobuf.NullValue", "no enum is called", id="protobuf's own"),
    ],
)
def test_a_selector_that_selects_nothing_is_told_with_the_nearest_name(table: str, selector: str, told: str) -> None:
    """It is mistyped, or for another contract."""
    keys: dict[str, dict[str, Any]] = {
        "http.rules": {"get": "/"},
        "sse.events": {"terminal": True},
        "sse.enums": {"spelling": "SPELLING_LOWER"},
    }
    (problem,) = written(BARE, {table: [{"selector": selector, **keys[table]}]}).problems
    assert (problem.file, problem.element) == (CONFIG, f"{table}[0]")
    assert problem.reason.startswith(f"selector: {told}")


def problems_of(source: str, tables: Mapping[str, list[dict[str, Any]]]) -> tuple[Problem, ...]:
    """What start-up says of a source with rules."""
    done = written(source, tables)
    with pytest.raises(ContractError) as caught:
        compile_contract(done.files.SerializeToString(), origins=done.origins)
    return caught.value.problems


def test_a_problem_in_a_configured_option_has_the_rule_for_its_place() -> None:
    """The proto's line would be the wrong place to look, also where it has such an option itself."""
    rules = {"http.rules": [{"selector": METHOD, "get": "/v1/{nope}"}]}
    (problem,) = problems_of(service_proto(), rules)
    assert str(problem).startswith(f"{CONFIG}: http.rules[0]: {METHOD}: path '/v1/{{nope}}'")


def test_a_problem_in_another_option_has_its_place_in_the_proto() -> None:
    """A rule for the path does not take the blame for the stream."""
    source = service_proto(method='option (gateway.sse.v1.stream) = {resume_request_field: "nope"};')
    (problem,) = problems_of(source, {"http.rules": [{"selector": METHOD, "get": "/v1"}]})
    assert (problem.file, problem.line > 0) == ("test.proto", True)


def test_a_contract_that_has_no_option_at_all_is_served_as_configured() -> None:
    """Path, names, keys and filters, for protos that one does not own."""
    tables: dict[str, list[dict[str, Any]]] = {
        "http.rules": [
            {"selector": "pkg.v1.Builds.Watch", "get": "/v1/builds"},
            {"selector": "pkg.v1.Builds.Look", "get": "/v1/look/{build}"},
        ],
        "sse.methods": [{"selector": "pkg.v1.Builds.Watch", "delivery": "DELIVERY_SHARED"}],
        "sse.events": [
            {"selector": "pkg.v1.Response.tick", "name": "ticked", "key_field": "id"},
            {"selector": "pkg.v1.Response.tock", "terminal": True, "key_field": "id"},
        ],
    }
    done = written(BARE, tables)
    contract = compile_contract(done.files.SerializeToString(), origins=done.origins)
    watch, look = (
        next(route for route in contract.routes if route.method == f"pkg.v1.Builds.{name}")
        for name in ("Watch", "Look")
    )
    assert (watch.path.text, watch.shared, look.path.text, look.shared) == (
        "/v1/builds",
        True,
        "/v1/look/{build}",
        False,
    )
    assert [event.name for event in watch.events] == ["ticked", "tock"]


def test_the_head_of_test_sources_has_the_options() -> None:
    """Rules work the same where the contract imports the options itself."""
    source = HEAD + BARE.partition("package pkg.v1;\n")[2].replace("service Builds", "service WatchService")
    option = method_option(source, HTTP, METHOD, ("http.rules", {"selector": METHOD, "get": "/v1/x"}))
    assert option.get == "/v1/x"
