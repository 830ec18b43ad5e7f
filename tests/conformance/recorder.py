"""A real gRPC backend that answers every method with nothing and keeps what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc import aio


class Recorder(grpc.GenericRpcHandler):
    """Keeps the name of the method and the bytes of the request of every call."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, bytes]] = []

    def taken(self) -> list[tuple[str, bytes]]:
        """The calls since the last time it was asked."""
        calls, self._calls = self._calls, []
        return calls

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        name = handler_call_details.method.rpartition("/")[2]

        async def answer(request: bytes, context: Any) -> bytes:
            self._calls.append((name, request))
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


@asynccontextmanager
async def recording() -> AsyncIterator[tuple[Recorder, int]]:
    """The recorder and its port, while it serves."""
    recorder, server = Recorder(), aio.server()
    server.add_generic_rpc_handlers((recorder,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield recorder, port
    finally:
        await server.stop(None)
