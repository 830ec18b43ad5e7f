"""Progress and log of a program, and the server that tells them."""

from backends.emitter.background import BackgroundServer
from backends.emitter.logs import LogHandler
from backends.emitter.progress import Progress
from backends.emitter.server import Server


class Emitter:
    """All that a program emits.

    Args:
        progress: The program's operations; new ones unless given.
        logs: The program's log; a new handler unless given, to be added to a logger.

    Attributes:
        progress: The program's operations.
        logs: The program's log.
    """

    def __init__(self, progress: Progress | None = None, logs: LogHandler | None = None) -> None:
        self.progress = progress or Progress()
        self.logs = logs or LogHandler()
        self._background: BackgroundServer | None = None

    async def serve(self, address: str) -> Server:
        """Serve over gRPC from the running event loop.

        Args:
            address: `host:port`, port 0 taking a free one.

        Returns:
            The server, serving, with its `port` and its `stop`.

        Raises:
            BindError: Nothing can listen there.
        """
        return await Server.start(self.progress, self.logs, address)

    def start(self, address: str) -> int:
        """Serve over gRPC from a daemon thread, for programs without an event loop.

        Args:
            address: `host:port`, port 0 taking a free one.

        Returns:
            The port it listens on.

        Raises:
            BindError: Nothing can listen there.
            RuntimeError: It has been started before, and not stopped.
        """
        if self._background is not None:
            raise RuntimeError("the emitter has been started before")
        self._background = BackgroundServer(lambda: self.serve(address))
        return self._background.port

    def stop(self, grace_seconds: float = 1.0) -> None:
        """End what `start` began, and wait for its end; nothing happens where it has not been started.

        The streams end with UNAVAILABLE after what has been emitted by now.

        Args:
            grace_seconds: How long a client may take to read the rest before it is cut off.
        """
        background, self._background = self._background, None
        if background is not None:
            background.stop(grace_seconds)
