"""HTTP/1.1 on a bare socket: for what no HTTP library would send."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Self

from tests.support.faults_client import Dechunker
from tests.support.sse import SseReader


class RawClient:
    """One connection; keeps the head and the content of the first response.

    Args:
        at: the URL of a gateway, or the file of its Unix socket.
        receive_buffer_bytes: of the socket; 0 for the system's.
        tls: to speak it; a gateway's certificate is then checked for its IP address.
    """

    def __init__(self, at: str, receive_buffer_bytes: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.head = b""
        self.sse = SseReader()
        self._at = at
        self._receive_buffer_bytes = receive_buffer_bytes
        self._tls = tls
        self._reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def ask(
        self, path: str, version: str = "1.1", method: str = "GET", headers: str = "", more: str = ""
    ) -> Self:
        """Connects, sends a request, and whatever stands in `more` behind its head, and reads the response's head."""
        name = "127.0.0.1" if self._tls else None
        self._reader, self.writer = await asyncio.open_connection(
            sock=self._connected(), limit=65_536, ssl=self._tls, server_hostname=name
        )
        self.writer.write(f"{method} {path} HTTP/{version}\r\nHost: x\r\n{headers}\r\n{more}".encode())
        self.head = await self._reader.readuntil(b"\r\n\r\n")
        return self

    def _connected(self) -> socket.socket:
        bare = socket.socket(socket.AF_UNIX if self._at.startswith("/") else socket.AF_INET)
        if self._receive_buffer_bytes:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer_bytes)
        # The kernel takes it before the gateway does, so this does not wait for the loop that both run on.
        bare.connect(self._at if self._at.startswith("/") else ("127.0.0.1", int(self._at.rsplit(":", 1)[1])))
        bare.setblocking(False)
        return bare

    @property
    def chunks_framed(self) -> bool:
        """True where the content has the chunked transfer coding."""
        return b"transfer-encoding: chunked" in self.head

    async def read_to_the_end(self) -> bytes:
        """Reads until the connection ends; gives the content, of which an event stream is in `sse` too."""
        data = await self._reader.read()
        self.close()
        if self.chunks_framed:
            framing = Dechunker()
            content = framing.feed(data)
            assert framing.ended, "the response was cut off"
        else:
            content = data
        self.sse.feed(content)
        return content

    async def read_some(self) -> bytes:
        """The next bytes, as they are; nothing at the connection's end."""
        return await self._reader.read(65_536)

    def close(self) -> None:
        """Goes away."""
        self.writer.transport.abort()
