"""One backend: its channel, and whether it is there."""

from __future__ import annotations

import logging
import time

from grpc import ChannelConnectivity

from gateway.errors import UpstreamAway, UpstreamError
from gateway.metrics import UPSTREAM_LOSSES
from gateway.upstream.call import AioCall, Call, Outgoing
from gateway.upstream.channels import Channels
from gateway.upstream.reader import ReaderCall
from gateway.upstream.unary_call import Answer, ask

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
        channels: opens channels.
        readers: the threads that calls may be read with.
        name: `host:port` of the target that the address stands behind, where it is another one.
    """

    def __init__(self, address: str, channels: Channels, readers: Readers, name: str = "") -> None:
        self.address = address
        self._name = name
        self._channels = channels
        self.channel = channels.shared(address, name)
        self._closed = False
        self._readers = readers
        self._away_since: float | None = None
        self._lost: set[object] = set()

    def call(self, outgoing: Outgoing) -> Call:
        """A call, read by a thread where one is free.

        Raises:
            UpstreamAway: the backend is no longer used.
        """
        self._refuse_when_closed()
        if outgoing.client_streaming or not self._readers.take():
            return AioCall(self.channel, outgoing)
        return ReaderCall(self._channels.single(self.address, self._name), outgoing, self._readers.give_back)

    async def ask(self, outgoing: Outgoing) -> Answer:
        """Makes a unary call.

        Raises:
            UpstreamError: it ended with another status than OK, or the backend cannot be reached.
        """
        self._refuse_when_closed()
        return await ask(self.channel, outgoing)

    async def reachable(self) -> bool:
        """Whether there is a connection, after waiting for the one that is being made. Nothing is sent."""
        while not self._closed:
            state = self.channel.get_state(try_to_connect=True)
            if state in {ChannelConnectivity.READY, ChannelConnectivity.TRANSIENT_FAILURE}:
                return state is ChannelConnectivity.READY
            await self.channel.wait_for_state_change(state)
        return False

    @property
    def failing(self) -> bool:
        """True where the last try to connect has failed."""
        return not self._closed and self.channel.get_state() is ChannelConnectivity.TRANSIENT_FAILURE

    def lost(self, caller: object, error: UpstreamError) -> None:
        """A call could not be made or broke off. Warns once, whatever the number of calls."""
        if self._closed:
            return
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
        self._closed = True
        await self.channel.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise UpstreamAway("UNAVAILABLE", "the backend is no longer used")
