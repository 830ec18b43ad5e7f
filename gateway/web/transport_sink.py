"""The sink of our own server: chunks go straight to the connection's transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from os import write

HIGH_WATER_BYTES = 65_536
"""With more than so much that the kernel has not taken, the sink is congested."""
_LAST_CHUNK = b"0\r\n\r\n"


@lru_cache(maxsize=1)
def chunked(content: bytes) -> bytes:
    """A chunk of HTTP/1.1's chunked transfer coding (RFC 9112, 7.1), made once for all that are given the same bytes.

    Nothing for no content: a chunk without content would end the response.
    """
    return b"%x\r\n%b\r\n" % (len(content), content) if content else b""


def _nobody(_: object = None) -> None:
    """Stands for whoever is not there yet, or no longer."""


class TransportSink(asyncio.Protocol):
    """Writes chunks to one connection, as its protocol: the whole of what an open stream costs on our own server.

    Args:
        transport: with the response's head written, and taken over from the protocol that read the request; None
            where its client has already gone.
        connections: the server's, for as long as this one lasts.
        frames_chunks: True where the response has the chunked transfer coding, False where it lasts until the
            connection's end.
        paused: True where the transport has more to write than its client takes.
    """

    __slots__ = (
        "_congested",
        "_connections",
        "_direct",
        "_frame",
        "_left",
        "_open",
        "_socket",
        "_transport",
        "_untaken_since",
        "on_drained",
        "on_lost",
    )

    def __init__(
        self, transport: asyncio.Transport | None, connections: set[object], *, frames_chunks: bool, paused: bool
    ) -> None:
        self.on_drained: Callable[[], None] = _nobody
        self.on_lost: Callable[[TransportSink], None] = _nobody
        """Called once the connection is gone."""
        self._transport = self._open = transport
        self._connections = connections
        self._frame: Callable[[bytes], bytes] = chunked if frames_chunks else bytes
        self._congested = False
        self._left = 0
        self._socket = _plain_socket(transport)
        self._direct = 0 if paused else self._socket
        self._untaken_since: float | None = _now() if paused else None
        if transport is not None:
            connections.add(self)

    @property
    def gone(self) -> bool:
        """True once there is no connection any more."""
        return self._transport is None

    # ---- what its writers call

    def write(self, chunk: bytes) -> bool:
        """Takes a chunk; False where the client does not take what was written, or has gone."""
        if self._open is None:
            return False
        frame = self._frame(chunk)
        if self._direct or self._drained():
            # Past the transport, which has nothing to write: it would cost as much again as the system call.
            try:
                taken = write(self._direct, frame)
            except OSError:
                # The transport meets it again: it waits for room, or loses the connection.
                taken = 0
            if taken == len(frame):
                return True
            frame = frame[taken:]
        self._direct = 0
        self._open.write(frame)
        if self._untaken_since is None:
            return True
        self._congested = True
        return False

    def _drained(self) -> bool:
        """True where the transport has written all it was given, so that writes may go past it again."""
        if self._open is not None and self._socket and not self._open.get_write_buffer_size():
            self._direct = self._socket
        return self._direct > 0

    def close(self) -> None:
        """Ends the response after what was written, and then the connection."""
        if self._open is None:
            return
        transport, self._open = self._open, None
        if self._frame is chunked:
            transport.write(_LAST_CHUNK)
        transport.close()
        if self._untaken_since is None:
            self._watch_what_is_left(transport)

    def abandon(self) -> None:
        """Cuts the connection: what was written and not taken is lost."""
        self._open = None
        if self._transport is not None:
            self._transport.abort()

    def seconds_untaken(self, now: float) -> float:
        """For how long the client has taken nothing of what waits for it, as far as it was asked now and then."""
        if self._untaken_since is None or self._transport is None:
            return 0.0
        left = self._transport.get_write_buffer_size()
        if left < self._left:
            self._untaken_since = now
        self._left = left
        return now - self._untaken_since

    def shutdown(self) -> None:
        """Called by the server when it stops."""
        self.close()

    # ---- what its transport calls

    def pause_writing(self) -> None:
        """More waits than the high-water mark allows."""
        if self._transport is not None:
            self._watch_what_is_left(self._transport)

    def resume_writing(self) -> None:
        """What waits has come down to the low-water mark."""
        if self._open is None:
            return
        self._untaken_since = None
        if self._congested:
            self._congested = False
            self.on_drained()

    def eof_received(self) -> None:
        """The client has closed its side. That is how clients leave, so nothing more is written."""
        self.abandon()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._transport = self._open = None
        self._connections.discard(self)
        self.on_lost(self)
        self.on_drained = self.on_lost = _nobody

    def _watch_what_is_left(self, transport: asyncio.Transport) -> None:
        self._left = transport.get_write_buffer_size()
        self._untaken_since = _now()


def _plain_socket(transport: asyncio.Transport | None) -> int:
    """The descriptor of a connection without TLS, else 0. It is closed only after `connection_lost`."""
    if transport is None or transport.get_extra_info("sslcontext") is not None:
        return 0
    held = transport.get_extra_info("socket")
    return held.fileno() if held is not None else 0


def _now() -> float:
    return asyncio.get_running_loop().time()
