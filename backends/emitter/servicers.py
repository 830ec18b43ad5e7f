"""The two services of the contract."""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message

from backends.emitter.errors import InvalidRequest
from backends.emitter.logs import LogHandler
from backends.emitter.progress import Progress
from backends.emitter.ring import Entry
from backends.emitter.stream import Stream
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.logs.v1.logs_pb2 import LogEntryResponse, StreamLogsRequest, StreamLogsResponse
from backends.generated.gateway.progress.v1 import progress_pb2
from backends.generated.gateway.progress.v1.progress_pb2 import (
    ProgressResponse,
    WatchProgressRequest,
    WatchProgressResponse,
)

PROGRESS_SERVICE: str = progress_pb2.DESCRIPTOR.services_by_name["ProgressService"].full_name
LOG_SERVICE: str = logs_pb2.DESCRIPTOR.services_by_name["LogService"].full_name

_MEMBERS = {
    progress_pb2.OPERATION_STATE_COMPLETED: "completed",
    progress_pb2.OPERATION_STATE_ERROR: "error",
    progress_pb2.OPERATION_STATE_CANCELLED: "cancelled",
}


class ProgressStream(Stream[ProgressResponse, WatchProgressRequest, WatchProgressResponse]):
    """Answers WatchProgress: the newest state of each running operation first, then each change."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress.ring)
        self._progress = progress

    def first(self, request: WatchProgressRequest) -> tuple[list[Entry[ProgressResponse]], str]:
        """Return the newest state of each running operation that matches."""
        running, head = self._progress.snapshot()
        return [entry for entry in running if self.matches(request, entry.item)], head

    def matches(self, request: WatchProgressRequest, item: ProgressResponse) -> bool:
        """Tell whether the operation is of the type, owner and resource asked for."""
        return all(
            getattr(item, name) == getattr(request, name)
            for name in ("operation_type", "owner_id", "resource_id")
            if request.HasField(name)
        )

    def response(self, token: str, item: ProgressResponse | None) -> WatchProgressResponse:
        """Return the response that carries a state, as the member that it is for, or a bookmark."""
        response = WatchProgressResponse(resume_token=token)
        if item is not None:
            getattr(response, _MEMBERS.get(item.state, "progress")).CopyFrom(item)
        return response


class LogStream(Stream[LogEntryResponse, StreamLogsRequest, StreamLogsResponse]):
    """Answers StreamLogs: the newest entries first, then each one as it is written."""

    def __init__(self, logs: LogHandler) -> None:
        super().__init__(logs.ring)

    def first(self, request: StreamLogsRequest) -> tuple[list[Entry[LogEntryResponse]], str]:
        """Return the newest `initial` entries that match, or all of them where it is absent.

        Raises:
            InvalidRequest: `initial` is negative.
        """
        if request.initial < 0:
            raise InvalidRequest(f"initial must be 0 or more, not {request.initial}")
        kept, head = self._ring.since()
        matching = [entry for entry in kept if self.matches(request, entry.item)]
        left_out = max(0, len(matching) - request.initial) if request.HasField("initial") else 0
        return matching[left_out:], head

    def matches(self, request: StreamLogsRequest, item: LogEntryResponse) -> bool:
        """Tell whether the entry is of a level and module asked for."""
        if request.level and item.level not in [_said(level) for level in request.level]:
            return False
        if request.HasField("min_level") and item.level < _said(request.min_level):
            return False
        return not request.HasField("module") or item.module == request.module

    def response(self, token: str, item: LogEntryResponse | None) -> StreamLogsResponse:
        """Return the response that carries an entry, or a bookmark."""
        return StreamLogsResponse(log=item, resume_token=token)


def progress_handler(stream: ProgressStream) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to serve ProgressService."""
    return _handler(PROGRESS_SERVICE, "WatchProgress", stream, WatchProgressRequest.FromString)


def log_handler(stream: LogStream) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to serve LogService."""
    return _handler(LOG_SERVICE, "StreamLogs", stream, StreamLogsRequest.FromString)


def _handler(
    service: str, method: str, stream: Stream[Any, Any, Any], parse: Callable[[bytes], Message]
) -> grpc.GenericRpcHandler:
    handler: grpc.RpcMethodHandler[Message, Message] = grpc.unary_stream_rpc_method_handler(
        stream.answer, parse, lambda response: response.SerializeToString()
    )
    return grpc.method_handlers_generic_handler(service, {method: handler})


def _said(level: logs_pb2.LogLevel) -> logs_pb2.LogLevel:
    return level or logs_pb2.LOG_LEVEL_INFO
