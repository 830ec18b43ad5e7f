"""A real grpc.aio server whose answers a test writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message

from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2

Answer = Callable[[Any, grpc.aio.ServicerContext], AsyncIterator[Message | bytes]]
PROGRESS = ("gateway.progress.v1.ProgressService", "WatchProgress", progress_pb2.WatchProgressRequest)
LOGS = ("gateway.logs.v1.LogService", "StreamLogs", logs_pb2.StreamLogsRequest)


class ScriptedBackend:
    """Serves one server-streaming method with an answer of the test's.

    Args:
        answer: an async generator function of the request and the context; it yields messages, or bytes as they are.
        method: service, method and request class.
    """

    def __init__(self, answer: Answer, method: tuple[str, str, Any] = PROGRESS) -> None:
        self.answer = answer
        self.requests: list[Any] = []
        self.open_calls = 0
        self.port = 0
        self._method = method
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> ScriptedBackend:
        """Listens: on a free port the first time, on the same one again after a stop."""
        service, method, request = self._method
        handler = grpc.unary_stream_rpc_method_handler(self._serve, request.FromString, _serialised)
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
        self.port = self._server.add_insecure_port(self.address)
        await self._server.start()
        return self

    async def stop(self) -> None:
        """Breaks every call off."""
        if self._server is not None:
            await self._server.stop(grace=None)
            self._server = None

    async def __aenter__(self) -> ScriptedBackend:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message | bytes]:
        self.requests.append(request)
        self.open_calls += 1
        try:
            async for message in self.answer(request, context):
                yield message
        finally:
            self.open_calls -= 1


class Script:
    """An answer that sends what the test puts into it, to every open call.

    Args:
        first: what each call gets at its start.
    """

    def __init__(self, *first: Message | bytes) -> None:
        self.calls: list[asyncio.Queue[Message | bytes | None]] = []
        self._first = first

    async def __call__(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Message | bytes]:
        queue: asyncio.Queue[Message | bytes | None] = asyncio.Queue()
        self.calls.append(queue)
        try:
            await context.send_initial_metadata(())
            for message in self._first:
                yield message
            while (message := await queue.get()) is not None:
                yield message
        finally:
            self.calls.remove(queue)

    def send(self, *messages: Message | bytes | None) -> None:
        """Sends messages to every open call; None ends it with OK."""
        for queue in self.calls:
            for message in messages:
                queue.put_nowait(message)


def progress(
    operation: str, member: str = "progress", token: str = "", **fields: Any
) -> progress_pb2.WatchProgressResponse:
    """One event of an operation."""
    payload = progress_pb2.ProgressResponse(id=operation, **fields)
    return progress_pb2.WatchProgressResponse(**{member: payload}, resume_token=token)


def progress_bookmark(token: str = "") -> progress_pb2.WatchProgressResponse:
    """The mark that the past has been replayed."""
    return progress_pb2.WatchProgressResponse(resume_token=token)


def log(message: str, level: int = logs_pb2.LOG_LEVEL_INFO, token: str = "", **fields: Any) -> Any:
    """One log entry."""
    entry = logs_pb2.LogEntryResponse(id=message, message=message, level=level, **fields)
    return logs_pb2.StreamLogsResponse(log=entry, resume_token=token)


def log_bookmark(token: str = "") -> logs_pb2.StreamLogsResponse:
    """The mark that the past has been replayed."""
    return logs_pb2.StreamLogsResponse(resume_token=token)


def _serialised(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.SerializeToString()
