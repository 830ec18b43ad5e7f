"""A contract with methods of every kind that HTTP can be bound to, and a real backend of it that a test answers for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor

from gateway.contract.descriptors import Descriptors, message_class
from tests.support.protos import HEAD, descriptor_set
from tests.support.reflecting import honest, reflection_handlers

SERVICE = "test.Jobs"
SOURCE = (
    HEAD
    + """
import "google/api/httpbody.proto";
service Jobs {
  rpc Get(GetRequest) returns (Job) { option (google.api.http) = {get: "/v1/jobs/{id}"}; }
  rpc Find(GetRequest) returns (Found) {
    option (google.api.http) = {get: "/v1/found/{id}" response_body: "job"};
  }
  rpc Create(CreateRequest) returns (Job) {
    option (google.api.http) = {post: "/v1/{parent=projects/*}/jobs" body: "job"};
  }
  rpc Replace(Job) returns (Job) { option (google.api.http) = {put: "/v1/jobs/{id}" body: "*"}; }
  rpc Cancel(GetRequest) returns (Job) { option (google.api.http) = {post: "/v1/jobs/{id}:cancel" body: "*"}; }
  rpc Purge(GetRequest) returns (Job) {
    option (google.api.http) = {custom: {kind: "PURGE" path: "/v1/jobs/{id}"}};
  }
  rpc Store(google.api.HttpBody) returns (google.api.HttpBody) {
    option (google.api.http) = {post: "/v1/raw" body: "*"};
  }
  rpc Open(GetRequest) returns (Job) { option (google.api.http) = {get: "/v1/files/{id=**}"}; }
  rpc Tables(GetRequest) returns (Job) { option (google.api.http) = {get: "/schema/v1/tables"}; }
  rpc Gather(GetRequest) returns (Listed) {
    option (google.api.http) = {get: "/v1/gathered/{id}"};
    option (gateway.sse.v1.unary) = {backends: BACKENDS_ALL};
  }
  rpc Watch(WatchRequest) returns (stream WatchResponse) {
    option (google.api.http) = {post: "/v1/jobs:watch" body: "*" additional_bindings: {get: "/v1/watched/{id}"}};
  }
  rpc Follow(WatchRequest) returns (stream WatchResponse) {
    option (google.api.http) = {get: "/v1/followed/{id}"};
    option (gateway.sse.v1.stream) = {delivery: DELIVERY_SHARED};
  }
}
message GetRequest { string id = 1; int32 count = 2; repeated string tags = 3; }
message CreateRequest { string parent = 1; Job job = 2; int32 count = 3; }
message Job { string id = 1; string name = 2; google.protobuf.Any detail = 3; }
message Found { Job job = 1; }
message Listed { repeated Job jobs = 1; }
message WatchRequest { string id = 1; int32 count = 2; }
message WatchResponse { oneof event { Job job = 1; Job done = 2; } }
"""
)
DATA = descriptor_set(SOURCE)
Answer = Callable[[Any, Any], Any]
"""A coroutine or an async generator function of the request and the context."""


def message(name: str, /, **fields: Any) -> Any:
    """A message of the contract."""
    return message_class(_descriptors(DATA).pool.FindMessageTypeByName(f"test.{name}"))(**fields)


def job(name: str, /, **fields: Any) -> Any:
    """A job."""
    return message("Job", name=name, **fields)


class Asked:
    """What a backend has been asked, and how many calls are open at it."""

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.open = 0


@asynccontextmanager
async def jobs_backend(
    data: bytes = DATA, service: str = SERVICE, *, port: int = 0, reflects: bool = False, **answers: Answer
) -> AsyncIterator[Asked]:
    """Serves some methods of a service by grpc.aio.

    Args:
        data: the contract.
        service: its full name.
        port: where it listens; 0 for a free one.
        reflects: whether it tells of itself.
        answers: by method; they give messages, or bytes as they are.
    """
    asked, server = Asked(), grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    methods = _descriptors(data).pool.FindServiceByName(service).methods_by_name
    handlers = {name: _handler(asked, methods[name], answer) for name, answer in answers.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    if reflects:
        server.add_generic_rpc_handlers(reflection_handlers(honest(data, service)))
    asked.address = f"127.0.0.1:{server.add_insecure_port(f'127.0.0.1:{port}')}"
    await server.start()
    try:
        yield asked
    finally:
        await server.stop(None)


def contract_in(directory: Path, data: bytes = DATA) -> dict[str, Any]:
    """The settings of a contract in a file."""
    file = directory / "api.binpb"
    file.write_bytes(data)
    return {"descriptor_sets": (str(file),)}


@lru_cache
def _descriptors(data: bytes) -> Descriptors:
    """One pool for a contract: messages of two are never equal."""
    return Descriptors(data)


def _handler(asked: Asked, method: MethodDescriptor, answer: Answer) -> grpc.RpcMethodHandler:
    def noted(request: Any, context: Any) -> None:
        asked.requests.append(request)
        asked.metadata.append(dict(context.invocation_metadata()))
        asked.open += 1

    async def one(request: Any, context: Any) -> Any:
        noted(request, context)
        try:
            return await answer(request, context)
        finally:
            asked.open -= 1

    async def many(request: Any, context: Any) -> AsyncIterator[Any]:
        noted(request, context)
        try:
            async for each in answer(request, context):
                yield each
        finally:
            asked.open -= 1

    read = message_class(method.input_type).FromString
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(many, read, _serialised)
    return grpc.unary_unary_rpc_method_handler(one, read, _serialised)


def _serialised(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()
