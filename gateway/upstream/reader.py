"""A call that is read by a thread of its own, which costs a quarter of what grpc.aio takes for a message.

grpc.aio takes each message through a completion queue, a poller thread and the event loop. A thread that blocks
in gRPC's own "single-threaded" stream takes them one after the other; the event loop is woken once for all that
have come meanwhile. Threads are few: calls beyond their number are read by grpc.aio (`Backend.call`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from threading import Event, Thread
from typing import Any

import grpc

from gateway.errors import UpstreamAway, UpstreamError
from gateway.headers import Metadata
from gateway.upstream.call import REFUSAL_SECONDS, Outgoing
from gateway.upstream.status import translated

MOST_WAITING = 256
"""With so many messages waiting for the event loop, the thread reads no further: HTTP/2 then slows the backend."""


class ReaderCall:
    """A call with a thread and a channel of its own.

    Args:
        channel: for this call only; closed with it, which is how the thread is stopped.
        outgoing: what is sent.
        on_end: called in the event loop once the thread has ended.
    """

    def __init__(self, channel: grpc.Channel, outgoing: Outgoing, on_end: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._channel = channel
        self._on_end = on_end
        self._accepted = asyncio.Event()
        self._news = asyncio.Event()
        self._room = Event()
        self._arrived: deque[bytes] = deque()
        self._cancelled = self._ended = False
        self._error: UpstreamError | None = None
        self._metadata: Metadata = ()
        method: Any = channel.unary_stream(outgoing.grpc_path)
        call = method(outgoing.data, metadata=outgoing.metadata, timeout=outgoing.timeout_seconds)
        Thread(target=self._read, args=(call,), daemon=True, name=f"reader of {outgoing.grpc_path}").start()

    async def accepted(self) -> None:
        """Waits until the backend has taken the call.

        Raises:
            UpstreamError: the backend refused the call, or cannot be reached.
        """
        await self._accepted.wait()
        # Not asyncio.wait_for: that of Python 3.11 forgets a cancellation that comes together with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REFUSAL_SECONDS):
                await self._news.wait()
        if self._error is not None and not self._arrived:
            raise self._error

    async def messages(self) -> AsyncIterator[bytes]:
        """The backend's messages; at most `MOST_WAITING` are taken before they are asked for.

        Raises:
            UpstreamError: the call ended with another status than OK.
        """
        while self._arrived or not self._ended:
            await self._news.wait()
            self._news.clear()
            # Only what is there now, so that a fast backend leaves the event loop time for others.
            for _ in range(len(self._arrived)):
                yield self._arrived.popleft()
            self._room.set()
            if self._arrived or self._ended:
                self._news.set()
                await asyncio.sleep(0)
        if self._error is not None:
            raise self._error

    @property
    def more(self) -> bool:
        """True where the next message is there already."""
        return bool(self._arrived)

    @property
    def metadata(self) -> Metadata:
        """The backend's initial metadata, once the call is accepted."""
        return self._metadata

    def cancel(self) -> None:
        """Ends the call."""
        # In this order: a thread that finds no room from now on does not wait, and one that waits is woken.
        self._cancelled = True
        self._channel.close()
        self._room.set()

    # ---- in the thread

    def _read(self, call: Any) -> None:
        error: UpstreamError | None = UpstreamAway("UNKNOWN", "reading broke off")
        try:
            self._metadata = tuple(call.initial_metadata())
            self._tell(self._accepted.set)
            for message in call:
                self._arrived.append(message)
                # The first one wakes the event loop; it takes those behind it as well.
                if len(self._arrived) == 1:
                    self._tell(self._news.set)
                elif len(self._arrived) >= MOST_WAITING:
                    self._wait_for_room()
            error = None
        except grpc.RpcError as cause:
            error = translated(cause)
        finally:
            self._tell(self._end, error)

    def _wait_for_room(self) -> None:
        self._room.clear()
        # Asked again: room may have been made between the two.
        if len(self._arrived) >= MOST_WAITING and not self._cancelled:
            self._room.wait()

    def _tell(self, callback: Callable[..., object], *arguments: object) -> None:
        # The event loop may be gone when the process ends.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    # ---- in the event loop

    def _end(self, error: UpstreamError | None) -> None:
        self._ended, self._error = True, error
        self._accepted.set()
        self._news.set()
        self._on_end()
