"""`schemathesis run` against the live gateway: what it asks for and what comes back is as the 3.2 document says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.protobuf.message import Message

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
from tests.support.protos import descriptor_set, proto_class, service_proto
from tests.support.published import DOCUMENT

WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream"
EXAMPLES = 20
"""Of each phase and operation; the phase that covers schemas makes as many as it needs."""
PATIENCE_SECONDS = 120
pytestmark = pytest.mark.timeout(150)


class Run(NamedTuple):
    """How a run ended."""

    status: int
    output: str


async def schemathesis(gateway: RunningGateway, path: str, directory: Path, *options: str) -> Run:
    """Runs it with all its checks, and the same examples in every run."""
    configuration = directory / "schemathesis.toml"
    configuration.touch()
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(configuration), "run", f"{gateway.url}{DOCUMENT}", "--include-path", path),
        *("--checks", "all", "--no-color", *options),
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
        run = await schemathesis(gateway, path, tmp_path, "--continue-on-failure")
    assert run.status == 0, run.output
    assert "No issues found" in run.output
    assert backend.requests


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
        running_gateway(backend.address, contract={"descriptor_set": str(file)}) as gateway,
    ):
        run = await schemathesis(gateway, "/v1/rooms/{room}/floors/{floor}/ticks", tmp_path, "--continue-on-failure")
    assert run.status == 0, run.output


BROKEN = [
    pytest.param(edited(lambda payload: payload.pop("state")), id="a key that is always there is missing"),
    pytest.param(edited(lambda payload: payload.update(state=2)), id="an enum is a number"),
    pytest.param(lambda event: event._replace(name="progres"), id="the event has another name"),
]


@pytest.mark.parametrize("change", BROKEN)
async def test_schemathesis_finds_a_payload_that_is_broken_on_purpose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Change
) -> None:
    """It says that an event violates its schema."""
    break_shipped_contract(monkeypatch, change)
    async with ScriptedBackend(TOLD, PROGRESS) as backend, running_gateway(backend.address) as gateway:
        run = await schemathesis(gateway, WATCH, tmp_path, "--phases", "examples")
    assert run.status == 1, run.output
    assert "SSE event violates schema" in run.output
