"""A server for programs that have no event loop: it runs in a daemon thread with one of its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from backends.emitter.server import Server


class BackgroundServer:
    """Runs a server in a thread of its own.

    Args:
        start: Starts the server; called in the new thread's event loop.

    Attributes:
        port: Where it listens.

    Raises:
        BindError: As `start` does.
    """

    def __init__(self, start: Callable[[], Awaitable[Server]]) -> None:
        self._start = start
        self._stop: asyncio.Future[float]
        self._loop: asyncio.AbstractEventLoop
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="emitter", daemon=True)
        self._thread.start()
        self.port = started.result()

    def stop(self, grace_seconds: float) -> None:
        """End all streams and wait until the server has gone; see `Server.stop`."""
        self._loop.call_soon_threadsafe(self._stop.set_result, grace_seconds)
        self._thread.join()

    async def _serve(self, started: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = self._loop.create_future()
        try:
            server = await self._start()
        except Exception as error:
            started.set_exception(error)
            return
        started.set_result(server.port)
        await server.stop(await self._stop)
