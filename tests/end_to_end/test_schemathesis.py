"""`schemathesis run` against the live gateway: what it asks for and what comes back is as the 3.2 document says."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.protobuf.message import Message
from msgspec import structs

from backends.emitter import LogHandler, Progress, Server
from backends.generated.gateway.logs.v1.logs_pb2 import LOG_LEVEL_WARN
from tests.support.backend import (
    LOGS,
    PROGRESS,
    Answer,
    ScriptedBackend,
    log,
    log_bookmark,
    progress,
    progress_bookmark,
)
from tests.support.broken import Change, break_shipped_contract, edited
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.plain_service import serving
from tests.support.protos import HEAD, descriptor_set, proto_class, service_proto
from tests.support.published import DOCUMENT

WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream"
ASKED = "/api/v1/(progress/operations|logs/(recent|stats)).*"
EXAMPLES = 20
"""Of each phase and operation; the phase that covers schemas makes as many as it needs."""
PATIENCE_SECONDS = 120
NOT_CHECKED = """
# A body may be written otherwise than documented (null for an absent key, numbers as text): that is ProtoJSON.
[[operations]]
include-method = ["POST", "PUT", "PATCH"]
checks.negative_data_rejection.enabled = false

# GET is for this path as well, as the operation whose id is `op-1:cancel`.
[[operations]]
include-path-regex = ":cancel$"
checks.allow_header_conformance.enabled = false
"""
pytestmark = pytest.mark.timeout(150)


class Run(NamedTuple):
    """How a run ended."""

    status: int
    output: str


async def schemathesis(gateway: RunningGateway, path: str, directory: Path, *options: str) -> Run:
    """Runs it over the paths that match, with all its checks but for NOT_CHECKED, and the same examples each time."""
    configuration = directory / "schemathesis.toml"
    configuration.write_text(NOT_CHECKED)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(configuration), "run", f"{gateway.url}{DOCUMENT}", "--include-path-regex", f"^{path}$"),
        *("--no-color", *options),
        *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--request-timeout", "10"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Run(process.returncode or 0, output.decode())


def finite(*messages: Message) -> Answer:
    """A backend's answer that ends, so that responses do too."""

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        await context.send_initial_metadata(())
        for message in messages:
            yield message

    return answer


# The filters that the document gives as examples let the first event of each stream through.
EXAMPLE = {"operation_type": "ingest", "owner_id": "u-7", "resource_id": "library-1"}
TOLD = finite(progress("1", **EXAMPLE), progress("2", "completed", error="x"), progress_bookmark())
WRITTEN = finite(log("1", LOG_LEVEL_WARN, module="archive"), log("2", fields={"x": None}), log_bookmark())


@pytest.mark.parametrize(
    ("path", "method", "answer"), [(WATCH, PROGRESS, TOLD), (STREAM, LOGS, WRITTEN)], ids=["progress", "logs"]
)
async def test_schemathesis_finds_nothing_wrong_with_the_shipped_contract(
    path: str, method: tuple[str, str, Any], answer: Answer, tmp_path: Path
) -> None:
    """Valid requests are answered as documented, and invalid ones are refused as documented."""
    async with ScriptedBackend(answer, method) as backend, running_gateway(backend.address) as gateway:
        run = await schemathesis(gateway, re.escape(path), tmp_path, "--continue-on-failure")
    assert run.status == 0, run.output
    assert "No issues found" in run.output
    assert backend.requests


async def test_schemathesis_finds_nothing_wrong_with_what_is_asked_and_answered_once(tmp_path: Path) -> None:
    """Lists, one of them, and an order with a body, from the backend that people use; most ids are of no operation."""
    kept, logs = Progress(), LogHandler()
    logs.handle(logging.makeLogRecord({"msg": "written", "levelno": logging.WARNING, "name": "archive"}))
    backend = await Server.start(kept, logs, "127.0.0.1:0")
    try:
        async with running_gateway(f"127.0.0.1:{backend.port}") as gateway:
            with kept.operation("Running", type="ingest", owner_id="u-7", resource_id="library-1", id="op-1"):
                run = await schemathesis(gateway, ASKED, tmp_path, "--continue-on-failure")
    finally:
        await backend.stop()
    assert run.status == 0, run.output
    assert re.search(r"Operations: +5 selected", run.output)


PARAMETERS = """
  string room = 1; int32 floor = 2;
  bool on = 3; int64 wide = 4; uint32 natural = 5; double share = 6; Kind kind = 7;
  repeated int32 numbers = 8; repeated Kind kinds = 9; string text = 10; optional bool maybe = 11;
  uint64 huge = 12; float small = 13;
  int32 bounded = 15 [(gateway.sse.v1.parameter) = {default: "3", minimum: 1, maximum: 9}];
"""
KINDS = "enum Kind { option (gateway.sse.v1.spelling) = SPELLING_LOWER; KIND_NONE = 0; KIND_ONE = 1; KIND_TWO = 2; }"


async def test_schemathesis_finds_nothing_wrong_with_parameters_of_every_kind(tmp_path: Path) -> None:
    """In the path and in the query, bounded and repeated."""
    source = service_proto(
        method='option (google.api.http) = {get: "/v1/rooms/{room}/floors/{floor}/ticks"};',
        request=PARAMETERS,
        more=f"message Tick {{ string id = 1; int32 count = 2; }} {KINDS}",
    )
    file = tmp_path / "parameters.binpb"
    file.write_bytes(descriptor_set(source))
    request, response = (proto_class(descriptor_set(source), f"test.Watch{each}") for each in ("Request", "Response"))
    async with (
        ScriptedBackend(finite(response(tick={"count": 1})), ("test.WatchService", "Watch", request)) as backend,
        running_gateway(backend.address, contract={"descriptor_sets": [str(file)]}) as gateway,
    ):
        run = await schemathesis(gateway, "/v1/rooms/.*", tmp_path, "--continue-on-failure")
    assert run.status == 0, run.output


SHELF = """
message Shelf { string name = 1 [(google.api.field_behavior) = REQUIRED]; repeated string tags = 2; Shelf above = 3; }
message Request {
  Shelf shelf = 1 [(google.api.field_behavior) = REQUIRED];
  string tag = 2;
  repeated string tags = 3;
  map<string, double> sizes = 4;
  Kind kind = 5;
  bytes raw = 6;
  google.protobuf.Struct free = 7;
  repeated Choice choices = 8;
  float small = 10; uint32 natural = 11; bool on = 12; repeated Kind kinds = 13; Plain plain = 14;
  map<bool, Shelf> shelves = 15; google.protobuf.BoolValue maybe = 16; google.protobuf.Timestamp at = 17;
  int32 bounded = 18 [(gateway.sse.v1.parameter) = {default: "3", minimum: 1, maximum: 9}];
}
message Choice { oneof one { string left = 1; int64 right = 2; Shelf shelf = 3; } }
message Upload { string name = 1; google.api.HttpBody file = 2; }
enum Plain { PLAIN_NONE = 0; PLAIN_ONE = 1; }
"""
BINDINGS = """
    post: "/v1/whole" body: "*"
    additional_bindings { put: "/v1/shelves/{shelf.name}/tags/{tag}" body: "*" }
    additional_bindings { patch: "/v1/shelf/{natural}" body: "shelf" }
    additional_bindings { patch: "/v1/whole" body: "*" }
    additional_bindings { post: "/v1/shelf/{on}:tags" body: "tags" }
    additional_bindings { post: "/v1/sizes" body: "sizes" }
    additional_bindings { put: "/v1/kinds" body: "kinds" }
"""


def service_of_bodies() -> bytes:
    """The descriptor set of a service that takes every kind of body."""
    rpc = f"rpc Ask(Request) returns (Shelf) {{ option (google.api.http) = {{ {BINDINGS} }}; }}"
    rpc += (
        'rpc Put(Upload) returns (google.api.HttpBody) { option (google.api.http) = {put: "/v1/{name}" body: "file"}; }'
    )
    return descriptor_set(f'{HEAD}import "google/api/httpbody.proto";\nservice Service {{ {rpc} }}\n{SHELF}{KINDS}')


async def test_schemathesis_finds_nothing_wrong_with_bodies_of_every_kind(tmp_path: Path) -> None:
    """Whatever fits the documented schema is taken."""
    file = tmp_path / "bodies.binpb"
    file.write_bytes(service_of_bodies())
    request, response = (proto_class(service_of_bodies(), f"test.{each}") for each in ("Request", "Shelf"))
    asked: list[Any] = []

    async def ask(data: bytes, _: grpc.aio.ServicerContext) -> bytes:
        asked.append(request.FromString(data))
        return response(name="a", tags=["b"]).SerializeToString()

    async def put(_: bytes, __: grpc.aio.ServicerContext) -> bytes:
        return b""  # an empty google.api.HttpBody

    methods: dict[str, Any] = {
        "Ask": grpc.unary_unary_rpc_method_handler(ask),
        "Put": grpc.unary_unary_rpc_method_handler(put),
    }
    async with (
        serving(**methods) as address,
        running_gateway(address, contract={"descriptor_sets": [str(file)]}) as gateway,
    ):
        # What does not fit may be taken as well: see NOT_CHECKED.
        run = await schemathesis(gateway, "/v1/.*", tmp_path, "--continue-on-failure", "--mode", "positive")
    assert run.status == 0, run.output
    assert len(asked) > 200


BROKEN = [
    pytest.param(edited(lambda payload: payload.pop("state")), id="a key that is always there is missing"),
    pytest.param(edited(lambda payload: payload.update(state=2)), id="an enum is a number"),
    pytest.param(lambda event: structs.replace(event, name="progres"), id="the event has another name"),
]


@pytest.mark.parametrize("change", BROKEN)
async def test_schemathesis_finds_a_payload_that_is_broken_on_purpose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Change
) -> None:
    """It says that an event violates its schema."""
    break_shipped_contract(monkeypatch, change)
    async with ScriptedBackend(TOLD, PROGRESS) as backend, running_gateway(backend.address) as gateway:
        run = await schemathesis(gateway, re.escape(WATCH), tmp_path, "--phases", "examples")
    assert run.status == 1, run.output
    assert "SSE event violates schema" in run.output
