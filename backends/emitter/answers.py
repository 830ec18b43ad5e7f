"""The methods of the contract that answer once."""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

from backends.emitter.errors import InvalidRequest
from backends.emitter.logs import LogHandler
from backends.emitter.matching import entry_matches, operation_matches
from backends.emitter.progress import Progress
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2

Item = TypeVar("Item", bound=Message)

_DEFAULT_OPERATIONS = 100
_DEFAULT_ENTRIES = 50
_MOST_ITEMS = 500
# A gRPC client takes messages of up to 4 MiB; this leaves room for what is around the items.
_MOST_BYTES = 3_900_000


class ProgressAnswers:
    """Answers what ProgressService is asked beside its stream."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def list_operations(self, request: progress_pb2.ListOperationsRequest) -> progress_pb2.ListOperationsResponse:
        """Return the operations asked for: running ones, the latest first, then ended ones, the latest first.

        Raises:
            InvalidRequest: The limit is out of its bounds, or a state is none of the contract's.
        """
        limit = _limit(request, _DEFAULT_OPERATIONS)
        _check_enum("state", request.state, progress_pb2.OperationState)
        states = [state or progress_pb2.OPERATION_STATE_STARTING for state in request.state]
        matching = (
            operation
            for operation in self._progress.known()
            if operation_matches(request, operation) and (not states or operation.state in states)
        )
        return progress_pb2.ListOperationsResponse(operations=_fitting(matching, limit))

    def get_operation(self, request: progress_pb2.GetOperationRequest) -> progress_pb2.GetOperationResponse:
        """Return one operation.

        Raises:
            InvalidRequest: No id is given.
            UnknownOperation: None has this id, or it ended too long ago.
        """
        return progress_pb2.GetOperationResponse(operation=self._progress.find(_id(request)))

    def cancel_operation(self, request: progress_pb2.CancelOperationRequest) -> progress_pb2.CancelOperationResponse:
        """Ask an operation to stop, and return it as it is.

        Raises:
            InvalidRequest: No id is given.
            UnknownOperation: None has this id, or it ended too long ago.
            OperationEnded: It is over.
        """
        return progress_pb2.CancelOperationResponse(operation=self._progress.cancel(_id(request), request.reason))


class LogAnswers:
    """Answers what LogService is asked beside its stream."""

    def __init__(self, logs: LogHandler) -> None:
        self._logs = logs

    def get_log_stats(self, _: logs_pb2.GetLogStatsRequest) -> logs_pb2.GetLogStatsResponse:
        """Return the numbers of the log."""
        return logs_pb2.GetLogStatsResponse(backends=[self._logs.stats()])

    def list_recent_logs(self, request: logs_pb2.ListRecentLogsRequest) -> logs_pb2.ListRecentLogsResponse:
        """Return the newest entries that match, oldest first.

        Raises:
            InvalidRequest: The limit is out of its bounds, or a level is none of the contract's.
        """
        limit = _limit(request, _DEFAULT_ENTRIES)
        _check_enum("level", request.level, logs_pb2.LogLevel)
        _check_enum("min_level", [request.min_level], logs_pb2.LogLevel)
        until = request.until.ToNanoseconds() if request.HasField("until") else None
        matching = (
            entry
            for entry in self._logs.ring.newest()
            if entry_matches(request, entry) and (until is None or entry.timestamp.ToNanoseconds() <= until)
        )
        return logs_pb2.ListRecentLogsResponse(entries=reversed(_fitting(matching, limit)))


def _id(request: progress_pb2.GetOperationRequest | progress_pb2.CancelOperationRequest) -> str:
    if not request.id:
        raise InvalidRequest("id must be that of an operation, not empty")
    return request.id


def _limit(request: progress_pb2.ListOperationsRequest | logs_pb2.ListRecentLogsRequest, default: int) -> int:
    if not request.HasField("limit"):
        return default
    if not 1 <= request.limit <= _MOST_ITEMS:
        raise InvalidRequest(f"limit must be 1 to {_MOST_ITEMS}, not {request.limit}")
    return request.limit


def _check_enum(name: str, given: Collection[int], enum: EnumTypeWrapper) -> None:
    for number in given:
        if number not in enum.values():
            raise InvalidRequest(f"{name} must be one of {', '.join(enum.keys())}, not {number}")


def _fitting(items: Iterable[Item], limit: int) -> list[Item]:
    """Return the first items, as many as the limit and one gRPC message allow."""
    fitting: list[Item] = []
    room = _MOST_BYTES
    for item in islice(items, limit):
        room -= item.ByteSize()
        if room < 0:
            break
        fitting.append(item)
    return fitting
