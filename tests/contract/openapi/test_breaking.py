"""`buf breaking` and the comparison of documents: where both can see a change, they agree on whether it breaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.document_diff import breaking_changes
from tests.support.documents import document
from tests.support.protos import FILE, HEAD, descriptor_set

RULES = '{"version": "v2", "breaking": {"use": ["FILE"]}}'
"""As in buf.yaml."""
OPTION = "an option of google.api or of this project: buf does not read it"
GENERATED = "generated code changes; JSON keeps every promise it made"
NOT_IN_JSON = "names of messages, methods, packages and files, field numbers and encodings are not in JSON"
BASE = f"""{HEAD}
service JobService {{
  // Watches jobs.
  rpc WatchJobs(WatchJobsRequest) returns (stream WatchJobsResponse) {{
    option (google.api.http) = {{get: "/v1/jobs"}};
    option (gateway.sse.v1.stream) = {{delivery: DELIVERY_SHARED}};
  }}
  rpc WatchTicks(WatchTicksRequest) returns (stream WatchTicksResponse) {{
    option (google.api.http) = {{get: "/v1/ticks"}};
    option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED;
  }}
}}
service AskService {{
  rpc GetJob(GetJobRequest) returns (Job) {{ option (google.api.http) = {{get: "/v1/jobs/{{id}}"}}; }}
  rpc MoveJob(MoveJobRequest) returns (Job) {{
    option (google.api.http) = {{post: "/v1/jobs/{{id}}:move" body: "*"}};
  }}
}}
message GetJobRequest {{ string id = 1; }}
message MoveJobRequest {{ string id = 1; string target = 2; Plan plan = 3; bool force = 4; }}
message Plan {{ string by = 1; repeated string steps = 2; }}
message WatchJobsRequest {{
  string owner = 1;
  int32 newest = 2 [(gateway.sse.v1.parameter) = {{last: true, default: "50", minimum: 0, maximum: 500}}];
  Kind only = 3;
}}
message WatchJobsResponse {{
  oneof event {{
    Job progress = 1 [(gateway.sse.v1.event) = {{key_field: "id"}}];
    Job done = 2 [(gateway.sse.v1.event) = {{name: "finished"}}];
  }}
}}
message Job {{
  string id = 1 [(google.api.field_behavior) = REQUIRED];
  int32 count = 2;
  optional string note = 3;
  Kind kind = 4;
  repeated Stage stages = 5;
  double share = 6 [(gateway.sse.v1.finite) = true];
  map<string, int32> sizes = 7;
  oneof reason {{ string text = 8; int32 code = 9; }}
}}
message Stage {{ string name = 1; Stage within = 2; }}
enum Other {{ OTHER_NONE = 0; }}
enum Kind {{
  option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  KIND_UNKNOWN = 0;
  KIND_COPY = 1;
  KIND_MOVE = 2;
}}
message WatchTicksRequest {{}}
message WatchTicksResponse {{ int64 number = 1; }}
"""


class Change(NamedTuple):
    """One change of BASE, and who calls it breaking."""

    old: str
    new: str
    buf: bool
    document: bool
    why_they_differ: str


def change(what: str, old: str, new: str, *, buf: bool, document: bool, differ: str = "") -> object:
    """A row of the table."""
    return pytest.param(Change(old, new, buf, document, differ), id=what)


def both(what: str, old: str, new: str) -> object:
    """A row: it breaks."""
    return change(what, old, new, buf=True, document=True)


def neither(what: str, old: str, new: str) -> object:
    """A row: it does not."""
    return change(what, old, new, buf=False, document=False)


def only_document(what: str, old: str, new: str) -> object:
    """A row: it breaks those who read JSON, and is made by an option."""
    return change(what, old, new, buf=False, document=True, differ=OPTION)


def only_buf(what: str, old: str, new: str, differ: str = NOT_IN_JSON) -> object:
    """A row: it breaks those who use the proto files, and nobody who reads JSON."""
    return change(what, old, new, buf=True, document=False, differ=differ)


DONE = '    Job done = 2 [(gateway.sse.v1.event) = {name: "finished"}];\n'
TICKS = """  rpc WatchTicks(WatchTicksRequest) returns (stream WatchTicksResponse) {
    option (google.api.http) = {get: "/v1/ticks"};
    option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED;
  }
"""
REQUIRED = "[(google.api.field_behavior) = REQUIRED]"
CHANGES = [
    # What is sent.
    both("a field is removed", "  int32 count = 2;\n", ""),
    both("a field is removed and its number and name reserved", "int32 count = 2;", 'reserved 2; reserved "count";'),
    both("a field is removed further down", "string name = 1; Stage within", "Stage within"),
    both("a field is renamed", "int32 count", "int32 number"),
    both("an int32 becomes a string", "int32 count", "string count"),
    both("an int32 becomes an int64, which JSON writes as text", "int32 count", "int64 count"),
    both("an int32 becomes a double", "int32 count", "double count"),
    both("an enum becomes a string", "Kind kind = 4", "string kind = 4"),
    both("a string becomes an enum", "string name = 1", "Kind name = 1"),
    both("a string becomes bytes", "optional string note", "optional bytes note"),
    both("a single field becomes repeated", "optional string note", "repeated string note"),
    both("a repeated field becomes a single one", "repeated Stage stages", "Stage stages"),
    both("a map has other values", "map<string, int32> sizes", "map<string, string> sizes"),
    both("a field leaves a oneof", "string text = 8; int32 code = 9; }", "string text = 8; } int32 code = 9;"),
    both("an event is removed", DONE, ""),
    both("an event's member is renamed", "Job progress = 1", "Job going_on = 1"),
    both("the payload of an event is another message", "Job done = 2", "Stage done = 2"),
    both("a field of an unnamed event is removed", "int64 number = 1;", ""),
    both("an enum value is removed", "  KIND_MOVE = 2;\n", ""),
    both("an enum value is renamed", "KIND_MOVE = 2", "KIND_SHIFT = 2"),
    neither("an event is added", DONE, f"{DONE}    Job failed = 3;\n"),
    neither("an optional field is added", "optional string note = 3;", "optional string note = 3; string more = 10;"),
    neither("an enum value is added, which is news", "KIND_MOVE = 2;", "KIND_MOVE = 2; KIND_LINK = 3;"),
    only_document("REQUIRED is removed", f"string id = 1 {REQUIRED}", "string id = 1"),
    neither("REQUIRED is added", "int32 count = 2;", f"int32 count = 2 {REQUIRED};"),
    only_document("an event's name is changed by its option", '"finished"', '"over"'),
    only_document("the spelling of an enum is changed", "option (gateway.sse.v1.spelling) = SPELLING_LOWER;", ""),
    only_document("one value is spelled otherwise", "KIND_COPY = 1;", 'KIND_COPY = 1 [(gateway.sse.v1.json) = "cp"];'),
    only_document("a number is no longer promised to be finite", " [(gateway.sse.v1.finite) = true]", ""),
    only_buf("an int32 becomes a sint32", "int32 count", "sint32 count"),
    only_buf("an int32 becomes a uint32", "int32 count", "uint32 count"),
    only_buf("a field gets another number", "int32 count = 2", "int32 count = 12"),
    only_buf("an enum value gets another number", "KIND_MOVE = 2", "KIND_MOVE = 3"),
    only_buf("a message is renamed", "Stage", "Step"),
    only_buf(
        "a field moves into a oneof: it was never sure to be there",
        "optional string note = 3;",
        "oneof more { string note = 3; int32 other = 10; }",
        GENERATED,
    ),
    # What may be asked.
    both("a parameter is removed", "  string owner = 1;\n", ""),
    both("a parameter is renamed", "string owner = 1", "string owner_id = 1"),
    both("a parameter has another type", "string owner = 1", "int32 owner = 1"),
    both("a parameter of a closed set has another one", "Kind only = 3;", "Other only = 3;"),
    only_buf("a parameter takes any text, and not only an enum's values", "Kind only", "string only", GENERATED),
    neither("a parameter is added", "string owner = 1;", "string owner = 1; string room = 4;"),
    only_document("a parameter's default is changed", 'default: "50"', 'default: "10"'),
    only_document("a parameter's bounds are narrower", "maximum: 500", "maximum: 100"),
    neither("a parameter's bounds are wider", "maximum: 500", "maximum: 1000"),
    only_document("the path is changed", 'get: "/v1/jobs"', 'get: "/v2/jobs"'),
    only_document("a parameter moves into the path", 'get: "/v1/jobs"', 'get: "/v1/{owner}/jobs"'),
    only_document(
        "events lose their key, and so the stream its snapshots", ' [(gateway.sse.v1.event) = {key_field: "id"}]', ""
    ),
    neither(
        "a stream is no longer shared, which is another promise, but no other form",
        "option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED;",
        "",
    ),
    # What may be asked once, and is answered.
    both("a key of a body is removed", "string target = 2;", ""),
    both("a key further down in a body is removed", "string by = 1; ", ""),
    both("a key of a body has another type", "bool force", "string force"),
    neither("a key of a body is added", "bool force = 4;", "bool force = 4; string more = 5;"),
    only_document("a key of a body is required", "string target = 2;", f"string target = 2 {REQUIRED};"),
    only_document("another HTTP method", "post:", "put:"),
    only_document("a body is one of its fields", 'body: "*"', 'body: "plan"'),
    both(
        "a method is no longer there",
        '  rpc GetJob(GetJobRequest) returns (Job) { option (google.api.http) = {get: "/v1/jobs/{id}"}; }\n',
        "",
    ),
    both("another message is answered", "GetJobRequest) returns (Job)", "GetJobRequest) returns (Stage)"),
    only_document(
        "a part of the response is answered", '{get: "/v1/jobs/{id}"}', '{get: "/v1/jobs/{id}" response_body: "stages"}'
    ),
    only_document("a verb is added to the path", "{id}:move", "{id}:shift"),
    # Names and places.
    both("a method is removed", TICKS, ""),
    both("a method does not stream any more", "returns (stream WatchTicksResponse)", "returns (WatchTicksResponse)"),
    only_buf("a method is renamed", "rpc WatchTicks(", "rpc Ticks("),
    only_buf("a service is renamed", "service JobService", "service WorkService"),
    only_buf("the package is renamed", "package test;", "package tests;"),
    neither("a comment is changed", "// Watches jobs.", "// Watches every job."),
]


def compiled(old: str, new: str) -> bytes:
    """BASE with all of one text replaced."""
    assert old in BASE
    return descriptor_set(BASE.replace(old, new))


def broken_for_buf(old: bytes, new: bytes, directory: Path) -> str:
    """What `buf breaking` says; empty for nothing."""
    for name, data in (("old.binpb", old), ("new.binpb", new)):
        (directory / name).write_bytes(data)
    buf = Path(sys.executable).with_name("buf")
    command = (str(buf), "breaking", "new.binpb", "--against", "old.binpb", "--config", RULES, "--exclude-imports")
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=30, check=False)
    # 100 is how buf ends where it has found something (buf.build, "Exit codes").
    assert run.returncode in (0, 100), run.stderr
    return run.stdout


@pytest.mark.parametrize("row", CHANGES)
def test_buf_and_the_documents_agree_wherever_both_can_see_a_change(row: Change, tmp_path: Path) -> None:
    """Where they differ, it is because one of them is blind to it, and the row says which."""
    old, new = descriptor_set(BASE), compiled(row.old, row.new)
    assert bool(broken_for_buf(old, new, tmp_path)) is row.buf
    found = breaking_changes(document(old), document(new))
    assert bool(found) is row.document, found
    assert bool(row.why_they_differ) is (row.buf is not row.document)


def test_moving_everything_to_another_file_breaks_for_buf_only(tmp_path: Path) -> None:
    """Includes of generated code name files; JSON does not."""
    old, new = descriptor_set(BASE), descriptor_set(BASE, named="moved.proto")
    assert FILE in broken_for_buf(old, new, tmp_path)
    assert breaking_changes(document(old), document(new)) == []


def test_a_comparison_says_where_and_what() -> None:
    """One line for each thing that breaks, from the path down to the key."""
    old, new = descriptor_set(BASE), compiled("string name = 1; Stage within", "int32 name = 1; Stage within")
    assert breaking_changes(document(old), document(new)) == [
        "/v1/jobs, event progress/stages/*/name: type was string, is integer",
    ]
