"""One server-streaming call: bytes out, bytes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

from grpc.aio import EOF, AioRpcError, Channel

from gateway.upstream.status import translated

REFUSAL_SECONDS = 0.05
"""How long after its initial metadata a call may still turn out to be refused."""


class Call(Protocol):
    """One server-streaming call."""

    async def accepted(self) -> None:
        """Waits until the backend has taken the call.

        A refusal that comes without a message (gRPC over HTTP2, "Trailers-Only") looks like initial metadata first
        and like a status a moment later, so a call counts as taken with its first message, or after that moment.

        Raises:
            UpstreamError: the backend refused the call, or cannot be reached.
        """

    def messages(self) -> AsyncIterator[bytes]:
        """The backend's messages, once the call is accepted; each is taken when it is asked for, or a little earlier.

        Raises:
            UpstreamError: the call ended with another status than OK.
        """

    @property
    def more(self) -> bool:
        """True where the next message is there already."""

    def cancel(self) -> None:
        """Ends the call."""


class AioCall:
    """A call that grpc.aio reads in the event loop.

    Args:
        channel: to the backend.
        grpc_path: `/package.Service/Method`.
        request: the serialised request.
    """

    def __init__(self, channel: Channel, grpc_path: str, request: bytes) -> None:
        # Without a serialiser and a deserialiser grpc takes and hands over the bytes as they are.
        method: Any = channel.unary_stream(grpc_path)
        self._call: Any = method(request)
        self._first: asyncio.Future[Any] | None = None

    async def accepted(self) -> None:
        """Waits until the backend has taken the call.

        Raises:
            UpstreamError: the backend refused the call, or cannot be reached.
        """
        try:
            await self._call.wait_for_connection()
        except AioRpcError as error:
            raise translated(error) from None
        self._first = asyncio.ensure_future(self._read())
        await asyncio.wait({self._first}, timeout=REFUSAL_SECONDS)
        if self._first.done():
            self._first.result()

    async def messages(self) -> AsyncIterator[bytes]:
        """The backend's messages; each is taken when it is asked for.

        Raises:
            UpstreamError: the call ended with another status than OK.
        """
        message: Any = await self._first if self._first else EOF
        while message is not EOF:
            yield message
            message = await self._read()

    @property
    def more(self) -> bool:
        """Not known here."""
        return False

    def cancel(self) -> None:
        """Ends the call."""
        if self._first is not None:
            self._first.cancel()
        self._call.cancel()

    async def _read(self) -> Any:
        try:
            return await self._call.read()
        except AioRpcError as error:
            raise translated(error) from None
