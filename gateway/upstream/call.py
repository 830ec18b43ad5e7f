"""One server-streaming call: bytes out, bytes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple, Protocol

from grpc.aio import EOF, AioRpcError, Channel

from gateway.errors import UpstreamAway
from gateway.headers import Metadata
from gateway.upstream.status import translated

REFUSAL_SECONDS = 0.05
"""How long after its initial metadata a call may still turn out to be refused."""


class Outgoing(NamedTuple):
    """One request, as it goes to backends."""

    grpc_path: str
    """`/package.Service/Method`."""
    data: bytes
    """The message, serialised."""
    metadata: Metadata = ()
    """What goes with it."""
    timeout_seconds: float | None = None
    """When the call ends with DEADLINE_EXCEEDED; None for never."""
    client_streaming: bool = False
    """True where the method takes a stream: the message is all of it."""


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

    @property
    def metadata(self) -> Metadata:
        """The backend's initial metadata, once the call is accepted."""

    def cancel(self) -> None:
        """Ends the call."""


class AioCall:
    """A call that grpc.aio reads in the event loop.

    Args:
        channel: to the backend.
        outgoing: what is sent.
    """

    def __init__(self, channel: Channel, outgoing: Outgoing) -> None:
        # Without a serialiser and a deserialiser grpc takes and hands over the bytes as they are.
        streaming = outgoing.client_streaming
        method: Any = (channel.stream_stream if streaming else channel.unary_stream)(outgoing.grpc_path)
        sent: Any = (outgoing.data,) if streaming else outgoing.data
        self._call: Any = method(sent, metadata=outgoing.metadata, timeout=outgoing.timeout_seconds)
        self._first: asyncio.Future[Any] | None = None
        self._metadata: Metadata = ()

    async def accepted(self) -> None:
        """Waits until the backend has taken the call.

        Raises:
            UpstreamError: the backend refused the call, or cannot be reached.
        """
        try:
            await self._call.wait_for_connection()
            self._metadata = tuple(await self._call.initial_metadata())
        except AioRpcError as error:
            raise translated(error) from None
        except asyncio.CancelledError:
            raise_if_closed()
            raise
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

    @property
    def metadata(self) -> Metadata:
        """The backend's initial metadata, once the call is accepted."""
        return self._metadata

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
        except asyncio.CancelledError:
            raise_if_closed()
            raise


def raise_if_closed() -> None:
    """After a CancelledError: whether it is grpc's, whose channel was closed, rather than the task's own.

    Raises:
        UpstreamAway: the task is not being cancelled.
    """
    task = asyncio.current_task()
    if task is not None and not task.cancelling():
        raise UpstreamAway("UNAVAILABLE", "the backend is no longer used") from None
