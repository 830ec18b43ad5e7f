"""One unary call: bytes out, bytes in."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from grpc.aio import AioRpcError, Channel

from gateway.headers import Metadata
from gateway.upstream.call import Outgoing, raise_if_closed
from gateway.upstream.status import translated


class Answer(NamedTuple):
    """What a backend answers."""

    data: bytes
    """The response, serialised."""
    metadata: Metadata
    """Its initial metadata."""


async def ask(channel: Channel, outgoing: Outgoing) -> Answer:
    """Makes the call. Cancelling the task cancels it at the backend.

    Raises:
        UpstreamError: it ended with another status than OK, or the backend cannot be reached.
    """
    method: Any = channel.unary_unary(outgoing.grpc_path)
    call = method(outgoing.data, metadata=outgoing.metadata, timeout=outgoing.timeout_seconds)
    try:
        return Answer(await call, tuple(await call.initial_metadata()))
    except AioRpcError as error:
        raise translated(error) from None
    except asyncio.CancelledError:
        raise_if_closed()
        raise
