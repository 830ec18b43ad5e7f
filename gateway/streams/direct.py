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
        self._clock = asyncio.get_running_loop().time
        self._written_at = self._clock()
        self._epoch = new_epoch()
        self._offset = 0
        self._room = asyncio.Event()
        self._room.set()
        sink.on_drained = self._room.set
        if last_event_id is not None:
            GAPS.labels("unknown-epoch").inc()
            self._write(control.STREAM_GAP, control.gap("unknown-epoch"))

    async def run(self, messages: AsyncIterator[Message]) -> None:
        """Writes all messages, then how the stream ended."""
        heartbeats = asyncio.create_task(self._break_silence())
        try:
            async for name, data in messages:
                self._offset += 1
                self._write(name, data)
                await self._room.wait()
            self._write(control.STREAM_END, control.end(), finished=True)
        except GatewayError as cause:
            self._write(control.STREAM_ERROR, control.error(cause))
        finally:
            heartbeats.cancel()
            self._sink.close()

    def _write(self, name: str | None, data: bytes, finished: bool = False) -> None:
        self._written_at = self._clock()
        frame = event_frame(Position(self._epoch, self._offset, finished), name, data)
        if not self._sink.write(frame):
            self._room.clear()

    async def _break_silence(self) -> None:
        while True:
            await asyncio.sleep(self._written_at + self._heartbeat_seconds - self._clock())
            if self._clock() - self._written_at >= self._heartbeat_seconds:
                self._written_at = self._clock()
                if self._room.is_set():
                    self._sink.write(heartbeat_frame(time.time()))
