"""Our own HTTP server: uvicorn with httptools and uvloop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from litestar import Litestar

from gateway.web.access_log import AccessLog
from gateway.web.protocol import Protocol
from gateway.web.transport_sink import TransportSink

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHUTDOWN_SECONDS = 5


class Server(uvicorn.Server):
    """Serves the application until a signal, then ends the streams before it waits for connections to close.

    Args:
        app: the application.
        end_streams: lets every open stream end.
        certificate: the file of a certificate chain, to speak HTTPS; empty for HTTP.
        private_key: the file of its key; empty where the certificate's holds it.
        access_log: whether each request is logged.
    """

    def __init__(
        self,
        app: Litestar,
        end_streams: Callable[[], Awaitable[None]],
        certificate: str = "",
        private_key: str = "",
        access_log: bool = False,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                AccessLog(app) if access_log else app,
                http=Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                # uvicorn's own tells the query too, and of a stream nothing when it ends.
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
                ssl_certfile=certificate or None,
                ssl_keyfile=private_key or None,
            )
        )
        self._end_streams = end_streams
        self._hurry = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops on a signal. Unlike uvicorn's own it does not raise it again: a wanted stop is a success."""
        former = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in former.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A first signal stops gracefully, a second one at once."""
        if self.should_exit:
            self.force_exit = True
            self._hurry.set()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, which would never end by themselves, and then shuts down.

        Meanwhile it still listens, so that whoever asks is told that it is not ready.
        """
        ending = asyncio.ensure_future(self._end_streams())
        hurry = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ending, hurry):
            task.cancel()
        await super().shutdown(sockets)
        self._cut_what_is_left()

    def _cut_what_is_left(self) -> None:
        """The connections of clients that have not taken in time what was written to them."""
        connections: list[object] = list(self.server_state.connections)
        for connection in connections:
            if isinstance(connection, TransportSink):
                connection.abandon()
