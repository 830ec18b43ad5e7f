"""The sink for any ASGI server: chunks wait for the server's `send`, which waits for the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from litestar.types import Receive, Send

HIGH_WATER_BYTES = 65_536
"""With so much waiting for `send`, the sink is congested."""


def _nobody() -> None:
    """Stands for a subscriber that is not there yet."""


class AsgiSink:
    """Writes chunks into one response. Whatever waits when `send` is free again goes out joined.

    Args:
        send: of the request, with the response already started.
    """

    def __init__(self, send: Send) -> None:
        self.on_drained: Callable[[], None] = _nobody
        self._send = send
        self._chunks: list[bytes] = []
        self._size = 0
        self._congested = False
        self._closing = False
        self._sending: asyncio.Future[None] | None = None
        self._busy_since: float | None = None
        self._woken = asyncio.Event()

    def write(self, chunk: bytes) -> bool:
        """Takes a chunk; False where so much waits that the sink is congested."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._woken.set()
        self._congested = self._size >= HIGH_WATER_BYTES
        return not self._congested

    def close(self) -> None:
        """Ends the response after what was written."""
        self._closing = True
        self._woken.set()

    def abandon(self) -> None:
        """Gives the client up: nothing more is sent. What becomes of its connection is up to the server."""
        if self._sending is not None:
            self._sending.cancel()

    def seconds_untaken(self, now: float) -> float:
        """For how long the server has not taken a chunk."""
        return 0.0 if self._busy_since is None else now - self._busy_since

    async def pump(self, receive: Receive) -> None:
        """Sends what is written until the sink is closed or the client has gone."""
        sending = self._sending = asyncio.ensure_future(self._send_all())
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
        if sending.done() and not sending.cancelled():
            sending.result()

    async def _send_all(self) -> None:
        clock = asyncio.get_running_loop().time
        while not (self._closing and not self._chunks):
            await self._woken.wait()
            self._woken.clear()
            if self._chunks:
                chunk, size = b"".join(self._chunks), self._size
                self._chunks.clear()
                # The size goes back to nothing only when the server has taken the chunk: until then the
                # client's socket, not this sink, is where bytes belong.
                self._busy_since = clock()
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
                self._busy_since = None
                self._size -= size
                if self._congested and self._size < HIGH_WATER_BYTES:
                    self._congested = False
                    self.on_drained()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
