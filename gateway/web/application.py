"""The HTTP application: the contract's routes, the documents, health, the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.config.cors import CORSConfig

from gateway.config import Settings
from gateway.web.catalogue import Shelf
from gateway.web.dispatching import Application, contract_handler
from gateway.web.documents import PATHS, document_handlers
from gateway.web.health import health_handlers
from gateway.web.open_streams import OpenStreams
from gateway.web.page import page_handlers
from gateway.web.problems import log_unexpected, problems

OWN_PATHS = frozenset(
    {"/", "/page/{}", "/schema", "/schema/{}", "/healthz", "/readyz", "/metrics", *PATHS.values()},
)
"""The gateway's own paths, with `{}` for a segment of any name; a contract cannot have them."""


def application(
    shelf: Shelf,
    streams: OpenStreams,
    settings: Settings,
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
) -> Application:
    """The ASGI application.

    Args:
        shelf: the contract's routes and documents, whatever they are at the moment.
        streams: all that are open.
        settings: which origins may read the streams.
        lifespan: entered before the first request, left after the last.
    """
    return Application(
        shelf,
        route_handlers=[
            contract_handler(shelf, streams),
            *document_handlers(shelf),
            *health_handlers(streams),
            *page_handlers(),
        ],
        lifespan=[lifespan],
        plugins=[problems()],
        after_exception=[log_unexpected],
        cors_config=_cors(settings) if settings.server.allowed_origins else None,
        # The documents are made from the contract's Structs; Litestar's generator knows neither events nor constraints.
        openapi_config=None,
        logging_config=None,
    )


def _cors(settings: Settings) -> CORSConfig:
    """What pages of other sites may do (WHATWG Fetch, "CORS protocol")."""
    return CORSConfig(
        allow_origins=list(settings.server.allowed_origins),
        allow_headers=["content-type", "last-event-id", *settings.upstream.forward_headers],
        expose_headers=list(settings.upstream.return_headers),
    )
