"""A backend of the version that had the two streams and no other method."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from google.protobuf.message import Message

from backends.generated.gateway.logs.v1.logs_pb2 import LogEntryResponse, StreamLogsResponse
from backends.generated.gateway.progress.v1.progress_pb2 import (
    OPERATION_STATE_RUNNING,
    ProgressResponse,
    WatchProgressResponse,
)


@contextmanager
def older_backend() -> Iterator[str]:
    """Runs it in threads of this process; gives its address. It has one running operation and one log entry."""
    stopping = threading.Event()
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        (
            _service("gateway.progress.v1.ProgressService", "WatchProgress", _progress(), stopping),
            _service("gateway.logs.v1.LogService", "StreamLogs", _logs(), stopping),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        stopping.set()
        server.stop(None).wait()


def _progress() -> list[Message]:
    state = ProgressResponse(id="it", operation_name="Old work", state=OPERATION_STATE_RUNNING)
    return [WatchProgressResponse(progress=state, resume_token="1"), WatchProgressResponse(resume_token="1")]


def _logs() -> list[Message]:
    entry = LogEntryResponse(id="l", message="old")
    return [StreamLogsResponse(log=entry, resume_token="1"), StreamLogsResponse(resume_token="1")]


def _service(name: str, method: str, responses: list[Message], stopping: threading.Event) -> grpc.GenericRpcHandler:
    def answer(_: bytes, __: grpc.ServicerContext) -> Iterator[bytes]:
        yield from (response.SerializeToString() for response in responses)
        stopping.wait()

    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_stream_rpc_method_handler(answer)
    return grpc.method_handlers_generic_handler(name, {method: handler})
