"""The bytes on the wire, event by event. The epoch of the ids is the only thing that differs from run to run."""

import re

import pytest
from google.protobuf.json_format import ParseDict

from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2
from tests.support.backend import LOGS, Script, ScriptedBackend, log_bookmark, progress_bookmark
from tests.support.gateways import running_gateway
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_server")
RUNNING = {
    "id": "op-1",
    "operation_name": "Nightly ingest",
    "operation_type": "ingest",
    "owner_id": "u-7",
    "owner_type": "user",
    "state": "OPERATION_STATE_RUNNING",
    "overall_percentage": 0,
    "stages": [
        {"id": "scan", "name": "Scan files", "state": "STAGE_STATE_IN_PROGRESS", "percentage": 12.5, "stage_step": "a"},
        {"id": "hash", "name": "Hash files", "state": "STAGE_STATE_PENDING"},
    ],
    "current_stage": "scan",
    "started_at": "2025-12-02T10:00:00Z",
    "last_update": "2025-12-02T10:00:01.250Z",
    "metadata": {"files": 3, "note": 'quote " newline \n'},
}
PROGRESS_GOLDEN = r"""HTTP/1.1 200
content-type: text/event-stream
cache-control: no-cache, no-transform
x-accel-buffering: no

:connected

retry: RETRY

id: EPOCH-0

id: EPOCH-1
event: progress
data: {"id":"op-1","operation_name":"Nightly ingest","operation_type":"ingest","owner_id":"u-7","owner_type":"user","state":"running","overall_percentage":0.0,"stages":[{"id":"scan","name":"Scan files","state":"in_progress","percentage":12.5,"stage_step":"a"},{"id":"hash","name":"Hash files","state":"pending","percentage":0.0}],"current_stage":"scan","started_at":"2025-12-02T10:00:00Z","last_update":"2025-12-02T10:00:01.250Z","metadata":{"files":3,"note":"quote \" newline \n"}}

id: EPOCH-2
event: completed
data: {"id":"op-1","operation_name":"Nightly ingest","operation_type":"ingest","owner_id":"u-7","owner_type":"user","state":"completed","overall_percentage":100.0,"current_stage":"","started_at":"2025-12-02T10:00:00Z","last_update":"2025-12-02T10:00:09Z","completed_at":"2025-12-02T10:00:09Z"}

id: EPOCH-3
event: error
data: {"id":"op-1","operation_name":"Nightly ingest","operation_type":"ingest","owner_id":"u-7","owner_type":"user","state":"error","overall_percentage":100.0,"error":"disk full","current_stage":"","started_at":"2025-12-02T10:00:00Z","last_update":"2025-12-02T10:00:09Z","completed_at":"2025-12-02T10:00:09Z"}

id: EPOCH-4
event: cancelled
data: {"id":"op-1","operation_name":"Nightly ingest","operation_type":"ingest","owner_id":"u-7","owner_type":"user","owner_name":"Ada","resource_id":"r-1","state":"cancelled","overall_percentage":100.0,"current_stage":"","started_at":"2025-12-02T10:00:00Z","last_update":"2025-12-02T10:00:09Z","completed_at":"2025-12-02T10:00:09Z"}

id: EPOCH-4-end
event: stream-end
data: {"reason":"finished"}

"""  # noqa: E501 - the bytes are what they are
LOGS_GOLDEN = r"""HTTP/1.1 200
content-type: text/event-stream
cache-control: no-cache, no-transform
x-accel-buffering: no

:connected

retry: RETRY

id: EPOCH-0

id: EPOCH-1
event: log
data: {"id":"l-1","timestamp":"2025-12-02T10:00:00.000001Z","level":"warn","message":"nearly full","module":"archive","target":"ingest.archive","file":"archive.py","line":42,"fields":{"free":0.5,"tags":["a",null,true]},"context":{"operation_id":"op-1"}}

id: EPOCH-2
event: log
data: {"id":"l-2","timestamp":"2025-12-02T10:00:00Z","level":"info","message":""}

"""  # noqa: E501 - the bytes are what they are


def ended(member: str, **fields: object) -> progress_pb2.WatchProgressResponse:
    """The last event of the operation."""
    state = f"OPERATION_STATE_{member.upper()}"
    last = {"state": state, "overall_percentage": 100, "last_update": "2025-12-02T10:00:09Z"}
    operation = RUNNING | last | {"completed_at": "2025-12-02T10:00:09Z", "current_stage": ""} | fields
    del operation["stages"], operation["metadata"]
    return ParseDict({member: operation}, progress_pb2.WatchProgressResponse())


def shown(response, raw: bytes) -> str:
    """A response as the golden texts have it."""
    names = ("content-type", "cache-control", "x-accel-buffering")
    head = "\n".join([f"HTTP/1.1 {response.status_code}", *(f"{name}: {response.headers[name]}" for name in names)])
    body = re.sub(r"id: [0-9a-f]{10}-", "id: EPOCH-", raw.decode())
    return f"{head}\n\n{re.sub('retry: [0-9]+', 'retry: RETRY', body)}"


async def test_the_progress_endpoint_is_the_spec_to_the_letter() -> None:
    """Every event name, every key present and absent, every spelling, and the end."""
    script = Script(progress_bookmark())
    async with ScriptedBackend(script) as backend, running_gateway(backend.address) as gateway:
        opening = await gateway.open("/api/v1/progress/events?snapshot=false")
        await until(lambda: opening.sse.last_event_id)
        script.send(
            ParseDict({"progress": RUNNING}, progress_pb2.WatchProgressResponse()),
            ended("completed"),
            ended("error", error="disk full"),
            ended("cancelled", owner_name="Ada", resource_id="r-1"),
            None,
        )
        await until(lambda: opening.ended)
        assert shown(opening.response, opening.raw) == PROGRESS_GOLDEN


async def test_the_log_endpoint_is_the_spec_to_the_letter() -> None:
    """A full entry and an empty one."""
    script = Script(log_bookmark())
    full = {
        "id": "l-1",
        "timestamp": "2025-12-02T10:00:00.000001Z",
        "level": "LOG_LEVEL_WARN",
        "message": "nearly full",
        "module": "archive",
        "target": "ingest.archive",
        "file": "archive.py",
        "line": 42,
        "fields": {"free": 0.5, "tags": ["a", None, True]},
        "context": {"operation_id": "op-1"},
    }
    empty = {"id": "l-2", "timestamp": "2025-12-02T10:00:00Z"}
    async with ScriptedBackend(script, LOGS) as backend, running_gateway(backend.address) as gateway:
        opening = await gateway.open("/api/v1/logs/stream")
        await until(lambda: opening.sse.last_event_id)
        for entry in (full, empty):
            script.send(ParseDict({"log": entry}, logs_pb2.StreamLogsResponse()))
        await opening.until_names("log", "log")
        assert shown(opening.response, opening.raw) == LOGS_GOLDEN
