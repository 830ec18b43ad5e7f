"""One server-streaming call: bytes out, bytes in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import AioRpcError, Channel

from gateway.upstream.status import translated


class Call:
    """One server-streaming call.

    Args:
        channel: to the backend.
        grpc_path: `/package.Service/Method`.
        request: the serialised request.
    """

    def __init__(self, channel: Channel, grpc_path: str, request: bytes) -> None:
        # Without a serialiser and a deserialiser grpc takes and hands over the bytes as they are.
        method: Any = channel.unary_stream(grpc_path)
        self._call: Any = method(request)

    async def accepted(self) -> None:
        """Waits for the backend's initial metadata.

        Raises:
            UpstreamError: the call ended before that.
        """
        try:
            await self._call.wait_for_connection()
        except AioRpcError as error:
            raise translated(error) from None

    async def messages(self) -> AsyncIterator[bytes]:
        """The backend's messages, one at a time: it may send as far ahead as HTTP/2's window allows.

        Raises:
            UpstreamError: the call ended with another status than OK.
        """
        try:
            async for message in self._call:
                yield message
        except AioRpcError as error:
            raise translated(error) from None

    def cancel(self) -> None:
        """Ends the call."""
        self._call.cancel()
