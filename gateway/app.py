"""Assembly: the one place that knows all rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from litestar import Litestar

from gateway.config import ContractSettings, Settings
from gateway.contract.contract import Contract, compile_contract, shipped_descriptor_set
from gateway.contract.routes import Route
from gateway.errors import ConfigError
from gateway.publishing import VERSIONS, documents
from gateway.streams.direct import ClientCall
from gateway.streams.hub import Hub, TopicKey
from gateway.streams.source import Source
from gateway.streams.topic import Pace
from gateway.upstream.backends import Backends
from gateway.upstream.client_call import GrpcClientCall
from gateway.upstream.fleet import Fleet
from gateway.web.application import OWN_PATHS, application
from gateway.web.open_streams import OpenStreams
from gateway.web.streaming import Streaming

_REST = 5
"""A topic spends at most a sixth of its time on writing to few clients; many are bounded by `flush_milliseconds`."""


@dataclass(frozen=True)
class Gateway:
    """A gateway, assembled."""

    app: Litestar
    """Runs on any ASGI server."""
    contract: Contract
    """What it serves."""
    hub: Hub
    """Its topics."""
    streams: OpenStreams
    """Its open streams."""


def load_contract(settings: ContractSettings) -> Contract:
    """Compiles the configured contract.

    Raises:
        ConfigError: the descriptor set cannot be read.
        ContractError: it cannot be served.
    """
    if not settings.descriptor_set:
        return compile_contract(shipped_descriptor_set(), OWN_PATHS)
    file = Path(settings.descriptor_set)
    try:
        return compile_contract(file.read_bytes(), OWN_PATHS)
    except OSError as error:
        raise ConfigError(f"descriptor set {file}: {error.strerror}") from None


def assemble(settings: Settings) -> Gateway:
    """A gateway with these settings.

    Raises:
        ConfigError: an upstream address or the descriptor set is wrong.
        ContractError: the contract cannot be served.
    """
    contract = load_contract(settings.contract)
    routes = {route.method: route for route in contract.routes}
    backends = Backends(settings.upstream)

    def source(key: TopicKey) -> Source:
        settle = settings.stream.settle_seconds
        return Fleet(backends, settings.upstream, settle, routes[key.method], key.request)

    def call(route: Route, request: bytes) -> ClientCall:
        return GrpcClientCall(backends, settings.upstream, route, request)

    pace = Pace(settings.stream.flush_milliseconds / 1000, settings.stream.heartbeat_seconds, _REST)
    hub = Hub(source, pace, settings.stream.linger_seconds)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await backends.start()
        try:
            yield
        finally:
            await hub.close()
            await backends.close()

    streams = OpenStreams(
        settings.stream.retry_milliseconds, settings.stream.stall_seconds, settings.server.drain_seconds
    )
    streaming = Streaming(hub, call, streams, settings.stream, settings.log)
    published = documents(contract, settings.contract, *VERSIONS)
    app = application(contract.routes, published, streaming, settings.server, lifespan)
    return Gateway(app, contract, hub, streams)
