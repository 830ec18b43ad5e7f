"""One client's own stream: exactly the backend's messages, with the client's pace as the backend's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Protocol

from gateway.errors import GatewayError
from gateway.metrics import GAPS
from gateway.streams import control
from gateway.streams.frames import event_frame, heartbeat_frame
from gateway.streams.position import Position, new_epoch
from gateway.streams.sink import Sink

JOIN_SECONDS = 0.001
"""How long messages that arrive under load wait at most to be written together."""
JOIN_BYTES = 65_536
"""With so much waiting they are written at once."""
Message = tuple[str | None, bytes]
"""An event's name and data."""


class ClientCall(Protocol):
    """One upstream call for one client."""

    async def opened(self, patience_seconds: float) -> None:
        """Waits until the backend has taken the call, but not longer than `patience_seconds`.

        Raises:
            GatewayError: the backend refused the call.
        """

    def messages(self) -> AsyncIterator[Message]:
        """The backend's messages, each taken from it when it is asked for.

        Raises:
            GatewayError: the call ended with an error.
        """

    def close(self) -> None:
        """Ends the call."""


class DirectStream:
    """Writes one client's messages into its sink, and takes the next one only when the sink has room.

    Args:
        sink: the client.
        heartbeat_seconds: how long the connection stays silent at most.
        last_event_id: what the client came back with. There is no history to go on in, so it is told of the gap.
    """

    def __init__(self, sink: Sink, heartbeat_seconds: float, last_event_id: str | None = None) -> None:
        self._sink = sink
        self._heartbeat_seconds = heartbeat_seconds
        self._loop = asyncio.get_running_loop()
        self._written_at = self._loop.time()
        self._epoch = new_epoch()
        self._offset = 0
        self._unflushed: list[bytes] = []
        self._unflushed_bytes = 0
        self._flushed_at = -JOIN_SECONDS
        self._flush_timer: asyncio.TimerHandle | None = None
        self._room = asyncio.Event()
        self._room.set()
        sink.on_drained = self._drained
        if last_event_id is not None:
            GAPS.labels("unknown-epoch").inc()
            self._write(control.STREAM_GAP, control.gap("unknown-epoch"))

    async def run(self, messages: AsyncIterator[Message]) -> None:
        """Writes all messages, then how the stream ended."""
        self._watch_silence()
        try:
            async for name, data in messages:
                self._offset += 1
                self._write(name, data)
                await self._room.wait()
            self._write(control.STREAM_END, control.end(), finished=True)
        except GatewayError as cause:
            self._write(control.STREAM_ERROR, control.error(cause))
        finally:
            self._heartbeat.cancel()
            self._flush()
            self._sink.close()

    def _write(self, name: str | None, data: bytes, finished: bool = False) -> None:
        frame = event_frame(Position(self._epoch, self._offset, finished), name, data)
        self._unflushed.append(frame)
        self._unflushed_bytes += len(frame)
        if self._room.is_set():
            self._flush_soon()

    def _flush_soon(self) -> None:
        """Flushes at once where nothing was flushed a moment ago, or where much waits."""
        wait = self._flushed_at + JOIN_SECONDS - self._loop.time()
        if wait <= 0 or self._unflushed_bytes >= JOIN_BYTES:
            self._flush()
        elif self._flush_timer is None:
            self._flush_timer = self._loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if not self._unflushed:
            return
        chunk = b"".join(self._unflushed)
        self._unflushed.clear()
        self._unflushed_bytes = 0
        self._written_at = self._flushed_at = self._loop.time()
        if not self._sink.write(chunk):
            self._room.clear()

    def _drained(self) -> None:
        self._room.set()
        self._flush()

    def _watch_silence(self) -> None:
        wait = self._written_at + self._heartbeat_seconds - self._loop.time()
        self._heartbeat = self._loop.call_later(wait, self._break_silence)

    def _break_silence(self) -> None:
        if self._loop.time() - self._written_at >= self._heartbeat_seconds:
            self._written_at = self._loop.time()
            if self._room.is_set():
                self._sink.write(heartbeat_frame(time.time()))
        self._watch_silence()
