"""What is sent: one set of events, as a backend serialises them and as they stand on the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import google.api
import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from grpc_tools import protoc

from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2
from gateway.contract.contract import compile_contract
from gateway.contract.translation import Translated

SENT = "sent=" + "0" * 19
"""Where the moment of sending goes."""
SEQUENCE = "seq=" + "0" * 12
"""Where the event's number goes."""
FILTERS = 10
_HERE = Path(__file__).parent
_OPERATIONS = 20


@dataclass(frozen=True)
class Payload:
    """Events of one kind.

    Args:
        name: what they are called in the results.
        path: where a gateway serves them, with a filter that all of them pass.
        messages: the backend's responses, sent in turn.
        hello: what the backend sends each call first; empty for nothing.
    """

    name: str
    path: str
    messages: tuple[bytes, ...]
    hello: tuple[bytes, ...] = ()

    def events(self) -> list[tuple[str, str]]:
        """Name and data of each event, as the gateway sends them."""
        route = _routes()[self.path.partition("?")[0]]
        translated = [route.translate(message) for message in self.messages]
        return [(each.name or "message", each.data.decode()) for each in translated if isinstance(each, Translated)]

    def frames(self) -> list[bytes]:
        """Each event as it goes on the wire."""
        return [f"id: {SEQUENCE}\nevent: {name}\ndata: {data}\n\n".encode() for name, data in self.events()]


def write_templates(file: Path, records: Sequence[bytes]) -> Path:
    """Writes a template file (native/events.h)."""
    file.write_bytes(b"".join(len(record).to_bytes(4, "big") + record for record in records))
    return file


def write_events(file: Path, payload: Payload) -> Path:
    """Writes the events as JSON, for the peers in Python."""
    file.write_text(json.dumps(payload.events()))
    return file


@lru_cache(maxsize=1)
def descriptor_set() -> bytes:
    """The shipped contract and the benchmarks' own service, compiled."""
    google_apis = Path(next(iter(google.api.__path__))).parents[1]
    includes = (_HERE, _HERE.parents[1] / "proto", google_apis, Path(grpc_tools.__file__).parent / "_proto")
    with TemporaryDirectory() as directory:
        out = Path(directory) / "set"
        flags = [f"--proto_path={each}" for each in includes]
        flags += ["--include_imports", "--include_source_info", f"--descriptor_set_out={out}"]
        if protoc.main(["protoc", *flags, str(_HERE / "bench.proto")]):
            raise RuntimeError("bench.proto does not compile")
        return out.read_bytes()


@lru_cache(maxsize=1)
def _routes() -> dict[str, Any]:
    return {route.path.text: route for route in compile_contract(descriptor_set()).streams}


@lru_cache(maxsize=1)
def _watch_response() -> type[Message]:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set()).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bench.v1.WatchResponse"))


def logs(fields: bool = False) -> Payload:
    """Log entries of about 300 bytes of JSON, watched with a filter on the module.

    Args:
        fields: True where they also carry `fields` and `context` (google.protobuf.Struct).
    """
    response = logs_pb2.StreamLogsResponse(resume_token=SEQUENCE)
    response.log.id = f"entry-{SEQUENCE}"
    response.log.timestamp.FromJsonString("2026-01-02T03:04:05.678901Z")
    response.log.level = logs_pb2.LOG_LEVEL_INFO
    response.log.message = f"{SENT} archived 128 files of bucket-12 into part 17"
    response.log.module, response.log.target = "ingest.archive", "ingest"
    response.log.file, response.log.line = "ingest/archive.py", 128
    if fields:
        response.log.fields.update({"part": 17, "bytes": 7340032})
        response.log.context.update({"operation": "archive-2026"})
    hello = (logs_pb2.StreamLogsResponse().SerializeToString(),)
    path = "/api/v1/logs/stream?module=ingest.archive&initial=0"
    return Payload("logs with fields" if fields else "logs", path, (response.SerializeToString(),), hello)


def progress() -> Payload:
    """States of 20 operations with three stages, about 700 bytes of JSON, watched with a filter on the owner."""
    messages = tuple(_progress(number).SerializeToString() for number in range(_OPERATIONS))
    hello = (progress_pb2.WatchProgressResponse().SerializeToString(),)
    return Payload("progress", "/api/v1/progress/events?owner_id=team-7", messages, hello)


def _progress(number: int) -> progress_pb2.WatchProgressResponse:
    response = progress_pb2.WatchProgressResponse(resume_token=SEQUENCE)
    state = response.progress
    state.id, state.operation_name, state.operation_type = f"operation-{number:02}", "Nightly archive", "archive"
    state.owner_id, state.owner_type, state.owner_name, state.resource_id = "team-7", "team", "Data", "bucket-12"
    state.state, state.overall_percentage, state.current_stage = progress_pb2.OPERATION_STATE_RUNNING, 41.5, SENT
    state.started_at.FromJsonString("2026-01-02T03:00:00Z")
    state.last_update.FromJsonString("2026-01-02T03:04:05.678901Z")
    for name, percentage in (("scan", 100.0), ("archive", 24.5), ("verify", 0.0)):
        kind = progress_pb2.STAGE_STATE_COMPLETED if percentage == 100 else progress_pb2.STAGE_STATE_IN_PROGRESS
        state.stages.add(id=name, name=f"Stage {name}", state=kind, percentage=percentage, stage_step="part 17 of 40")
    return response


def ticks(size_bytes: int = 300) -> Payload:
    """Events of the benchmarks' own method, each with a text of `size_bytes` in all."""
    response: Any = _watch_response()(resume_token=SEQUENCE)
    response.tick.text = SENT + " " + "x" * max(0, size_bytes - len(SENT) - 1)
    for number in range(FILTERS):
        setattr(response.tick, f"f{number}", "y")
    hello = (_watch_response()().SerializeToString(),)
    return Payload(f"{size_bytes} B", "/bench/watch", (response.SerializeToString(),), hello)


def filter_paths(count: int) -> list[str]:
    """Paths with so many different filters, up to 1,024; every event passes each of them."""
    subsets = range(2**FILTERS - count, 2**FILTERS)
    asked = ("&".join(f"f{bit}=y" for bit in range(FILTERS) if subset >> bit & 1) for subset in subsets)
    return [f"/bench/watch?{each}" if each else "/bench/watch" for each in asked]


def topic_paths(count: int) -> list[str]:
    """Paths of so many topics."""
    return [f"/bench/watch?topic=t{number}" for number in range(count)]
