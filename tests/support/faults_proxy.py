"""A TCP proxy that cuts, delays and black-holes what goes through it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self


class _Direction:
    """One way through the proxy: open or not, and how slow."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.delay_seconds = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries bytes until the end of the stream; holds them while the way is closed, as a lossy network does."""
        while chunk := await reader.read(65_536):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self.open.wait()
            writer.write(chunk)
            await writer.drain()
        await self.open.wait()


class Proxy:
    """Listens on a free port and carries connections to a target.

    Args:
        target: `host:port`.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.address = ""
        self.accepted = 0
        self._to_target, self._to_client = _Direction(), _Direction()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    async def start(self) -> Self:
        """Listens."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=4096)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def cut(self) -> None:
        """Breaks every connection off."""
        for connection in self._connections:
            connection.cancel()

    def black_hole(self, *, to_target: bool = False, to_client: bool = False) -> None:
        """Lets nothing through any more, without closing anything."""
        for wanted, direction in ((to_target, self._to_target), (to_client, self._to_client)):
            if wanted:
                direction.open.clear()

    def delay(self, seconds: float) -> None:
        """Holds everything back for a while, both ways."""
        self._to_target.delay_seconds = self._to_client.delay_seconds = seconds

    def heal(self) -> None:
        """Carries everything at once again; what was held goes on."""
        self.delay(0)
        self._to_target.open.set()
        self._to_client.open.set()

    async def close(self) -> None:
        """Breaks everything off and listens no more."""
        self._server.close()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # a cut is no error here
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        from_target, to_target = await asyncio.open_connection(host, int(port))
        ways = [
            asyncio.ensure_future(self._to_target.carry(reader, to_target)),
            asyncio.ensure_future(self._to_client.carry(from_target, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*ways, return_exceptions=True)
            to_target.transport.abort()
