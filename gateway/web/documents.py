"""The OpenAPI documents."""

from __future__ import annotations

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.web.catalogue import Asked, Shelf

PATHS = {"3.1": "/schema/openapi.json", "3.2": "/schema/openapi-3.2.json"}
"""Where each version of OpenAPI is served."""


def document_handlers(shelf: Shelf) -> list[HTTPRouteHandler]:
    """A handler for each document.

    Args:
        shelf: what it describes.
    """
    return [_handler(shelf, version, path) for version, path in PATHS.items()]


def _handler(shelf: Shelf, version: str, path: str) -> HTTPRouteHandler:
    @get(path, include_in_schema=False, name=path)
    async def document(request: Asked) -> Response[bytes]:
        return shelf.catalogue.documents[version].answer(request)

    return document
