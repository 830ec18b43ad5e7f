"""The two services as a gRPC server takes them: a handler for each method."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message

from backends.emitter.answers import LogAnswers, ProgressAnswers
from backends.emitter.errors import EmitterError, InvalidRequest, OperationEnded, UnknownOperation
from backends.emitter.servicers import LogStream, ProgressStream
from backends.emitter.stream import Stream
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2

PROGRESS_SERVICE: str = progress_pb2.DESCRIPTOR.services_by_name["ProgressService"].full_name
LOG_SERVICE: str = logs_pb2.DESCRIPTOR.services_by_name["LogService"].full_name

Request = TypeVar("Request", bound=Message)
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

_STATUS = {
    InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    UnknownOperation: grpc.StatusCode.NOT_FOUND,
    OperationEnded: grpc.StatusCode.FAILED_PRECONDITION,
}


def progress_service(stream: ProgressStream, answers: ProgressAnswers) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to serve ProgressService."""
    methods = {
        "WatchProgress": _stream(stream, progress_pb2.WatchProgressRequest),
        "ListOperations": _unary(answers.list_operations, progress_pb2.ListOperationsRequest),
        "GetOperation": _unary(answers.get_operation, progress_pb2.GetOperationRequest),
        "CancelOperation": _unary(answers.cancel_operation, progress_pb2.CancelOperationRequest),
    }
    return grpc.method_handlers_generic_handler(PROGRESS_SERVICE, methods)


def log_service(stream: LogStream, answers: LogAnswers) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to serve LogService."""
    methods = {
        "StreamLogs": _stream(stream, logs_pb2.StreamLogsRequest),
        "GetLogStats": _unary(answers.get_log_stats, logs_pb2.GetLogStatsRequest),
        "ListRecentLogs": _unary(answers.list_recent_logs, logs_pb2.ListRecentLogsRequest),
    }
    return grpc.method_handlers_generic_handler(LOG_SERVICE, methods)


def _stream(stream: Stream[Any, Any, Any], request: type[Message]) -> Handler:
    return grpc.unary_stream_rpc_method_handler(stream.answer, request.FromString, _serialise)


def _unary(answer: Callable[[Request], Message], request: type[Request]) -> Handler:
    async def answered(asked: Request, context: grpc.aio.ServicerContext[Request, Message]) -> Message:
        try:
            return answer(asked)
        except EmitterError as error:
            await context.abort(_STATUS[type(error)], str(error))

    return grpc.unary_unary_rpc_method_handler(answered, request.FromString, _serialise)


def _serialise(response: Message) -> bytes:
    return response.SerializeToString()
