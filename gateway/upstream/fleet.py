"""The source of a topic: every backend there is, merged."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.config import UpstreamSettings
from gateway.contract.routes import StreamRoute
from gateway.headers import Metadata, Returning
from gateway.streams.source import Publisher
from gateway.upstream.backend import Backend
from gateway.upstream.backends import Backends
from gateway.upstream.backoff import Backoff
from gateway.upstream.call import Outgoing
from gateway.upstream.feed import Feed
from gateway.upstream.tally import Tally


class Fleet:
    """Fills one topic from all backends, each with a feed of its own, as they come and go.

    Args:
        backends: all there are.
        settings: the waits between tries.
        settle_seconds: how long the past may take before the topic starts without the rest of it.
        route: what is called.
        request: the serialised upstream request.
        metadata: what goes with it.
    """

    def __init__(
        self,
        backends: Backends,
        settings: UpstreamSettings,
        settle_seconds: float,
        route: StreamRoute,
        request: bytes,
        metadata: Metadata = (),
    ) -> None:
        self._backends = backends
        self._settings = settings
        self._settle_seconds = settle_seconds
        self._route = route
        self._outgoing = Outgoing(route.grpc_path, request, metadata, client_streaming=route.client_streaming)
        self._returning = Returning(settings.return_headers)
        self._feeds: dict[Backend, asyncio.Task[None]] = {}

    async def __call__(self, publisher: Publisher) -> None:
        """Runs until it is cancelled, or until all backends have finished or refused."""
        tally = Tally(publisher)
        patience = asyncio.get_running_loop().call_later(self._settle_seconds, publisher.settle)
        over = asyncio.ensure_future(tally.over.wait())
        try:
            while not over.done():
                await self._follow_backends(publisher, tally, over)
        finally:
            patience.cancel()
            over.cancel()
            await self._stop()

    async def _follow_backends(self, publisher: Publisher, tally: Tally, over: asyncio.Future[Any]) -> None:
        """Runs a feed for each backend there is, until backends come or go, a feed ends, or the topic is over."""
        changed: asyncio.Future[Any] = asyncio.ensure_future(self._backends.changed())
        self._match(publisher, tally)
        running: set[asyncio.Future[Any]] = {task for task in self._feeds.values() if not task.done()}
        try:
            done, _ = await asyncio.wait({over, changed, *running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        for feed in done & running:
            feed.result()

    def _match(self, publisher: Publisher, tally: Tally) -> None:
        """Starts a feed for each new backend, and stops those of backends that have gone."""
        there = list(self._backends)
        for backend in [each for each in self._feeds if each not in there]:
            self._feeds.pop(backend).cancel()
            tally.drop(backend.address)
        for backend in there:
            if backend not in self._feeds:
                backoff = Backoff(self._settings.first_backoff_seconds, self._settings.longest_backoff_seconds)
                feed = Feed(backend, self._route, self._outgoing, publisher, tally, backoff, self._returning)
                self._feeds[backend] = asyncio.create_task(feed.run(), name=f"feed from {backend.address}")
        if not there:
            publisher.settle()

    async def _stop(self) -> None:
        for task in self._feeds.values():
            task.cancel()
        await asyncio.gather(*self._feeds.values(), return_exceptions=True)
