"""The gRPC server of a backend, inside an event loop."""

from typing import Self

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from backends.emitter.answers import LogAnswers, ProgressAnswers
from backends.emitter.errors import BindError
from backends.emitter.logs import LogHandler
from backends.emitter.progress import Progress
from backends.emitter.servicers import LogStream, ProgressStream
from backends.emitter.services import LOG_SERVICE, PROGRESS_SERVICE, log_service, progress_service

_OPTIONS = (
    # Two processes that share a port would each get a part of the calls.
    ("grpc.so_reuseport", 0),
    # A gateway may ping every 10 s, on an idle stream too, without being told to calm down.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)


class Server:
    """Serves progress, logs, health and reflection; made by `Server.start`.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, progress: Progress, logs: LogHandler) -> None:
        self.port = 0
        self._streams = (ProgressStream(progress), LogStream(logs))
        self._health = health.aio.HealthServicer()
        handlers = (
            progress_service(self._streams[0], ProgressAnswers(progress)),
            log_service(self._streams[1], LogAnswers(logs)),
        )
        self._server = grpc.aio.server(handlers=handlers, options=_OPTIONS)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        services = (PROGRESS_SERVICE, LOG_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(services, self._server)

    @classmethod
    async def start(cls, progress: Progress, logs: LogHandler, address: str) -> Self:
        """Start to serve.

        Args:
            progress: The operations to tell of.
            logs: The log to tell of.
            address: `host:port`, port 0 taking a free one.

        Raises:
            BindError: Nothing can listen there.
        """
        server = cls(progress, logs)
        server.port = server._bind(address)
        await server._server.start()
        for service in (PROGRESS_SERVICE, LOG_SERVICE):
            await server._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return server

    async def stop(self, grace_seconds: float = 1.0) -> None:
        """End all streams with UNAVAILABLE, after what has been emitted by now, and close the port.

        Args:
            grace_seconds: How long a client may take to read the rest before it is cut off.
        """
        await self._health.enter_graceful_shutdown()
        for stream in self._streams:
            stream.stop()
        await self._server.stop(grace_seconds)

    def _bind(self, address: str) -> int:
        try:
            return self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise BindError(f"cannot listen on {address}: it is taken, or no address of this machine") from error
