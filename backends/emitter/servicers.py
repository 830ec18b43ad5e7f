"""The streams of the two services of the contract."""

from backends.emitter.errors import InvalidRequest
from backends.emitter.logs import LogHandler
from backends.emitter.matching import entry_matches, operation_matches
from backends.emitter.progress import Progress
from backends.emitter.ring import Entry
from backends.emitter.stream import Stream
from backends.generated.gateway.logs.v1.logs_pb2 import LogEntryResponse, StreamLogsRequest, StreamLogsResponse
from backends.generated.gateway.progress.v1 import progress_pb2
from backends.generated.gateway.progress.v1.progress_pb2 import (
    ProgressResponse,
    WatchProgressRequest,
    WatchProgressResponse,
)

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
        return operation_matches(request, item)

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
        return entry_matches(request, item)

    def response(self, token: str, item: LogEntryResponse | None) -> StreamLogsResponse:
        """Return the response that carries an entry, or a bookmark."""
        return StreamLogsResponse(log=item, resume_token=token)
