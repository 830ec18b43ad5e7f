"""One client's own stream: exactly the backend's messages, with the client's pace as the backend's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Protocol

from gateway.errors import GatewayError
from gateway.headers import Headers
from gateway.metrics import GAPS
from gateway.streams import control
from gateway.streams.flushing import Flusher, Pace
from gateway.streams.frames import Framer, event_frame, heartbeat_frame
from gateway.streams.position import Position, new_epoch
from gateway.streams.scheduler import LoopScheduler
from gateway.streams.sink import Sink

JOIN_BYTES = 65_536
"""With so much waiting it is written at once."""
Message = tuple[str | None, bytes, bool]
"""An event's name and data, and whether the next message is known to be there already."""


class ClientCall(Protocol):
    """One upstream call for one client."""

    async def opened(self, patience_seconds: float) -> None:
        """Waits until the backend has taken the call, but not longer than `patience_seconds`.

        Raises:
            GatewayError: the backend refused the call.
        """

    @property
    def headers(self) -> Headers:
        """Response headers that the backend gave; none where it has not taken the call yet."""

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
        pace: when it is written to.
        last_event_id: what the client came back with. There is no history to go on in, so it is told of the gap.
    """

    def __init__(self, sink: Sink, pace: Pace, last_event_id: str | None = None) -> None:
        self._sink = sink
        self._scheduler = LoopScheduler()
        self._heartbeat_seconds = pace.heartbeat_seconds
        self._written_at = self._scheduler.time()
        self._epoch = new_epoch()
        self._frame = Framer(self._epoch).frame
        self._offset = 0
        self._flusher = Flusher[bytes](self._scheduler, pace, self._deliver)
        self._waiting_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        sink.on_drained = self._room.set
        if last_event_id is not None:
            GAPS.labels("unknown-epoch").inc()
            self._write(self._frame(0, control.STREAM_GAP, control.gap("unknown-epoch")))

    async def run(self, messages: AsyncIterator[Message]) -> None:
        """Writes all messages, then how the stream ended."""
        self._watch_silence()
        try:
            async for name, data, more in messages:
                # What waited for the flush may have filled the sink while this message was waited for.
                await self._room.wait()
                self._offset += 1
                self._write(self._frame(self._offset, name, data), more)
                await self._room.wait()
            self._tell(control.STREAM_END, control.end(), finished=True)
        except GatewayError as cause:
            self._tell(control.STREAM_ERROR, control.error(cause))
        finally:
            self._heartbeat.cancel()
            self._flusher.flush()
            self._sink.close()

    def _tell(self, name: str, data: bytes, finished: bool = False) -> None:
        self._write(event_frame(Position(self._epoch, self._offset, finished), name, data))

    def _write(self, frame: bytes, more: bool = False) -> None:
        self._waiting_bytes += len(frame)
        self._flusher.add(frame, self._scheduler.time(), more)
        if self._waiting_bytes >= JOIN_BYTES:
            self._flusher.flush()

    def _deliver(self, frames: list[bytes], now: float) -> None:
        self._waiting_bytes = 0
        self._written_at = now
        if not self._sink.write(b"".join(frames)):
            self._room.clear()

    def _watch_silence(self) -> None:
        wait = self._written_at + self._heartbeat_seconds - self._scheduler.time()
        self._heartbeat = self._scheduler.call_later(wait, self._break_silence)

    def _break_silence(self) -> None:
        now = self._scheduler.time()
        if now - self._written_at >= self._heartbeat_seconds:
            self._written_at = now
            if self._room.is_set():
                self._sink.write(heartbeat_frame(time.time()))
        self._watch_silence()
