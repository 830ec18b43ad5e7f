"""A contract as it is served: each of its routes with what answers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from gateway.config import Settings
from gateway.contract.contract import Contract
from gateway.contract.http.paths import PathTemplate, parse_template
from gateway.contract.http.router import ANY, Router
from gateway.contract.routes import Route, StreamRoute, UnaryRoute
from gateway.headers import Metadata
from gateway.publishing import VERSIONS, documents
from gateway.streams.direct import ClientCall
from gateway.streams.flushing import Pace
from gateway.streams.hub import Hub, TopicKey
from gateway.streams.source import Source
from gateway.upstream.backends import Backends
from gateway.upstream.client_call import GrpcClientCall
from gateway.upstream.fleet import Fleet
from gateway.upstream.unary import Answered, UnaryCalls
from gateway.web.application import OWN_PATHS
from gateway.web.cached import Cached
from gateway.web.catalogue import Answer, Catalogue
from gateway.web.open_streams import OpenStreams
from gateway.web.requests import Requests
from gateway.web.streaming import Streaming, stream_answer
from gateway.web.unary import unary_answer

_REST = 5
"""A stream spends at most a sixth of its time on writing to few clients; many are bounded by `flush_milliseconds`."""


@dataclass(frozen=True, eq=False)
class _Reading:
    """One reading of the contract; whoever asked for a stream of it keeps it, however often it is read again."""

    routes: Mapping[str, StreamRoute]
    """By method."""


class Exposing:
    """Makes contracts ready to be served, one reading after the other.

    Args:
        settings: all of them.
        backends: who is called.

    Raises:
        ConfigError: a header that is to travel on cannot.
    """

    def __init__(self, settings: Settings, backends: Backends) -> None:
        self._settings = settings
        self._backends = backends
        pace = Pace(settings.stream.flush_milliseconds / 1000, settings.stream.heartbeat_seconds, _REST)
        self.hub = Hub(self._source, pace, settings.stream.linger_seconds)
        """All topics."""
        self.streams = OpenStreams(
            settings.stream.retry_milliseconds, settings.stream.stall_seconds, settings.server.drain_seconds
        )
        """All open streams."""
        self._streaming = Streaming(self.hub, self._call, self.streams, settings.stream, settings.log, pace)
        self._requests = Requests(settings)
        self._unary = UnaryCalls(backends, settings.upstream)

    def catalogue(self, contract: Contract) -> Catalogue:
        """A contract's routes with what answers them, and its documents."""
        texts = documents(contract, self._settings.contract, *VERSIONS)
        return Catalogue(
            Router([*_own_paths(), *((route.verb, route.path, answer) for route, answer in self._answers(contract))]),
            {version: Cached(text, "application/json") for version, text in texts.items()},
        )

    def _answers(self, contract: Contract) -> Iterator[tuple[Route, Answer]]:
        reading = _Reading({route.method: route for route in contract.streams})
        for stream in contract.streams:
            yield stream, stream_answer(stream, self._requests, self._streaming, reading)
        for unary in contract.unary:
            yield unary, unary_answer(unary, self._requests, self._ask)

    async def _ask(self, route: UnaryRoute, request: bytes, metadata: Metadata) -> Answered:
        return await self._unary(route.grpc_path, request, metadata, route.asks)

    def _source(self, key: TopicKey) -> Source:
        route, settle = cast(_Reading, key.reading).routes[key.method], self._settings.stream.settle_seconds
        return Fleet(self._backends, self._settings.upstream, settle, route, key.request, key.metadata)

    def _call(self, route: StreamRoute, request: bytes, metadata: Metadata) -> ClientCall:
        return GrpcClientCall(self._backends, self._settings.upstream, route, request, metadata)


def _own_paths() -> Iterator[tuple[str, PathTemplate, None]]:
    for path in OWN_PATHS - {"/"}:
        yield ANY, parse_template(path.replace("{}", "*")), None
