"""One backend: its channel, and whether it is there."""

from __future__ import annotations

import logging
import time

import grpc.aio
from grpc.experimental import ChannelOptions

from gateway.config import UpstreamSettings
from gateway.errors import UpstreamError
from gateway.metrics import UPSTREAM_LOSSES
from gateway.upstream.call import AioCall, Call
from gateway.upstream.reader import ReaderCall

logger = logging.getLogger(__name__)


class Readers:
    """The threads that read calls.

    Args:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit

    def take(self) -> bool:
        """Takes one; False where none is free."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    def give_back(self) -> None:
        """One has ended."""
        self._free += 1


class Backend:
    """One address with its channel, shared by all calls to it.

    Args:
        address: `host:port`.
        settings: keepalive, sizes and backoff.
        readers: the threads that calls may be read with.
    """

    def __init__(self, address: str, settings: UpstreamSettings, readers: Readers) -> None:
        self.address = address
        self.channel = grpc.aio.insecure_channel(address, options=channel_options(settings))
        self._settings = settings
        self._readers = readers
        self._away_since: float | None = None
        self._lost: set[object] = set()

    def call(self, grpc_path: str, request: bytes) -> Call:
        """A call, read by a thread where one is free."""
        if not self._readers.take():
            return AioCall(self.channel, grpc_path, request)
        options = [*channel_options(self._settings), (ChannelOptions.SingleThreadedUnaryStream, 1)]
        channel = grpc.insecure_channel(self.address, options=options)
        return ReaderCall(channel, grpc_path, request, self._readers.give_back)

    def lost(self, caller: object, error: UpstreamError) -> None:
        """A call could not be made or broke off. Warns once, whatever the number of calls."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            UPSTREAM_LOSSES.labels(self.address).inc()
            logger.warning("backend %s is away (%s); clients stay connected, trying again", self.address, error)
        self._lost.add(caller)

    def found(self, caller: object) -> None:
        """A call was taken. Tells so where the backend was away and nobody else still misses it."""
        if self._away_since is None:
            return
        self._lost.discard(caller)
        if not self._lost:
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            logger.warning("backend %s is back after %.1f s", self.address, seconds)

    def forget(self, caller: object) -> None:
        """A caller wants nothing more."""
        self._lost.discard(caller)

    async def close(self) -> None:
        """Closes the channel and every call on it."""
        await self.channel.close()


def channel_options(settings: UpstreamSettings) -> list[tuple[str, int]]:
    """The channel arguments (gRPC core, grpc_types.h).

    HTTP/2 pings find a backend that hangs or has vanished without a word; gRPC's own reconnection is kept short
    because the backoff is ours.
    """
    return [
        ("grpc.keepalive_time_ms", int(settings.keepalive_seconds * 1000)),
        ("grpc.keepalive_timeout_ms", int(settings.keepalive_timeout_seconds * 1000)),
        # Without it a ping that is already under way is given gRPC's own 60 s.
        ("grpc.http2.ping_timeout_ms", int(settings.keepalive_timeout_seconds * 1000)),
        ("grpc.keepalive_permit_without_calls", 0),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1000),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
    ]
