"""Our own HTTP server: uvicorn with httptools and uvloop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import ConfigError
from gateway.web.responses import CONNECTION

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BACKLOG = 2048
_SHUTDOWN_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigError: the address is taken or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}; choose others with --host and --port") from None


class Server(uvicorn.Server):
    """Serves the application until a signal, then ends the streams before it waits for connections to close.

    Args:
        app: the application.
        end_streams: lets every open stream end.
    """

    def __init__(self, app: Litestar, end_streams: Callable[[], Awaitable[None]]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
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


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which also offers the connection's transport to the application."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: self.transport}  # type: ignore[dict-item]
