"""What a request's filters let through, the same in a stream and in a list."""

from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.logs.v1.logs_pb2 import ListRecentLogsRequest, LogEntryResponse, StreamLogsRequest
from backends.generated.gateway.progress.v1.progress_pb2 import (
    ListOperationsRequest,
    ProgressResponse,
    WatchProgressRequest,
)


def operation_matches(request: WatchProgressRequest | ListOperationsRequest, operation: ProgressResponse) -> bool:
    """Tell whether an operation is of the type, owner and resource asked for."""
    return all(
        getattr(operation, name) == getattr(request, name)
        for name in ("operation_type", "owner_id", "resource_id")
        if request.HasField(name)
    )


def entry_matches(request: StreamLogsRequest | ListRecentLogsRequest, entry: LogEntryResponse) -> bool:
    """Tell whether an entry is of a level and module asked for."""
    if request.level and entry.level not in [_said(level) for level in request.level]:
        return False
    if request.HasField("min_level") and entry.level < _said(request.min_level):
        return False
    return not request.HasField("module") or entry.module == request.module


def _said(level: logs_pb2.LogLevel) -> logs_pb2.LogLevel:
    return level or logs_pb2.LOG_LEVEL_INFO
