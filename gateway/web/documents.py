"""The OpenAPI documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from gateway.web.cached import Cached

PATHS = {"3.1": "/schema/openapi.json", "3.2": "/schema/openapi-3.2.json"}
"""Where each version of OpenAPI is served."""


def document_handlers(documents: Mapping[str, bytes]) -> list[HTTPRouteHandler]:
    """A handler for each document.

    Args:
        documents: by version of OpenAPI, JSON text.
    """
    return [_handler(PATHS[version], text) for version, text in documents.items()]


def _handler(path: str, text: bytes) -> HTTPRouteHandler:
    held = Cached(text, "application/json")

    @get(path, include_in_schema=False, name=path)
    async def document(request: Request[Any, Any, State]) -> Response[bytes]:
        return held.answer(request)

    return document
