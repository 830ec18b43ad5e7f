"""One upstream call for one client: its messages are taken from the backend only as the client reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from gateway.config import UpstreamSettings
from gateway.contract.routes import Route
from gateway.contract.translation import Translated
from gateway.errors import UpstreamAway
from gateway.streams.direct import Message
from gateway.upstream.backends import Backends
from gateway.upstream.backoff import Backoff
from gateway.upstream.call import Call


class GrpcClientCall:
    """One client's call, to the backends in turn until one takes it.

    Args:
        backends: all there are.
        settings: the waits between tries.
        route: what is called.
        request: the serialised upstream request.
    """

    def __init__(self, backends: Backends, settings: UpstreamSettings, route: Route, request: bytes) -> None:
        self._backends = backends
        self._backoff = Backoff(settings.first_backoff_seconds, settings.longest_backoff_seconds)
        self._route = route
        self._request = request
        self._taken = asyncio.create_task(self._take(), name=f"call {route.method}")

    async def opened(self, patience_seconds: float) -> None:
        """Waits until a backend has taken the call, but not longer than `patience_seconds`.

        Raises:
            UpstreamError: a backend refused it.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._taken), patience_seconds)

    async def messages(self) -> AsyncIterator[Message]:
        """The backend's messages. A message without an event is passed over.

        Raises:
            UpstreamError: the call was refused, or ended with another status than OK.
            TranslationError: a message is not what the contract says.
        """
        call = await self._taken
        async for message in call.messages():
            translated = self._route.translate(message)
            if isinstance(translated, Translated):
                yield translated.name, translated.data

    def close(self) -> None:
        """Ends the call."""
        if not self._taken.done():
            self._taken.cancel()
        elif not self._taken.cancelled() and self._taken.exception() is None:
            self._taken.result().cancel()

    async def _take(self) -> Call:
        try:
            return await self._take_one()
        finally:
            for backend in self._backends:
                backend.forget(self)

    async def _take_one(self) -> Call:
        while True:
            for backend in self._backends.in_turn():
                call = backend.call(self._route.grpc_path, self._request)
                try:
                    await call.accepted()
                except UpstreamAway as error:
                    call.cancel()
                    backend.lost(self, error)
                except BaseException:
                    call.cancel()
                    raise
                else:
                    backend.found(self)
                    return call
            await self._backoff.wait()
