"""Assembly: the one place that knows all rooms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Litestar

from gateway.config import Settings
from gateway.contract.contract import Contract
from gateway.exposing import Exposing
from gateway.loading import Loader
from gateway.streams.hub import Hub
from gateway.upstream.backends import Backends
from gateway.web.application import application
from gateway.web.catalogue import Shelf
from gateway.web.open_streams import OpenStreams

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gateway:
    """A gateway, assembled."""

    app: Litestar
    """Runs on any ASGI server."""
    contract: Contract
    """What it serves at first."""
    hub: Hub
    """Its topics."""
    streams: OpenStreams
    """Its open streams."""
    reread: Callable[[], None]
    """Has the contract read again, in the event loop that it runs on."""


def assemble(settings: Settings, announce: Callable[[Contract], None] = lambda contract: None) -> Gateway:
    """A gateway with these settings.

    Args:
        settings: all of them.
        announce: is told of each contract that takes the place of the first.

    Raises:
        ConfigError: a setting is wrong, or a descriptor set cannot be read.
        ContractError: the contract cannot be served.
    """
    backends = Backends(settings.upstream)
    loader, exposing = Loader(settings, backends), Exposing(settings, backends)
    contract = loader.initial()
    shelf = Shelf(exposing.catalogue(contract), lambda: loader.pending)

    async def changed(other: Contract) -> None:
        try:
            shelf.catalogue = await asyncio.to_thread(exposing.catalogue, other)
        except Exception:
            # A mistake of ours with somebody's contract; it must not end the re-reading, and not in silence.
            logger.exception("this contract cannot be served; the one before it stays")
        else:
            announce(other)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await backends.start()
        following = asyncio.create_task(loader.follow(changed), name="contract")
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await exposing.hub.close()
            await backends.close()

    app = application(shelf, exposing.streams, settings, lifespan)
    return Gateway(app, contract, exposing.hub, exposing.streams, loader.reread)
