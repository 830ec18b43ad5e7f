"""The HTTP application: one handler for each route, the documents, health, the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.config.cors import CORSConfig

from gateway.config import ServerSettings
from gateway.contract.routes import Route
from gateway.web.documents import PATHS, document_handlers
from gateway.web.health import health_handlers
from gateway.web.page import page_handlers
from gateway.web.problems import problems
from gateway.web.streaming import Streaming, stream_handler

OWN_PATHS = frozenset(
    {"/", "/page/{}", "/schema", "/schema/{}", "/healthz", "/readyz", "/metrics", *PATHS.values()},
)
"""The gateway's own paths, with `{}` for a segment of any name; a contract cannot have them."""


def application(
    routes: Iterable[Route],
    documents: Mapping[str, bytes],
    streaming: Streaming,
    server: ServerSettings,
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
) -> Litestar:
    """The ASGI application.

    Args:
        routes: of the contract.
        documents: what OpenAPI says of them, by version.
        streaming: what their handlers need.
        server: which origins may read the streams.
        lifespan: entered before the first request, left after the last.
    """
    origins = list(server.allowed_origins)
    return Litestar(
        [
            *(stream_handler(route, streaming) for route in routes),
            *document_handlers(documents),
            *health_handlers(streaming.streams),
            *page_handlers(),
        ],
        lifespan=[lifespan],
        plugins=[problems()],
        cors_config=CORSConfig(allow_origins=origins, allow_methods=["GET"]) if origins else None,
        # The documents are made from the contract's Structs; Litestar's generator knows neither events nor constraints.
        openapi_config=None,
        logging_config=None,
    )
