"""Events as they arrive, held against the OpenAPI 3.2 document of the very gateway that sent them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from msgspec import structs

from backends.emitter import LogHandler, Progress, Server
from gateway.contract.descriptors import message_class
from tests.contract.everything import EVERYTHING, OLD, random_message
from tests.support.backend import LOGS, PROGRESS, Answer, ScriptedBackend, log, log_bookmark, progress
from tests.support.broken import Change, break_shipped_contract, edited
from tests.support.documents import document
from tests.support.faults_client import EventSource, progress_key
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.protos import GET, HEAD, descriptor_set, proto_class, service_proto
from tests.support.published import EventChecker, UndocumentedAnswer, UndocumentedEvent, check_answer
from tests.support.sse import SseEvent
from tests.support.waiting import until

WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream"
MESSAGES = 150
TIMES: dict[str, Any] = {
    "started_at": {"seconds": 1_700_000_000},
    "last_update": {"seconds": 1_700_000_000, "nanos": 1},
}
STAGE = {"id": "scan", "name": "Scan", "percentage": 12.5}
SENT = progress("op-1", state=2, stages=[STAGE], metadata={"step": 1, "any": None}, **TIMES)


def sending(*messages: Message) -> Answer:
    """A backend's answer: these messages, then the end."""

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        await context.send_initial_metadata(())
        for message in messages:
            yield message

    return answer


async def test_every_event_of_the_shipped_contract_is_as_documented() -> None:
    """Each kind, the gateway's own among them, with everything set and with nothing set."""
    kinds = ("progress", "completed", "error", "cancelled")
    whole = [progress(kind, kind, state=3, error="x", stages=[STAGE], completed_at={}, **TIMES) for kind in kinds]
    answer = sending(*(progress(f"bare {kind}", kind) for kind in kinds), *whole)
    async with ScriptedBackend(answer, PROGRESS) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open(WATCH, {"Last-Event-ID": "rubbish"})
        await until(lambda: "stream-end" in client.sse.names)
        assert set(client.sse.names) >= {*kinds, "stream-gap", "stream-end"}
    entries = [log("bare"), log("whole", module="m", line=3, fields={"x": [1, None]}, context={}), log_bookmark()]
    async with ScriptedBackend(sending(*entries), LOGS) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open(STREAM)
        await client.until_names("log", "log", "stream-end")


async def test_a_refusal_in_the_stream_is_as_documented() -> None:
    """`stream-error` is the gateway's own, too."""
    refused = asyncio.Event()

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        yield SENT
        await refused.wait()
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not yours")

    async with ScriptedBackend(answer) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open(WATCH)
        refused.set()
        await until(lambda: "stream-error" in client.sse.names)


def everything() -> bytes:
    """The descriptor set of a contract with every kind of field."""
    source = service_proto(method=GET, response="oneof event { Everything all = 1; }", more=EVERYTHING)
    return descriptor_set(source.replace(HEAD, f'{HEAD}import "old.proto";\n'), OLD)


async def test_random_messages_with_every_kind_of_field_are_as_documented(tmp_path: Path) -> None:
    """Whatever protobuf can say, the document of its contract says what becomes of it."""
    file = tmp_path / "everything.binpb"
    file.write_bytes(everything())
    response = proto_class(everything(), "test.WatchResponse")
    kind = message_class(response.DESCRIPTOR.fields_by_name["all"].message_type)
    messages = [response(all=random_message(kind, Random(seed))) for seed in range(MESSAGES)]  # noqa: S311 - the same in every run
    method = ("test.WatchService", "Watch", proto_class(everything(), "test.WatchRequest"))
    async with (
        ScriptedBackend(sending(*messages), method) as backend,
        running_gateway(backend.address, contract={"descriptor_sets": [str(file)]}) as gateway,
    ):
        client = await gateway.open("/v1/watch")
        await until(lambda: client.ended)
        assert client.sse.names == ["all"] * MESSAGES + ["stream-end"]


async def test_an_enum_number_that_the_contract_does_not_know_is_as_documented() -> None:
    """A newer backend sends a value that this contract has no name for: a spelled enum is read as its first value."""
    answer = sending(log("newer", level=17))
    async with ScriptedBackend(answer, LOGS) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open(STREAM)
        await until(lambda: "stream-end" in client.sse.names)
        assert client.sse.events[0].payload["level"] == "info"


@asynccontextmanager
async def people_s_own_backend() -> AsyncIterator[RunningGateway]:
    """A gateway before the backend that people use, with an operation `op-1` that runs."""
    kept, logs = Progress(), LogHandler()
    logs.handle(logging.makeLogRecord({"msg": "written", "levelno": logging.WARNING, "name": "archive"}))
    backend = await Server.start(kept, logs, "127.0.0.1:0")
    try:
        with kept.operation("Running", type="ingest", owner_id="u-7", metadata={"files": 1}, id="op-1"):
            async with running_gateway(f"127.0.0.1:{backend.port}") as gateway:
                yield gateway
    finally:
        await backend.stop()


ASKED = [
    ("GET", "/api/v1/progress/operations?limit=5", None, 200),
    ("GET", "/api/v1/progress/operations/op-1", None, 200),
    ("POST", "/api/v1/progress/operations/op-1:cancel", {"reason": "late"}, 200),
    ("GET", "/api/v1/logs/recent", None, 200),
    ("GET", "/api/v1/logs/stats", None, 200),
    ("GET", "/api/v1/progress/operations/unknown", None, 404),
    ("GET", "/api/v1/logs/recent?limit=many&unknown=1", None, 400),
    ("POST", "/api/v1/progress/operations/op-1:cancel", {"why": "late"}, 400),
    ("POST", "/api/v1/progress/operations/op-1:cancel", "x" * 5_000_000, 413),
]


@pytest.mark.parametrize(("verb", "path", "body", "status"), ASKED)
async def test_every_answer_of_the_shipped_contract_is_as_documented(
    verb: str, path: str, body: Any, status: int
) -> None:
    """Refusals too."""
    async with people_s_own_backend() as gateway:
        response = await gateway.http.request(verb, path, json=body)
        assert response.status_code == status, response.text
        check_answer(await gateway.document(), response)


async def test_a_body_of_another_content_type_is_refused_as_documented() -> None:
    """With 415."""
    async with people_s_own_backend() as gateway:
        form = {"reason": "late"}
        response = await gateway.http.post("/api/v1/progress/operations/op-1:cancel", data=form)
        assert response.status_code == 415
        check_answer(await gateway.document(), response)


def first_operation(payload: Any) -> Any:
    """Of a list, or of an answer that holds one."""
    return payload["operations"][0] if "operations" in payload else payload["operation"]


BROKEN_ANSWERS = [
    pytest.param(
        "body/operation: .*state",
        edited(lambda p: first_operation(p).pop("state", None)),
        "/op-1",
        id="a key that is always there",
    ),
    pytest.param(
        "body/operation/owner_id: 7 ",
        edited(lambda p: first_operation(p).update(owner_id=7)),
        "/op-1",
        id="a text is a number",
    ),
    pytest.param("body: .*extra", edited(lambda p: p.update(extra=1)), "/op-1", id="a key is not documented"),
    pytest.param("body: .*extra", edited(lambda p: p.update(extra=1)), "", id="a key of a list is not documented"),
    pytest.param(
        "body/operations/0: .*extra",
        edited(lambda p: first_operation(p).update(extra=1)),
        "",
        id="a key further down is not documented",
    ),
]


@pytest.mark.parametrize(("place", "change", "path"), BROKEN_ANSWERS)
async def test_an_answer_broken_on_purpose_is_found(
    monkeypatch: pytest.MonkeyPatch, place: str, change: Change, path: str
) -> None:
    """By what holds answers against the document."""
    break_shipped_contract(monkeypatch, change)
    async with people_s_own_backend() as gateway:
        response = await gateway.http.get(f"/api/v1/progress/operations{path}")
        with pytest.raises(UndocumentedAnswer, match=place):
            check_answer(await gateway.document(), response)


def broken(why: str, place: str, change: Change) -> Any:
    """A row: why it is wrong, where the message says so, and what is done to each event."""
    return pytest.param(place, change, id=why)


BROKEN = [
    broken(
        "a key that is always there is missing", "data: .*overall_perc", edited(lambda p: p.pop("overall_percentage"))
    ),
    broken("a text is a number", "data/owner_id: 7 ", edited(lambda p: p.update(owner_id=7))),
    broken("a number is a text", "data/overall_percentage: ", edited(lambda p: p.update(overall_percentage="12"))),
    broken("a text is null", "data/current_stage: null ", edited(lambda p: p.update(current_stage=None))),
    broken("an absent key is null", "data/owner_name: null ", edited(lambda p: p.update(owner_name=None))),
    broken("a list is an object", "data/stages: ", edited(lambda p: p.update(stages={}))),
    broken(
        "an enum has its declared name", "data/state: ", edited(lambda p: p.update(state="OPERATION_STATE_RUNNING"))
    ),
    broken("an enum is a number", "data/state: 2 ", edited(lambda p: p.update(state=2))),
    broken("a time has no zone", "data/started_at: ", edited(lambda p: p.update(started_at="2026-01-01T12:00:00"))),
    broken("a time is a number", "data/last_update: ", edited(lambda p: p.update(last_update=1_700_000_000))),
    broken("a key is not documented", "data: .*extra", edited(lambda p: p.update(extra=1))),
    broken("a key is in camel case", "data: .*ownerName", edited(lambda p: p.update(ownerName="x"))),
    broken("a key further down is missing", "data/stages/0: ", edited(lambda p: p["stages"][0].pop("name"))),
    broken("a key further down is not documented", "data/stages/0: ", edited(lambda p: p["stages"][0].update(extra=1))),
    broken("the payload is a list", "data: ", lambda event: structs.replace(event, data=b"[]")),
    broken(
        "the payload is no JSON",
        "data: expected JSON",
        lambda event: structs.replace(event, data=b'{"percentage":NaN}'),
    ),
    broken(
        "the event has another name", "'progres': expected one of", lambda event: structs.replace(event, name="progres")
    ),
    broken("the event has no name", "'message': expected one of", lambda event: structs.replace(event, name=None)),
]


@pytest.mark.parametrize(("place", "change"), BROKEN)
async def test_a_payload_broken_on_purpose_fails_the_test_that_reads_it(
    monkeypatch: pytest.MonkeyPatch, place: str, change: Change
) -> None:
    """By the end of its gateway, without its having looked at the payload."""
    break_shipped_contract(monkeypatch, change)
    with pytest.raises(UndocumentedEvent, match=place):
        await a_test_that_reads_an_event()


async def a_test_that_reads_an_event() -> None:
    """What tests do, without a look at the event."""
    async with ScriptedBackend(sending(SENT)) as backend, running_gateway(backend.address) as gateway:
        client = await gateway.open(WATCH)
        await until(lambda: client.sse.events)


async def test_a_payload_broken_on_purpose_fails_a_fault_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clients go on reading, and say at the end what was wrong with the first such event."""
    break_shipped_contract(monkeypatch, edited(lambda payload: payload.update(extra=1)))
    async with ScriptedBackend(sending(SENT)) as backend, running_gateway(backend.address) as gateway:
        client = EventSource(gateway.url.removeprefix("http://"), WATCH, progress_key, await gateway.document()).start()
        await until(lambda: client.ended)
        await client.close()
        assert client.heard.count == 2
        with pytest.raises(UndocumentedEvent, match=r"event 'progress', data: .*'extra'"):
            client.heard.verify()


def test_an_event_without_an_id_or_with_two_members_of_a_oneof_is_found() -> None:
    """The document asks for the one, and excludes the other with a rule beside the keys."""
    checker = EventChecker(document(everything(), "3.2"), "/v1/watch?x=1")
    checker.check(SseEvent("all", "{}", "1-1"))
    for payload, wrong in [
        ({"choice_text": "", "choice_flag": True}, "data: "),
        ({"undocumented": 1}, "data: .*undocumented"),
        ({"itself": {"undocumented": 1}}, "data/itself: .*undocumented"),
        ({"Empty_one": {"undocumented": 1}}, "data/Empty_one: .*undocumented"),
    ]:
        with pytest.raises(UndocumentedEvent, match=wrong):
            checker.check(SseEvent("all", json.dumps(payload), "1-1"))
    with pytest.raises(UndocumentedEvent, match='event: "id" is a required property'):
        checker.check(SseEvent("all", "{}", ""))


def test_a_path_that_is_not_documented_is_told() -> None:
    """With those that are."""
    with pytest.raises(LookupError, match="/v1/watch"):
        EventChecker(document(everything(), "3.2"), "/v1/watches")
